"""Durable queues behind one face: each module has `enqueue`, `work`, and `idle`."""
