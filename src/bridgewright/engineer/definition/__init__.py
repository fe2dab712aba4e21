"""What an agent's definition asks of its work: an OpenCode agent file, read without a model.

`frontmatter` reads its head, `words` is what becomes of it, `reading` finds branch, base, memory,
findings and success criteria in its body. `default.md` is ours, for who has none.
"""
