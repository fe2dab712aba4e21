"""Models as they are once they are imported."""
