"""What we know of Bitbucket Cloud's webhooks. Facts, sources and dates: README.md."""
