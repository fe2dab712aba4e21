"""Rules of inbound trust: families of signature schemes, digests, freshness, keys."""
