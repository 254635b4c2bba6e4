"""Pages of competencies: they look up, check, call one service and answer."""
