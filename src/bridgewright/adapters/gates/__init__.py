"""Where processes meet: gates that several of them share, one module for each place."""
