"""Plain HTTP: any API, by what its user declares of it."""
