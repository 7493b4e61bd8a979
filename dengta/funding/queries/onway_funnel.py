"""从符合条件到拿到钱: how many firms a programme is meant for, how many began, handed in, were
granted and paid, and where and why the others were lost.

Who is eligible is decided by the set engine over the registry, once until something new is in it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from dengta.accounts.queries import Actor
from dengta.core.columns import needed_columns
from dengta.core.population import Population
from dengta.core.shapes import Text
from dengta.funding.models import Claim, Instalment, Voucher
from dengta.funding.queries.budgets import programme_name
from dengta.funding.queries.onway import MODELS, Asked, narrowed
from dengta.programmes.queries.simulation import everybody
from dengta.registry.queries import policy
from dengta.trail.models import Event

LOSSES = ("return", "reject", "withdraw", "expire", "revoke", "reverse")
"""Steps by which a case is sent back or lost."""
REASONS = 5
"""How many reasons are named for each."""
_READ = 2_000
"""Different notes that are looked at, the most frequent first."""
_LONGEST = 60
_ENDS = re.compile(r"[。；;！!\n]")


@dataclass(frozen=True, slots=True)
class Eligible:
    """Firms of a programme's kind: those that fit by what is known, those for whom something is
    not known that only an application says, and all."""

    yes: int = 0
    unknown: int = 0
    all: int = 0

    @property
    def possible(self) -> int:
        """Not excluded by anything that is known."""
        return self.yes + self.unknown


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the funnel: firms that came so far, their cases, and what these come to in 分
    (None where there is no amount yet)."""

    id: str
    name: Text
    firms: int
    cases: int | None = None
    fen: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why cases were sent back or lost, in the words of those who did it, and how often."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Lost:
    """One way of being lost or sent back: how often in all, and the most frequent reasons."""

    step: str
    name: Text
    count: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """The funnel of a programme. `eligible` is None where the programme is not in force on the
    day, or where those who apply are not in the registry."""

    programme: str
    name: Text
    eligible: Eligible | None
    stages: tuple[Stage, ...]
    lost: tuple[Lost, ...] = ()


STAGES: Mapping[str, Text] = {
    "eligible": Text("可能符合条件", "May be eligible"),
    "began": Text("开始填报", "Began"),
    "submitted": Text("提交", "Submitted"),
    "approved": Text("核定", "Approved"),
    "issued": Text("发券", "Voucher issued"),
    "redeemed": Text("核销", "Redeemed"),
    "paid": Text("拨付到账", "Paid"),
}


def funnels(actor: Actor, asked: Asked, day: dt.date) -> list[Funnel]:
    """The funnels of the programmes that have a scheme of payment or any case, within the actor's
    territory. With a programme asked for, its losses too. The same few queries whatever there is.
    """
    if not actor.official:
        return []
    prefix = asked.within(actor)
    vouchers = _voucher_stages(narrowed(Voucher.objects.all(), asked, prefix))
    claims = _claim_stages(narrowed(Claim.objects.filter(voucher=None), asked, prefix))
    redeemed = _paid(Instalment.objects.exclude(claim__voucher=None), asked, prefix)
    paid = _paid(Instalment.objects.filter(claim__voucher=None), asked, prefix)
    found = []
    for programme in _programmes(asked, {*vouchers, *claims}):
        rows = _staged(vouchers.get(programme), redeemed.get(programme), "voucher")
        if programme in claims or not rows:
            rows = rows + _staged(claims.get(programme), paid.get(programme), "claim")
        fit = eligible(programme, day, prefix)
        if fit is not None:
            stages = (Stage("eligible", STAGES["eligible"], fit.possible), *rows)
        else:
            stages = tuple(rows)
        found.append(Funnel(programme, programme_name(programme), fit, stages))
    if asked.programme and found:
        lost = tuple(losses(asked, prefix))
        one = found[0]
        found = [Funnel(one.programme, one.name, one.eligible, one.stages, lost)]
    return found


def _programmes(asked: Asked, seen: Iterable[str]) -> list[str]:
    """Programmes with a scheme of the province's own, and those that have cases."""
    if asked.programme:
        return [asked.programme]
    own = {one.programme for one in policy().schemes if not one.sample}
    return sorted(own | set(seen))


# ---------------------------------------------------------------- eligible


def eligible(programme: str, day: dt.date, prefix: str = "") -> Eligible | None:
    """How many firms of a place a programme fits; None where it cannot be asked of the registry on
    that day."""
    table = _decided(programme, day, everybody(day).read_at, policy().digest)
    if table is None:
        return None
    found = [row for code, row in table.items() if code.startswith(prefix)]
    return Eligible(*(sum(row[at] for row in found) for at in range(3)))


@lru_cache(maxsize=64)
def _decided(
    programme: str, day: dt.date, _read_at: dt.datetime, _digest: str
) -> Mapping[str, tuple[int, int, int]] | None:
    """By region: firms that fit, that may fit, and all of the programme's kind."""
    kind = _applicant(programme, day)
    if kind not in ("enterprise", "provider"):
        return None
    try:
        population = Population(policy(), day, [programme])
    except KeyError:
        return None
    needed = needed_columns(population.rules[programme].nodes)
    rows = everybody(day).frame(needed).filter(pl.col("kind") == kind)
    decided = population.decide(rows.drop("uscc", strict=False), reasons=False).collect()
    fits = decided[f"{programme}__eligible"]
    table = pl.DataFrame([rows["region_code"].cast(pl.String), fits.alias("fits")])
    sums = table.group_by("region_code").agg(
        yes=pl.col("fits").sum(), unknown=pl.col("fits").is_null().sum(), all=pl.len()
    )
    return {code or "": (yes, unknown, every) for code, yes, unknown, every in sums.iter_rows()}


