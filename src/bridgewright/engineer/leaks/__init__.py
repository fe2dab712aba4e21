"""Secrets that a text or a change would give away: their places and kinds, never themselves."""
