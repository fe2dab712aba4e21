"""A certificate for a person at a terminal, for a program, for a CI server, and as a page."""