def _applicant(programme: str, day: dt.date) -> str:
    """Who applies: as its selection says, else firms."""
    for selection in policy().selections_on(day):
        if selection.programme == programme:
            return selection.applicant
    return "enterprise"


# ---------------------------------------------------------------- stages

_Sums = Mapping[str, tuple[int, int, int | None]]
"""Stage -> firms, cases, 分."""


def _voucher_stages(rows: QuerySet[Voucher]) -> dict[str, _Sums]:
    handed_in = Q(submitted_at__isnull=False)
    granted = Q(granted_fen__isnull=False)
    return _summed(
        rows,
        {
            "began": (Q(), None),
            "submitted": (handed_in, F("amount_fen")),
            "approved": (granted | Q(state="approved"), Coalesce("granted_fen", "amount_fen")),
            "issued": (granted, F("granted_fen")),
            "redeemed": (Q(redeemed_fen__gt=0), F("redeemed_fen")),
        },
    )


def _claim_stages(rows: QuerySet[Claim]) -> dict[str, _Sums]:
    return _summed(
        rows,
        {
            "began": (Q(), None),
            "submitted": (Q(submitted_at__isnull=False), F("computed_fen")),
            "approved": (Q(approved_at__isnull=False), F("approved_fen")),
        },
    )


def _summed(rows: QuerySet[Any], stages: Mapping[str, tuple[Q, Any]]) -> dict[str, _Sums]:
    """The sums of all stages by programme, in one query."""
    sums: dict[str, Any] = {}
    for id, (reached, fen) in stages.items():
        sums[f"{id}_firms"] = Count("organisation", distinct=True, filter=reached)
        sums[f"{id}_cases"] = Count("pk", filter=reached)
        if fen is not None:
            sums[f"{id}_fen"] = Sum(fen, filter=reached, default=0)
    found = rows.order_by().values("programme").annotate(**sums)
    return {
        row["programme"]: {
            id: (row[f"{id}_firms"], row[f"{id}_cases"], row.get(f"{id}_fen")) for id in stages
        }
        for row in found
    }


def _paid(
    rows: QuerySet[Instalment], asked: Asked, prefix: str
) -> dict[str, tuple[int, int, int | None]]:
    """What the bank has paid, by programme."""
    rows = rows.filter(paid_at__isnull=False, claim__organisation__region_code__startswith=prefix)
    if asked.programme:
        rows = rows.filter(claim__programme=asked.programme)
    if asked.year is not None:
        rows = rows.filter(claim__year=asked.year)
    found = (
        rows.order_by()
        .values_list("claim__programme")
        .annotate(
            firms=Count("claim__organisation", distinct=True),
            cases=Count("claim", distinct=True),
            fen=Sum("amount_fen"),
        )
    )
    return {programme: (firms, cases, fen) for programme, firms, cases, fen in found}


def _staged(
    sums: _Sums | None, paid: tuple[int, int, int | None] | None, kind: str
) -> tuple[Stage, ...]:
    """The stages in their order; a claim has no voucher to be issued and redeemed."""
    if sums is None and kind == "voucher":
        return ()
    ids = ["began", "submitted", "approved", *(("issued", "redeemed") if kind == "voucher" else ())]
    known = {**(sums or {}), "paid": paid or (0, 0, 0)}
    return tuple(Stage(id, STAGES[id], *known.get(id, (0, 0, 0))) for id in (*ids, "paid"))


# ---------------------------------------------------------------- losses


def losses(asked: Asked, prefix: str) -> list[Lost]:
    """How cases were sent back or lost and why, the most frequent first; one query."""
    vouchers = narrowed(Voucher.objects.all(), asked, prefix).order_by().values("pk")
    claims = narrowed(Claim.objects.all(), asked, prefix).order_by().values("pk")
    events = Event.objects.filter(step__in=LOSSES).filter(
        Q(flow="voucher", thing_id__in=vouchers) | Q(flow="claim", thing_id__in=claims)
    )
    found = events.order_by().values_list("flow", "step", "note").annotate(n=Count("pk"))
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for flow, step, note, many in found.order_by("-n", "note")[:_READ]:
        counts[flow, step][_headline(note)] += many
    return sorted(
        (
            Lost(f"{flow}:{step}", _step_name(flow, step), sum(notes.values()), _reasons(notes))
            for (flow, step), notes in counts.items()
        ),
        key=lambda one: (-one.count, one.step),
    )


def _headline(note: str) -> str:
    """The first sentence of a note, so that the same reason counts as one."""
    return _ENDS.split(note.strip(), maxsplit=1)[0].strip()[:_LONGEST]


def _reasons(notes: Counter[str]) -> tuple[Reason, ...]:
    said = [(text, many) for text, many in notes.items() if text]
    return tuple(Reason(*one) for one in sorted(said, key=lambda one: (-one[1], one[0]))[:REASONS])


def _step_name(flow: str, step: str) -> Text:
    for kind, model in MODELS.items():
        if kind == flow:
            name = model.flow.step(step).name
            return Text(f"{model.flow.name.zh}{name.zh}", f"{model.flow.name.en}: {name.en}")
    return Text(step, step)


def largest(stages: Sequence[Stage]) -> int:
    """The longest bar of a funnel, in firms."""
    return max((stage.firms for stage in stages), default=0)


__all__ = [
    "STAGES", "Eligible", "Funnel", "Lost", "Reason", "Stage", "eligible", "funnels", "largest",
    "losses",
]  # fmt: skip
