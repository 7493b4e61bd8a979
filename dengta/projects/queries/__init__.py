"""Shared reads of the projects app, one module per matter."""
