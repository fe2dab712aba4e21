"""A simulated GitHub: repositories, issues, pull requests, contents, checks, hooks and apps."""
