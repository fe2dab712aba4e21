"""The files of a new integration, each as text; literals of a stranger's by `repr` and in no other way."""
