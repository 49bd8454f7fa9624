"""Queue quality."""
