"""What we know of Calendly's webhooks. Facts, sources and dates: README.md."""
