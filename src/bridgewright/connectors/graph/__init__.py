"""Microsoft Graph: change notifications, proven by a client state."""
