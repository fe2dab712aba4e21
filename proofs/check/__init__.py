"""What `check` finds in a labelled corpus, beside ruff and bandit."""
