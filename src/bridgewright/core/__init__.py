"""Pure rules: no I/O, clock, dice, threads, event loop, logging or environment below this line."""
