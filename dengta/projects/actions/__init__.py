"""Writes of the projects app, one module per matter."""
