"""The plan of a piece of work, in files beside it: `task_plan.md` and `notes.md`.

The files are those of the skill planning-with-files: its first version kept `notes.md`, later ones keep
`findings.md` and `progress.md`, or a folder below `.planning`. All are read; what is there is edited in
its own form, and every other byte stays. `words` is what a plan is, `reading` finds it in a text, `editing`
changes the text, `keeping` does it to files.
"""
