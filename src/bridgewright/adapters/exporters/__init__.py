"""Exporters: facts turned into what other systems read."""
