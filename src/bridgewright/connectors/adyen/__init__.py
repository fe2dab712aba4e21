"""What we know of Adyen's webhooks. Facts, sources and dates: README.md."""
