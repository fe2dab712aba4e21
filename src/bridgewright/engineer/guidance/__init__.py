"""What surrounds a definition and is given to a model with it: the project's `AGENTS.md`, the memory files
that the definition names, and skills.

All of it is somebody's text in somebody's repository. `within` reads one file and nothing outside of its
folder, `visible` takes out what a person would not see, `gathering` puts the texts together within a bound,
and `skilled` finds skills and reads their files. What is left out is told, never silently.
"""
