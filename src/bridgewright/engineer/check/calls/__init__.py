"""The rules of the 100s: how long a call to the outside may take, and who makes it."""
