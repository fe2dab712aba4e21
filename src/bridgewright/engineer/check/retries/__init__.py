"""Retries where the bridge retries already, keys that are no keys, and failures that nobody hears of."""
