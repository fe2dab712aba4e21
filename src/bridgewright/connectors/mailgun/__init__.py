"""What we know of Mailgun's webhooks. Facts, sources and dates: README.md."""
