"""Pages: look up, check, call once, answer."""
