"""One claim looked up in the tables: who has a sign of it, and who belongs to its claimant.

Nothing is held in a process. `find` reads what stands under the filing's own signs, over indexes,
and the few claims that this leads to; so it takes the same time in every process, on the first
request as on the thousandth.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from django.db import connection
from django.db.models import Count, Q, QuerySet

from dengta.core import claims
from dengta.core.claim_keys import link_value
from dengta.core.looking_up import Kept, hits_of
from dengta.core.relations import Relations
from dengta.core.signs import Sought, named_sign, scheme, sought
from dengta.funding.models import Filing, PartyTie
from dengta.funding.queries.register import claim_from, claim_of
from dengta.funding.queries.screening import SLACK, By, Found, by_size, framed, pages
from dengta.registry.models import ExpertProfile, Membership, Organisation

__all__ = [
    "OF_REGISTRY", "Tie", "employed", "find", "other_ties", "recent", "relations_around",
    "scheme_of", "shared_ties", "sign_of", "stale", "tie", "ties_of_organisations", "ties_there",
    "to_sign",
]  # fmt: skip

_SOME = 2_000

Tie = tuple[str, str, str]
"""A party, a kind of `core.relations.KINDS`, and the value in the form it is compared in."""


def scheme_of(by: By) -> int:
    """The scheme by which signs are made now."""
    return scheme(by.rules, by.least_signs)


def to_sign(by: By) -> QuerySet[Filing]:
    """Live filings whose signs are not made by the scheme of now."""
    now = scheme_of(by)
    other = Q(signed_by__lt=now) | Q(signed_by__gt=now)
    return Filing.objects.filter(other, released_at=None)


def stale(by: By) -> bool:
    """Whether any are, so that whoever looks up may miss them. The least and the greatest scheme
    there are tell, each from one end of the index."""
    live = Filing.objects.filter(released_at=None).values_list("signed_by", flat=True)
    ends = {*live.order_by("signed_by")[:1], *live.order_by("-signed_by")[:1]}
    return bool(ends - {scheme_of(by)})


# ---------------------------------------------------------------- one claim


def find(filing: Filing, by: By, signs: Sought | None = None) -> list[Found]:
    """All hits of one filing, whose own signs are made (and perhaps at hand), with the others that
    are there."""
    (claim,) = by.telling([claim_of(filing)])
    relations = relations_around(claim.claimant, by)
    signs = signs or sought(claim, by.rules)
    table = _Table(filing, by)
    return [table.found(hit) for hit in hits_of(claim, signs, table, by.rules, relations)]


def recent(filing: Filing) -> set[tuple[int, int, bool]]:
    """Which other filings came, changed or were released of late, from SLACK before this one on."""
    rows = Filing.objects.filter(changed_at__gte=filing.changed_at - SLACK).exclude(pk=filing.pk)
    found = rows.values_list("pk", "version", "released_at")
    return {(pk, version, released is not None) for pk, version, released in found}


class _Table:
    """The tables, as `core.looking_up` asks them."""

    def __init__(self, filing: Filing, by: By) -> None:
        self._pk, self._by = filing.pk, by
        self._ids = {filing.number: filing.pk}

    def crowded(self, signs: Collection[int], most: int) -> Collection[int]:
        among, these = _among(signs)
        rows = _asked(_CROWDED.format(among=among), (self._pk, *these, self._pk, most))
        return {sign for (sign,) in rows}

    def bearing(self, signs: Collection[int], sizes: tuple[int, int]) -> Iterable[Kept]:
        among, these = _among(signs)
        return _asked(_BEARING.format(among=among), (*these, self._pk, *sizes))

    def pictured(self, signs: Collection[int]) -> Iterable[tuple[int, int]]:
        among, these = _among(signs)
        return _asked(_PICTURED.format(among=among), (*these, self._pk))

    def claims_of(self, signs: Collection[int], limit: int) -> Collection[int]:
        among, these = _among(signs)
        rows = _asked(_CLAIMS_OF.format(among=among), (*these, self._pk, limit))
        return [holder for (holder,) in rows]

    def look_up(self, holders: Collection[int]) -> Mapping[int, claims.Claim]:
        among, these = _among(holders)
        rows = _asked(_LIVE.format(among=among), these)
        self._ids.update((number, pk) for pk, number, _ in rows)
        found = [claim_from(number, json.loads(content)) for _, number, content in rows]
        return {self._ids[one.id]: one for one in self._by.telling(found)}

    def found(self, hit: claims.Hit) -> Found:
        """A hit as it is kept."""
        later, earlier = sorted((self._ids[hit.claim], self._ids[hit.other]), reverse=True)
        path = [said._asdict() for said in hit.path]
        return Found(later, earlier, hit.kind, path, hit.score_bps, hit.amount_fen, {})


# Written out, because a statement that the ORM puts together anew each time takes longer to be
# written than to be answered. Who else has a sign is counted no further than it matters.
_CROWDED = """
SELECT mine.sign FROM funding_screeningsign mine
WHERE mine.filing_id = %s AND mine.sign {among} AND EXISTS (
    SELECT DISTINCT other.filing_id FROM funding_screeningsign other
    WHERE other.sign = mine.sign AND other.filing_id <> %s LIMIT 1 OFFSET %s
)"""
_BEARING = """
SELECT sign, filing_id, mark, size FROM funding_screeningsign
WHERE sign {among} AND filing_id <> %s AND (size BETWEEN %s AND %s OR size = 0)"""
_PICTURED = """
SELECT filing_id, mark FROM funding_screeningsign WHERE sign {among} AND filing_id <> %s"""
_CLAIMS_OF = """
SELECT filing_id FROM funding_screeningsign WHERE sign {among} AND filing_id <> %s LIMIT %s"""
_LIVE = """
SELECT id, number, content FROM funding_filing WHERE released_at IS NULL AND id {among}"""
_AROUND = """
SELECT held.party, held.kind, held.value FROM funding_partytie held
WHERE held.sign IN (
    SELECT tie.sign FROM funding_partytie tie
    WHERE tie.party IN ({parties}) AND tie.kind IN ({kinds}) AND NOT EXISTS (
        SELECT 1 FROM funding_partytie other WHERE other.sign = tie.sign LIMIT 1 OFFSET %s
    )
)"""


def _among(numbers: Collection[int]) -> tuple[str, tuple[int | str, ...]]:
    """How a statement says that something is one of some numbers, and its values. To PostgreSQL
    they go as one: there each value takes the program as long as the server takes to find it."""
    if connection.vendor == "postgresql":
        return "= ANY (%s::bigint[])", ("{" + ",".join(map(str, numbers)) + "}",)
    return f"IN ({_places(numbers)})", tuple(numbers)


def _places(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _asked(statement: str, values: Sequence[int | str]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def relations_around(party: str, by: By) -> Relations:
    """Whoever is within `furthest` hops of a party, and what ties them together."""
    found = Relations(by.strength, by.most)
    seen: set[str] = set()
    edge = {party}
    for _ in range(by.rules.furthest):
        if not edge:
            break
        seen |= edge
        statement = _AROUND.format(parties=_places(edge), kinds=_places(by.strength))
        held = _asked(statement, (*edge, *by.strength, by.most))
        for one, kind, value in held:
            found.add(one, kind, value)
        edge = {one for one, _, _ in held} - seen
    return found


# ---------------------------------------------------------------- what ties parties


def tie(party: str, kind: str, text: str) -> Tie | None:
    """A tie in the form it is compared in; None where there is nothing to compare."""
    value = link_value(kind, text)
    return (party, kind, value) if value else None


def sign_of(one: Tie) -> int:
    """The sign of what a tie ties by."""
    return named_sign(one[1], one[2])


def ties_of_organisations(rows: QuerySet[Organisation]) -> set[Tie]:
    """What the registry says of some organisations."""
    found: set[Tie | None] = set()
    for uscc, person, phone, address in rows.order_by().values_list(
        "uscc", "legal_person", "phone", "address"
    ):
        found |= {
            tie(uscc, kind, value)
            for kind, value in (("legal_person", person), ("phone", phone), ("address", address))
        }
    return {one for one in found if one}


def employed(codes: Collection[str] | None = None) -> set[Tie]:
    """An organisation for which an expert acts belongs to the expert's employer; of all, or of
    some organisations and employers by their codes."""
    experts = ExpertProfile.objects.exclude(employer_uscc="")
    acting = Membership.objects.filter(user__in=experts.values("user"))
    if codes is not None:
        some = Q(organisation__uscc__in=codes)
        acting = acting.filter(
            some | Q(user__in=experts.filter(employer_uscc__in=codes).values("user"))
        )
    pairs = list(acting.values_list("user", "organisation__uscc"))
    of = dict(
        experts.filter(user__in={user for user, _ in pairs}).values_list("user", "employer_uscc")
        if pairs else ()
    )  # fmt: skip
    found = {
        tie(party, "employer", of[user])
        for user, uscc in pairs if user in of
        for party in (uscc, of[user])
    }  # fmt: skip
    return {one for one in found if one}


def ties_there(parties: Collection[str], kinds: Sequence[str]) -> Iterator[tuple[int, Tie]]:
    """The ties on record of some parties, each with its id."""
    for some in by_size(_SOME, sorted(parties)):
        rows = PartyTie.objects.filter(party__in=some, kind__in=kinds)
        for pk, party, kind, value in rows.values_list("pk", "party", "kind", "value"):
            yield pk, (party, kind, value)


def other_ties(accounts: Iterable[Tie]) -> list[str]:
    """The organisations whose ties on record are not what the registry and these accounts say, in
    order. It goes by columns: nearly all are as they were, and each value would be written anew in
    the form it is compared in."""
    both = ["party", "kind", "value"]
    held = [pl.DataFrame(schema=_TIED)]
    held += [framed(lines, _TIED) for _, lines in pages(_TIE, PartyTie._meta.db_table)]
    there = pl.concat(held).filter(pl.col("kind") != "employer").select(both)
    rows = _registered()
    said = [pl.DataFrame(list(accounts), there.schema, orient="row")]
    for kind in OF_REGISTRY:
        mine = rows.select("party", pl.lit(kind).alias("kind"), value=_compared(rows[kind], kind))
        said.append(mine.filter(pl.col("value") != ""))
    whole = pl.concat(said).unique()
    other = [whole.join(there, on=both, how="anti"), there.join(whole, on=both, how="anti")]
    parties = pl.concat(one.select("party") for one in other).unique()
    return list(parties.join(rows, on="party", how="semi")["party"].sort())


OF_REGISTRY = ("legal_person", "phone", "address")
"""The kinds of ties that the registry says of an organisation."""
_TIE = "id || {tab} || party || {tab} || kind || {tab} || value"
_TIED = pl.Schema({"id": pl.Int64, "party": pl.String, "kind": pl.String, "value": pl.String})
_PLAIN = r"^[0-9A-Z\x{4e00}-\x{9fff}]*$"
"""Values that are compared as they stand, but for phones with the country in front."""


def _registered() -> pl.DataFrame:
    """All organisations, with what they may share."""
    columns: list[list[str]] = [[] for _ in ("party", *OF_REGISTRY)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT uscc, legal_person, phone, address FROM registry_organisation")
        while some := cursor.fetchmany(500):
            for column, more in zip(columns, zip(*some, strict=True), strict=True):
                column.extend(more)
    return pl.DataFrame(columns, dict.fromkeys(("party", *OF_REGISTRY), pl.String()))


def _compared(said: pl.Series, kind: str) -> pl.Series:
    """Values in the form they are compared in (see `link_value`)."""
    plain = said.str.contains(_PLAIN)
    if kind == "phone":
        plain &= said.str.len_bytes() <= 11
    others = said.filter(~plain).unique()
    of = pl.Series([link_value(kind, one) for one in others], dtype=pl.String)
    return said.replace(others, of) if len(others) else said


def shared_ties(by: By) -> Iterator[Any]:
    """All ties by which two parties or more belong together, as (party, kind, value)."""
    several = PartyTie.objects.order_by().values("sign").annotate(held=Count("pk"))
    telling = several.filter(held__gt=1, held__lte=by.most).values("sign")
    rows = PartyTie.objects.filter(sign__in=telling, kind__in=by.strength)
    return rows.values_list("party", "kind", "value").iterator(chunk_size=_SOME)
