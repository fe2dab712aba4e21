"""What other agents work with: our agent, skills and commands, put into somebody's project.

`files` holds the texts, `contents` says which of them goes where, `surveying` compares them with what is
there, `installing` writes what may be written. `entry` and `jsonc` put one entry into a file of settings that
is somebody else's, `places` keeps to the project, and `ledger` remembers what was ours.
"""
