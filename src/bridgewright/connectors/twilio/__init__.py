"""Twilio: messages, calls, Verify, Lookup, Conversations."""
