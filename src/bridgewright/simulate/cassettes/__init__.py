"""Cassettes: what a provider answered once, in a file that people review, and answered again."""
