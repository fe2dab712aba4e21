"""What we know of Square's webhooks. Facts, sources and dates: README.md."""
