"""Millions of mutated deliveries to every scheme in the catalogue: a verification, and nothing else."""
