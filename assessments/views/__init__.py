"""Pages of the measuring."""
