"""Writes of selections, one module per matter."""
