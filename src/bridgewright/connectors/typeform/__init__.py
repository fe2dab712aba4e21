"""What we know of Typeform's webhooks. Facts, sources and dates: README.md."""
