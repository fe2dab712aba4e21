"""What we know of SendGrid's Inbound Parse. Facts, sources and dates: README.md."""
