"""AWS on loopback: moto's server behind our port, so that faults, journal and desk are there."""
