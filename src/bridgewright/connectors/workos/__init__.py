"""What we know of WorkOS's webhooks. Facts, sources and dates: README.md."""
