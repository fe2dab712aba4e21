"""What we know of GoCardless's webhooks. Facts, sources and dates: README.md."""
