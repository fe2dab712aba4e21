"""The outside world: each module here knows one outside library or protocol."""
