"""Our commands as tools for other agents, by the Model Context Protocol.

A tool is a command of ours, run in a process of its own with `--json`; none calls a function of ours.
There is one way for all of them because only this one holds for all of them: a server lives for days
while the code beside it changes, and a process imports what is there now; what a command imports may
print, exit or run for ever, and cannot take the server with it; a call is cancelled by a signal; and
what a tool says is to the letter what a person at a terminal is told. It costs a start of Python, a
third of a second, which an agent does not notice beside its model.
"""
