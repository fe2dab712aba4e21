"""What we know of PagerDuty's webhooks. Facts, sources and dates: README.md."""
