"""Soak: minutes under load, workers killed, the database restarted, and a ledger that must balance."""
