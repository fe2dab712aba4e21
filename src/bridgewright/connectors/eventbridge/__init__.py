"""Amazon EventBridge: API destinations, by a shared key or a password."""
