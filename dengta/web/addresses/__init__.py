"""Addresses of pages, one module per matter."""

from dengta.web.addresses import applying, awards, books, finance, listing, panels, rounds

patterns = [
    *rounds.patterns,
    *applying.patterns,
    *panels.patterns,
    *listing.patterns,
    *awards.patterns,
    *books.patterns,
    *finance.patterns,
]
