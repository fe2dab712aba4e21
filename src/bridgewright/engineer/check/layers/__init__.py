"""Who imports whom, and what only the application may decide."""
