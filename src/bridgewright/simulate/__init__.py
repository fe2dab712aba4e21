"""Providers that misbehave, on loopback: what they send, how they sign it, and what they call."""
