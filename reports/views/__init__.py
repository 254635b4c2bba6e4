"""Pages of results: they look up, check, and answer."""
