"""From a working tree to a branch and a pull request, by git and GitHub, as often as it is asked."""
