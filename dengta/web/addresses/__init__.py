"""Addresses of pages, one module per matter."""

from dengta.web.addresses import applying, awards, books, hits, listing, panels, rounds

patterns = [
    *rounds.patterns,
    *applying.patterns,
    *panels.patterns,
    *listing.patterns,
    *awards.patterns,
    *books.patterns,
    *hits.patterns,
]
