"""The rules of the 300s: what must not be written to logs and messages."""
