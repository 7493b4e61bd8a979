"""Shared reads of the matching app, one module per matter."""
