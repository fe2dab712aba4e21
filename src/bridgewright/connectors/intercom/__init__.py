"""What we know of Intercom's webhooks. Facts, sources and dates: README.md."""
