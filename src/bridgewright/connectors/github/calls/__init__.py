"""What the client is made of: credentials, the transport, the proof that nothing else resends."""
