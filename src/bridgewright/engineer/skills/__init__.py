"""Skills as the Agent Skills specification has them: whether a `SKILL.md` keeps to it, read without a model.

The specification is at https://agentskills.io/specification; its rules are kept here as they were noted in
2026-11, from accounts of it. `reading` holds a file against them.
"""
