"""灯塔 (dengta): the platform on which a province runs its plan for the digital transformation
of SMEs."""
