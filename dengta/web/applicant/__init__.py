"""Pages of applicants, whatever desk they sit at: enterprises, providers, cities, counties."""
