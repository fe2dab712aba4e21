"""Whether tests can fail: what a careless hand would do to an integration is done to a copy of it.

`mutants` makes the changes, `trying` runs the tests against each of them.
"""
