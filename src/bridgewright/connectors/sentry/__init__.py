"""What we know of Sentry's webhooks. Facts, sources and dates: README.md."""
