"""What we know of WooCommerce's webhooks. Facts, sources and dates: README.md."""
