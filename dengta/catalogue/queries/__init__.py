"""Shared reads of the catalogue app, one module per matter."""
