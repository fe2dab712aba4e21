"""Any provider that an OpenAPI 3 document declares, on loopback."""
