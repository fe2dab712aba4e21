"""Amazon SNS: topics that deliver over HTTPS, by certificates and an allow-list of topics."""
