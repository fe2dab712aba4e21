"""Plaid: events proven by a signed token that holds the digest of the body."""
