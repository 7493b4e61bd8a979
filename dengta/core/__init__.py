"""Floor 0: pure Python. No Django, no clock, no network."""
