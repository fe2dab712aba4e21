"""Who verifies webhooks, how, and on which ways through a function."""
