"""Models as they are written, and nothing is imported."""
