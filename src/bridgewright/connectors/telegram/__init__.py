"""What we know of Telegram bots' webhooks. Facts, sources and dates: README.md."""
