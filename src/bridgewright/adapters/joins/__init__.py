"""Other people's transactions: an outbox entry is written on the user's own connection, and is there
exactly if what the user wrote beside it is."""
