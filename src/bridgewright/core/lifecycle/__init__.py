"""Rules of durable work: states, leases, burial, routes. Pure steps that a store applies."""
