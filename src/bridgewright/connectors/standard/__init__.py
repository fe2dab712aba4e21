"""Standard Webhooks: every provider that signs by the open specification, Svix among them."""
