"""Writes of the catalogue app, one module per matter."""
