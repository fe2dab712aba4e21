"""Rules of waiting, shared by outgoing calls and durable items."""
