"""What we know of GitLab's webhooks. Facts, sources and dates: README.md."""
