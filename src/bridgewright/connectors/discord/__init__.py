"""What we know of Discord's interactions and webhook events. Facts, sources and dates: README.md."""
