"""Scripts that run alike against a simulator and, where keys are at hand, against the provider."""
