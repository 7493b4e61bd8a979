"""资源池: entries with versions, itemised standard prices, uses and facets; platforms' months."""
