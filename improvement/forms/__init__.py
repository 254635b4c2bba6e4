"""What the pages of improvement take in; the rules themselves are in the services."""
