"""Runs a command of the agent so that nothing outside the writable folders can change.

`words` is what is asked and what came of it, `credentials` and `search` find what must not be read,
`repository` what of git must stay as it is, `view` says to bubblewrap what the command sees, `running`
starts it, bounds it and ends it, `probe` says whether a sandbox can be had here.
"""
