"""Findings for a program, for code scanning, and as annotations of a pull request."""
