"""How plain requests are authorised, and what fetches their tokens."""
