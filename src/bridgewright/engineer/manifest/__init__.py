"""What an integration says of itself: `integration.toml`, and the values it becomes."""
