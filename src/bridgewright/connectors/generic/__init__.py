"""A provider that is in no catalogue: its HMAC is declared in the options of the source."""
