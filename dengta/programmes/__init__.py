"""遴选: rounds, applications, panels, publicity, objections, awards and what becomes of them."""
