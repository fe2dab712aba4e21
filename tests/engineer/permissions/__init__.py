"""What a definition permits, by OpenCode's reading and by ours."""
