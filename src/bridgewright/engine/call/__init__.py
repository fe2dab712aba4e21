"""The journey of a call: its scope, its order of rules, and what it ends in."""
