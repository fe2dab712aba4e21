"""What we know of Meta's webhooks, WhatsApp's among them. Facts, sources and dates: README.md."""
