"""Web mounts of the inbox."""
