"""Proofs that take long, one module each: `make proof NAME=…`."""
