"""What we know of Linear's webhooks. Facts, sources and dates: README.md."""
