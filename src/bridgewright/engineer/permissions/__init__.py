"""What an agent's definition permits: as OpenCode reads it, and as we do.

`compiling` makes a list of rules of a definition's head, in OpenCode's order; `matching` is its wildcard and
its rule that the last match counts; `shell` reads a command line; `host` is what OpenCode would say to it,
`strict` what we do; `lints` names what a definition's author did not mean.
"""
