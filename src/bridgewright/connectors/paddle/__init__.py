"""What we know of Paddle's webhooks. Facts, sources and dates: README.md."""
