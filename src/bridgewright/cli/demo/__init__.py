"""`bridgewright demo`: a day in about a minute, and a ledger at its end."""
