"""Shared reads of monitoring: indicators, pilots."""
