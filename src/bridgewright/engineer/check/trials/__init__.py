"""What tests try with each operation, and what is in the files that they read."""
