"""Reads of the register: what was filed, and who holds an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dengta.core.claims import Claim, Described, Key, Photo
from dengta.funding.models import Filing, RegisterEntry
from dengta.trail.models import Case


def content_of(claim: Claim) -> dict[str, Any]:
    """A claim as a filing keeps it; `claim_of` reads it back."""
    return {
        "claimant": claim.claimant,
        "amount_fen": claim.amount_fen,
        "suppliers": list(claim.suppliers),
        "keys": [list(key) for key in claim.keys],
        "texts": [list(line) for line in claim.texts],
        "pictures": [list(photo) for photo in claim.pictures],
    }


def claim_of(filing: Filing) -> Claim:
    """What was filed, as the screen and the judge read it; known by the filing's number."""
    content: Mapping[str, Any] = filing.content
    return Claim(
        id=filing.number,
        claimant=content["claimant"],
        amount_fen=content["amount_fen"],
        suppliers=tuple(content["suppliers"]),
        keys=tuple(Key(*key) for key in content["keys"]),
        texts=tuple(Described(*line) for line in content["texts"]),
        pictures=tuple(Photo(*photo) for photo in content["pictures"]),
    )


def filing_of(thing: Case) -> Filing | None:
    """The filing of a matter, live or released."""
    return Filing.objects.filter(flow=thing.flow.id, thing_id=thing.pk).first()


def holder_of_entry(kind: str, key: str, besides: Filing | None = None) -> Filing | None:
    """The live filing that holds an entry of the register, if any."""
    held = RegisterEntry.objects.filter(kind=kind, key=key, released_at=None)
    if besides is not None:
        held = held.exclude(filing=besides)
    entry = held.select_related("filing__organisation").first()
    return entry.filing if entry else None
