"""GitHub: repositories, issues, pull requests, workflows."""
