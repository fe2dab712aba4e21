"""Where secrets are kept: one outside service each."""
