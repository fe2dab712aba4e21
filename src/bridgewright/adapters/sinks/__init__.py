"""Sinks: places that events are handed on to."""
