"""What we know of Razorpay's webhooks. Facts, sources and dates: README.md."""
