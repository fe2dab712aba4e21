"""What is held against what: a pair of fields, and the rules that look at it."""
