"""Reads of hits: what waits for whom, what a hit is between, what stops a matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import BigIntegerField, ExpressionWrapper, F, Q, QuerySet, Sum

from dengta.accounts.queries import Actor, territory
from dengta.core.claims import KEYS
from dengta.core.shapes import Text
from dengta.funding.models import Claim, Filing, Hit, Voucher
from dengta.registry.models import Organisation
from dengta.trail.models import Case, Document

__all__ = [
    "CODE", "KINDS", "STOPPING", "Hit", "Wanted", "at_stake_fen", "beside", "hit_for",
    "hits_within", "matter_of", "names_in", "papers_of", "programmes_hit", "stopping",
    "stopping_many", "unscreened",
]  # fmt: skip

CODE = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NP-RTUW-Y]{18}(?![0-9A-Z])")
"""A unified social credit code within words."""
KINDS: Mapping[str, Text] = {
    **{str(kind): name for kind, name in KEYS.items()},
    "text": Text("描述相近", "near-same description"),
    "picture": Text("图片相同", "same picture"),
    "related": Text("关联关系", "related parties"),
}
"""The kinds of hits, in words."""
STOPPING = ("open", "upheld")
"""States in which nothing is paid on a filing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of hits is narrowed to; empty for all. `state` is open unless it says another."""

    kind: str = ""
    programme: str = ""
    division: str = ""
    state: str = "open"


def _of(region: str) -> Q:
    below = territory(region)
    return Q(filing__organisation__region_code__startswith=below) | Q(
        other__organisation__region_code__startswith=below
    )


def hits_within(actor: Actor, wanted: Wanted | None = None) -> QuerySet[Hit]:
    """Hits on claimants of an official's territory, the weightiest (amount by score) first."""
    asked = wanted or Wanted()
    rows = Hit.objects.select_related("filing__organisation", "other__organisation")
    if not actor.official:
        return rows.none()
    rows = rows.filter(_of(actor.region))
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.programme:
        both = Q(filing__programme=asked.programme) | Q(other__programme=asked.programme)
        rows = rows.filter(both)
    if asked.division:
        rows = rows.filter(_of(asked.division))
    if asked.state:
        rows = rows.filter(state=asked.state)
    weight = ExpressionWrapper(F("amount_fen") * F("score_bps"), output_field=BigIntegerField())
    return rows.annotate(weight=weight).order_by("-weight", "id")


def at_stake_fen(hits: QuerySet[Hit]) -> int:
    """What the filings that some hits stand on come to, each once, in 分."""
    filings = Filing.objects.filter(pk__in=hits.order_by().values("filing"))
    return filings.aggregate(total=Sum("amount_fen"))["total"] or 0


def programmes_hit() -> list[str]:
    """The programmes that hits stand on."""
    ids = Hit.objects.order_by().values_list("filing__programme", "other__programme").distinct()
    return sorted({id for pair in ids for id in pair})


def hit_for(actor: Actor, pk: int) -> Hit:
    """One hit on a claimant of the territory. Hit.DoesNotExist for any other."""
    return hits_within(actor, Wanted(state="")).get(pk=pk)


def beside(hit: Hit) -> QuerySet[Hit]:
    """Other hits of the two filings, the weightiest first: which other claims share it."""
    both = (hit.filing_id, hit.other_id)
    rows = Hit.objects.filter(Q(filing__in=both) | Q(other__in=both)).exclude(pk=hit.pk)
    shown = rows.select_related("filing__organisation", "other__organisation")
    return shown.order_by("-amount_fen", "id")


def names_in(hits: Iterable[Hit]) -> dict[str, str]:
    """The names of firms by their codes, as far as the paths of some hits speak of them."""
    words = " ".join(said["zh"] for hit in hits for said in hit.path)
    codes = {found[0] for found in CODE.finditer(words)}
    return dict(Organisation.objects.filter(uscc__in=codes).values_list("uscc", "name"))


def path_told(path: Iterable[Mapping[str, str]], names: Mapping[str, str]) -> list[Text]:
    """The chain that explains a hit, firms by their names."""

    def named(words: str) -> str:
        return CODE.sub(lambda code: names.get(code[0], code[0]), words)

    return [Text(named(said["zh"]), named(said["en"])) for said in path]


# ---------------------------------------------------------------- what a filing is a claim for


def matter_of(filing: Filing) -> Case | None:
    """The matter that was filed."""
    for model in (Voucher, Claim):
        if model.flow.id == filing.flow:
            found: Case | None = (
                model._default_manager.select_related("organisation", "supplier")
                .filter(pk=filing.thing_id)
                .first()
            )
            return found
    return None


def papers_of(filing: Filing, actor: Actor) -> list[Document]:
    """The papers of a filing's matter, for an official whose territory it is in; else none."""
    if not actor.covers(filing.organisation.region_code):
        return []
    if filing.flow == Voucher.flow.id:
        row = Voucher.objects.filter(pk=filing.thing_id).values_list(
            "contract", "invoice_file", "payment_proof", "item_list"
        )  # fmt: skip
        ids = [pk for papers in row for pk in papers if pk]
        return list(Document.objects.filter(pk__in=ids).order_by("pk"))
    mine = Q(pk__in=Claim.objects.filter(pk=filing.thing_id, papers__removed_at=None)
             .values("papers__document"))  # fmt: skip
    return list(Document.objects.filter(mine).order_by("pk")) if filing.flow == "claim" else []


# ---------------------------------------------------------------- what stops a matter


def _stopping() -> QuerySet[Hit]:
    return Hit.objects.filter(state__in=STOPPING).select_related(
        "filing__organisation", "other__organisation"
    )


def _stops(pks: Sequence[int]) -> Q:
    """Hits on these filings; of two the one registered later is stopped, and the earlier one too
    once it was handed in anew after the later."""
    anew = Q(other__in=pks, other__filed_at__gt=F("filing__filed_at"))
    return Q(filing__in=pks) | anew


def stopping(thing: Case) -> list[Hit]:
    """The hits for which nothing may be approved or paid on a matter."""
    return stopping_many(thing.flow.id, [thing.pk]).get(thing.pk, [])


def stopping_many(flow: str, ids: Sequence[int]) -> dict[int, list[Hit]]:
    """The same for many matters of one flow, by their ids; matters without any are absent."""
    things = dict(Filing.objects.filter(flow=flow, thing_id__in=ids).values_list("pk", "thing_id"))
    found: dict[int, list[Hit]] = {}
    if not things:
        return found
    for hit in _stopping().filter(_stops(list(things))).order_by("id"):
        for one, other in ((hit.filing, hit.other), (hit.other, hit.filing)):
            later = one.pk >= other.pk or one.filed_at > other.filed_at
            if one.pk in things and later and hit not in found.get(things[one.pk], []):
                found.setdefault(things[one.pk], []).append(hit)
    return found


def unscreened(flow: str, ids: Sequence[int]) -> set[int]:
    """Of many matters of one flow those that were filed but not yet held against all others."""
    waiting = Filing.objects.filter(flow=flow, thing_id__in=ids, released_at=None)
    late = waiting.filter(screened_version__lt=F("version"))
    return set(late.values_list("thing_id", flat=True))
