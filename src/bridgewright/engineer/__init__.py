"""The wright: scaffolds an integration, checks it, finds where models do not fit, and delivers it."""
