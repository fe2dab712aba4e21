"""What an inspection found, for people, programs, code scanning and GitHub."""
