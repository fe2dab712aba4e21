"""What we know of HubSpot's webhooks. Facts, sources and dates: README.md."""
