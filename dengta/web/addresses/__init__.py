"""Addresses of pages, one module per matter."""

from dengta.web.addresses import applying, awards, books, budgets, listing, panels, rounds
from dengta.web.addresses import applying, awards, books, claims, listing, panels, rounds
from dengta.web.addresses import applying, awards, books, hits, listing, panels, rounds

patterns = [
    *rounds.patterns,
    *applying.patterns,
    *panels.patterns,
    *listing.patterns,
    *awards.patterns,
    *books.patterns,
    *budgets.patterns,
    *claims.patterns,
    *hits.patterns,
]
