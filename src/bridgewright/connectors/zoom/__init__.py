"""What we know of Zoom's webhooks. Facts, sources and dates: README.md."""
