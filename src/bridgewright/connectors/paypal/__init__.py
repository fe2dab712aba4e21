"""PayPal: events signed by certificate, the body bound by a checksum only."""
