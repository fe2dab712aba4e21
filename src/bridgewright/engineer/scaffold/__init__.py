"""A new integration as a package: from a specification's slice, or empty, with its tests."""
