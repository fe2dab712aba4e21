"""What we know of Telegram bots's webhooks. Facts, sources and dates: README.md."""
