"""A language model follows a definition through the engineer's workflow, to a verified pull request.

The model is given tools and no shell, and none that writes to git or to GitHub: those steps are the
program's. `words` and `ends` are what a run is told and how it ends; `journal` keeps what happened, `ground`
is what a run stands on, `tools` what the model may call; `conversation` puts together what it is told,
`turns` plays one phase, `strikes` and `spending` end what goes nowhere; `proving` has a commit verified in a
sandbox, `journey` goes from phase to phase.
"""
