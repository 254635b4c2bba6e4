"""Why this score? One page for any figure: `subject` says which, `steps` how it was made, `tables` from what."""

from reports.why.page import Why, why

__all__ = ["Why", "why"]
