"""What we know of DocuSign Connect's webhooks. Facts, sources and dates: README.md."""
