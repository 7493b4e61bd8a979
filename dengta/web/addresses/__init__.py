"""Addresses of the pages of selections, one module per matter."""

from dengta.web.addresses import applying, awards, listing, panels, rounds

patterns = [
    *rounds.patterns,
    *applying.patterns,
    *panels.patterns,
    *listing.patterns,
    *awards.patterns,
]
