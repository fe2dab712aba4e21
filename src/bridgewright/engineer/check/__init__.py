"""Rules for code that talks to providers, and what holds a project against them."""
