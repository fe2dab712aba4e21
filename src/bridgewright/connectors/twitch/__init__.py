"""What we know of Twitch EventSub's webhooks. Facts, sources and dates: README.md."""
