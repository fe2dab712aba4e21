"""What every store, gate, transport, scheme and connector promises, as suites for pytest: for those who
write another one.

Subclass a suite in a test module of yours and give it what its docstring asks for; each test's name is
the promise it looks at.
"""
