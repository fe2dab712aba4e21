"""Google Pub/Sub: push subscriptions, proven by the token of a service account."""
