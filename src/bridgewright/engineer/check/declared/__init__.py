"""What code does, held against what the manifest says."""
