"""What we know of Shopify's webhooks and Events. Facts, sources and dates: README.md."""
