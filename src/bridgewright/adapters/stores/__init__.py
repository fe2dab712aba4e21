"""Stores: durable items behind the one port, `core.ports.Store`."""
