"""How requests reach the wire: one module for each HTTP client library."""
