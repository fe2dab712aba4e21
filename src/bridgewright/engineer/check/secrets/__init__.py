"""The rules of the 200s: where secrets come from, and how they travel."""
