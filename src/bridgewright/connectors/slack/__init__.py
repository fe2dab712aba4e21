"""What we know of Slack's webhooks. Facts, sources and dates: README.md."""
