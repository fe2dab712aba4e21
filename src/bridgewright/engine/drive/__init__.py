"""The drivers: the only place where blocking and async differ, and where clock, dice, threads and
the event loop are touched."""
