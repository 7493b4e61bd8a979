"""Shared reads of funding, one module per matter."""
