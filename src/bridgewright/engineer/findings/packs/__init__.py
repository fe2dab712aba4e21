"""What no schema says of a provider: limits that stand in prose, and what a use of it needs."""
