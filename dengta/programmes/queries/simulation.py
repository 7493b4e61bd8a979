"""试算: before a round is opened, who would fit it, what it would cost, who is one fact short, and
what moves when a threshold moves.

Every organisation of the registry is decided by the set engine with the very clauses of the
programme; a moved threshold is a copy of the programme with another number, and nothing is kept.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl
from django.utils import timezone

from dengta.accounts.queries import territory
from dengta.assessment import facts as assessment_facts
from dengta.core.columns import needed_columns
from dengta.core.population import Population
from dengta.core.refusals import ClauseError
from dengta.core.rules import Rule
from dengta.core.selection import Selection
from dengta.core.shapes import Amount, FactType, Policy, Programme, Text
from dengta.core.wording import said_day
from dengta.programmes.models import Award
from dengta.registry.facts.columns import RegistryColumns, newest
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, policy
from dengta.trail.actions import StepRefused

LISTED = 100
"""How many firms are named at once."""
AWARD = "award_fen"
"""The dial of a reward that is a fixed sum."""
HELD_FOR = dt.timedelta(hours=1)
"""How long the columns are kept when nothing tells that something is new."""
LEVELS = ("digital_level", "digital_score_bps")
ABOUT = ("region_code", "industry_code", "size_class", "kind")
"""What everybody is grouped and narrowed by."""


@dataclass(frozen=True, slots=True)
class Dial:
    """A threshold that can be moved: a number of the programme, `id.key` for a row of its table.

    `default` when the plan does not give it and somebody is asked to confirm it.
    """

    id: str
    text: Text
    kind: FactType
    amount: int
    default: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Firms of one city, industry or size: all, those that fit (before and after the thresholds
    were moved), those for whom something is unknown, and what the fitting would get, in 分.

    `quota` is how many a city may recommend, None where that is open.
    """

    key: str
    firms: int
    before: int
    yes: int
    unknown: int
    amount_fen: int
    quota: int | None = None

    @property
    def gain(self) -> int:
        """How many more fit than before."""
        return self.yes - self.before


@dataclass(frozen=True, slots=True)
class Short:
    """Firms that lack nothing but one thing: a fact that nobody knows yet (`fact`), or one clause
    that does not hold (`clause`)."""

    what: str
    id: str
    text: Text
    firms: int


@dataclass(frozen=True, slots=True)
class Firm:
    """One firm of a list."""

    organisation: int
    name: str
    uscc: str
    region: str
    size: str


@dataclass(frozen=True, slots=True)
class Simulation:
    """What would come of a round.

    `before` counts who fits as the programme stands, `gained` and `lost` who comes and goes by the
    moved thresholds. `taken` of those that fit have had the award and cannot have it again.
    `amount_fen` is what all that fit would get, `bounded_fen` what `places` of them would at most
    (None without money). `listed` names the first LISTED of `listing`.
    """

    selection: str
    day: dt.date
    read_at: dt.datetime
    firms: int
    yes: int
    no: int
    unknown: int
    before: int
    gained: int
    lost: int
    taken: int
    places: int | None
    amount_fen: int | None
    bounded_fen: int | None
    cities: tuple[Group, ...]
    industries: tuple[Group, ...]
    sizes: tuple[Group, ...]
    short: tuple[Short, ...]
    listing: str = ""
    listed: tuple[Firm, ...] = ()


# ---------------------------------------------------------------- everybody's facts


class Everybody:
    """The facts of everybody on a day as columns, read once."""

    def __init__(self, day: dt.date) -> None:
        self.registry = RegistryColumns(day)
        self.read_at = timezone.now()
        self.day = day
        self._levels: pl.DataFrame | None = None
        self._reading = threading.Lock()

    def frame(self, wanted: Mapping[str, str]) -> pl.DataFrame:
        """`organisation` and the columns wanted (name -> as core.columns.DTYPES), one row each."""
        self.registry.read((*ABOUT, *wanted))
        columns = [self.registry.base["organisation"]]
        for name in dict.fromkeys((*ABOUT, *wanted)):
            known = self.registry.base["kind"] if name == "kind" else self.registry.column(name)
            columns.append(self._level(name, known) if name in LEVELS else known)
        return pl.DataFrame(columns)

    def _level(self, name: str, stated: pl.Series) -> pl.Series:
        """What assessments say; what the firm stated where they say nothing."""
        with self._reading:
            if self._levels is None:
                ids = self.registry.base.select("organisation")
                known = assessment_facts.columns(self.day)
                self._levels = ids.join(known, on="organisation", how="left", maintain_order="left")
        both = pl.DataFrame([self._levels[name].alias("known"), stated.alias("stated")])
        return both.select(pl.coalesce("known", "stated").alias(name)).to_series()


_reading = threading.Lock()


def everybody(day: dt.date) -> Everybody:
    """Kept until there is something new in the registry, and for an hour at most."""
    with _reading:  # two that ask at once read once
        found = _kept(day, newest())
        if timezone.now() - found.read_at > HELD_FOR:
            _kept.cache_clear()
            found = _kept(day, newest())
        return found


@lru_cache(maxsize=2)
def _kept(day: dt.date, _newest: tuple[Any, ...]) -> Everybody:
    return Everybody(day)


# ---------------------------------------------------------------- thresholds


def dials(selection: Selection, day: dt.date) -> list[Dial]:
    """What can be moved: the numbers of the selection's programme that are in force on a day."""
    programme = policy().programme(selection.programme, day)
    found: list[Dial] = []
    for value in programme.values:
        if not value.in_force.holds(day) or value.type not in ("integer", "fen", "bps"):
            continue
        default = value.source.confidence == "default"
        if value.table:
            for key, amount in value.table.items():
                name = _key_text(value.by, key)
                text = Text(f"{value.text.zh}（{name.zh}）", f"{value.text.en} ({name.en})")
                found.append(Dial(f"{value.id}.{key}", text, value.type, amount, default))
        elif isinstance(value.amount, int):
            found.append(Dial(value.id, value.text, value.type, value.amount, default))
    fixed = _fixed(programme)
    if fixed is not None:
        each = Text("每家奖补金额", "Reward for each")
        found.append(Dial(AWARD, each, "fen", fixed, programme.source.confidence == "default"))
    return found


def _key_text(fact: str, key: str) -> Text:
    known = policy().facts.get(fact)
    return known.values.get(key, Text(key, key)) if known else Text(key, key)


def _fixed(programme: Programme) -> int | None:
    """The sum that everybody gets, where it is one."""
    if programme.amount is None or not programme.amount.expression.strip().isdecimal():
        return None
    return int(programme.amount.expression)


def moved(programme: Programme, changes: Mapping[str, int]) -> Programme:
    """A copy with other numbers."""
    values = []
    for value in programme.values:
        table = {
            key: changes.get(f"{value.id}.{key}", amount) for key, amount in value.table.items()
        }
        amount = changes.get(value.id, value.amount)
        values.append(dataclasses.replace(value, amount=amount, table=table))
    copy = dataclasses.replace(programme, values=tuple(values))
    if AWARD in changes and copy.amount is not None:
        copy = dataclasses.replace(copy, amount=Amount(copy.amount.text, str(changes[AWARD])))
    return copy


def copied(original: Policy, programme: str, day: dt.date, changes: Mapping[str, int]) -> Policy:
    """A policy in which the programme of a day has other numbers."""
    chosen = original.programme(programme, day)
    copies = tuple(moved(p, changes) if p is chosen else p for p in original.programmes)
    return dataclasses.replace(original, programmes=copies)


# ---------------------------------------------------------------- the trial


def can_simulate(selection: Selection) -> bool:
    """Whether those who apply are organisations of the registry."""
    return selection.applicant in ("enterprise", "provider")


def simulate(
    selection: Selection,
    day: dt.date,
    region: str,
    changes: Mapping[str, int] | None = None,
    *,
    places: int | None = None,
    listing: str = "",
) -> Simulation:
    """Decide every organisation of a region as if the round were opened on `day`.

    `changes` are other numbers for some of the `dials`; `places` other than the selection's; with
    `listing` firms are named: `yes`, `gained`, `lost`, or `fact:<id>`, `clause:<id>` for those that
    lack only this. StepRefused for a selection of cities or counties, a programme that is not in
    force on that day, and a number that cannot be.
    """
    rule, population = _asked(selection, day, {})
    changed = {dial.id: dial.amount for dial in dials(selection, day)}
    real = {id: value for id, value in (changes or {}).items() if changed.get(id) != value}
    source = everybody(day)
    rows = source.frame(needed_columns(rule.nodes))
    inside = pl.col("region_code").cast(pl.String).str.starts_with(territory(region))
    rows = rows.filter(inside & (pl.col("kind") == selection.applicant))
    facts = rows.drop("uscc", strict=False)  # else the engine carries it along
    before = _decided(population, rule, facts)
    after = before
    if real:
        rule, population = _asked(selection, day, real)
        after = _decided(population, rule, facts)
    table = rows.select("organisation", *ABOUT).with_columns(
        *after, before["verdict"].alias("before")
    )
    return _told(selection, day, source.read_at, rule, table, places, listing)


def _asked(
    selection: Selection, day: dt.date, changes: Mapping[str, int]
) -> tuple[Rule, Population]:
    """The programme as it is asked, with other numbers."""
    if not can_simulate(selection):
        raise StepRefused(
            Text(
                f"“{selection.name.zh}”由市州或区县申报，企业库里没有申报单位，不能试算。",
                f"“{selection.name.en}” is applied for by cities or counties, which are not in the"
                " registry of firms. It cannot be tried out.",
            )
        )
    try:
        edited = copied(policy(), selection.programme, day, changes)
        population = Population(edited, day, [selection.programme])
    except KeyError:
        raise StepRefused(
            Text(
                f"{said_day(day).zh} 没有有效的政策事项 {selection.programme}，请换一个日期。",
                f"The programme {selection.programme} is not in force on {said_day(day).en}."
                " Choose another"
                " day.",
            )
        ) from None
    except ClauseError as fault:
        raise StepRefused(
            Text(
                f"改动后的数不能用：{fault.message.zh}。请改回一个合理的数。",
                f"With these numbers the rule cannot be read: {fault.message.en}. Choose others.",
            )
        ) from fault
    return population.rules[selection.programme], population


def _decided(population: Population, rule: Rule, rows: pl.DataFrame) -> pl.DataFrame:
    """verdict, failed, unknown, missing and amount of every row."""
    (id,) = population.rules
    found = population.decide(rows, missing=True).collect(engine="streaming")
    names = {f"{id}__{part}": part for part in ("verdict", "failed", "unknown", "missing")}
    out: pl.DataFrame = found.rename(names)
    if rule.amount is None:
        return out.with_columns(amount=pl.lit(None, pl.Int64)).select(*names.values(), "amount")
    return out.rename({f"{id}__amount_fen": "amount"}).select(*names.values(), "amount")


def _told(
    selection: Selection,
    day: dt.date,
    read_at: dt.datetime,
    rule: Rule,
    table: pl.DataFrame,
    places: int | None,
    listing: str,
) -> Simulation:
    """The numbers of a decided table."""
    fits, fitted = pl.col("verdict") == "yes", pl.col("before") == "yes"
    counts = table.select(
        yes=fits.sum(),
        no=(pl.col("verdict") == "no").sum(),
        unknown=(pl.col("verdict") == "unknown").sum(),
        before=fitted.sum(),
        gained=(fits & ~fitted).sum(),
        lost=(fitted & ~fits).sum(),
    ).row(0, named=True)
    if places is None:
        places = next((q.limit for q in selection.quotas if q.by == "round"), None)
    paid = table.filter(fits)["amount"]
    money = rule.amount is not None
    of_city = next((q for q in selection.quotas if q.by == "city" and q.at == "recommend"), None)
    industry = pl.col("industry_code").cast(pl.String).str.strip_chars_start(_SECTIONS)
    cities = _groups(table, _per_code(table, "region_code", division_of))
    return Simulation(
        selection=selection.id,
        day=day,
        read_at=read_at,
        firms=table.height,
        **counts,
        taken=_taken(selection, day, table.filter(fits)["organisation"]),
        places=places,
        amount_fen=int(paid.sum()) if money else None,
        bounded_fen=_at_most(paid, places) if money else None,
        cities=tuple(
            dataclasses.replace(group, quota=of_city.of(group.key)) if of_city else group
            for group in cities
        ),
        industries=_groups(table, industry.str.head(2)),
        sizes=_groups(table, pl.col("size_class").cast(pl.String).fill_null("")),
        short=_short(rule, table),
        listing=listing,
        listed=_listed(rule, table, listing),
    )


_SECTIONS = "ABCDEFGHIJKLMNOPQRST"


def _per_code(table: pl.DataFrame, column: str, name: Any) -> pl.Expr:
    """A code of a few, put into another word."""
    codes = table[column].cast(pl.String).unique().drop_nulls().to_list()
    return pl.col(column).cast(pl.String).replace({code: name(code) for code in codes})


def _groups(table: pl.DataFrame, key: pl.Expr) -> tuple[Group, ...]:
    """How many of each, those with the most that fit first."""
    fits = pl.col("verdict") == "yes"
    found = table.group_by(key.alias("key")).agg(
        firms=pl.len(),
        before=(pl.col("before") == "yes").sum(),
        yes=fits.sum(),
        unknown=(pl.col("verdict") == "unknown").sum(),
        amount_fen=pl.col("amount").filter(fits).sum(),
    )
    ordered = found.sort(["yes", "firms", "key"], descending=[True, True, False])
    return tuple(Group(**row) for row in ordered.iter_rows(named=True))


def _at_most(paid: pl.Series, places: int | None) -> int:
    """The most that as many as there are places would get."""
    return int(paid.sum() if places is None else paid.top_k(min(places, len(paid))).sum())


def _taken(selection: Selection, day: dt.date, fitting: pl.Series) -> int:
    """How many of those that fit have had what is given only once."""
    if selection.once not in ("year", "ever"):
        return 0
    had = Award.objects.filter(programme=selection.programme).exclude(organisation=None)
    if selection.once == "year":
        had = had.filter(award_date__year=day.year)
    return int(fitting.is_in(list(had.values_list("organisation", flat=True))).sum())


def _powers(count: int) -> list[int]:
    return [2**at for at in range(count)]


def _short(rule: Rule, table: pl.DataFrame) -> tuple[Short, ...]:
    """Who lacks only one thing, by what it is, the most first."""
    waits = table.filter(pl.col("verdict") == "unknown")["missing"].value_counts()
    fails = table.filter((pl.col("verdict") == "no") & (pl.col("unknown") == 0))
    failed = fails["failed"].value_counts()
    by_fact = dict(waits.iter_rows())
    by_clause = dict(failed.iter_rows())
    found = [
        Short("fact", fact.id, fact.term, by_fact[bit])
        for fact, bit in zip(rule.asked, _powers(len(rule.asked)), strict=True)
        if bit in by_fact
    ]
    found += [
        Short("clause", clause.id, clause.text, by_clause[bit])
        for (clause, _), bit in zip(rule.clauses, _powers(len(rule.clauses)), strict=True)
        if bit in by_clause
    ]
    return tuple(sorted(found, key=lambda short: (short.what != "fact", -short.firms, short.id)))


def _listed(rule: Rule, table: pl.DataFrame, listing: str) -> tuple[Firm, ...]:
    """The first of a list, with their names."""
    chosen = _chosen(rule, listing)
    if chosen is None:
        return ()
    rows = table.filter(chosen).select("organisation", "region_code", "size_class").head(LISTED)
    named = Organisation.objects.in_bulk(rows["organisation"].to_list())
    return tuple(
        Firm(pk, named[pk].name, named[pk].uscc, region, size or "")
        for pk, region, size in rows.iter_rows()
        if pk in named
    )


def _chosen(rule: Rule, listing: str) -> pl.Expr | None:
    """Which rows a list is of; None for no list."""
    fits, fitted = pl.col("verdict") == "yes", pl.col("before") == "yes"
    plain = {"yes": fits, "gained": fits & ~fitted, "lost": fitted & ~fits}
    if listing in plain:
        return plain[listing]
    what, _, id = listing.partition(":")
    ids: Sequence[str] = ()
    if what == "fact":
        ids = [fact.id for fact in rule.asked]
    elif what == "clause":
        ids = rule.ids
    if id not in ids:
        return None
    bit = 2 ** ids.index(id)
    if what == "fact":
        return (pl.col("verdict") == "unknown") & (pl.col("missing") == bit)
    whole = (pl.col("verdict") == "no") & (pl.col("unknown") == 0)
    return whole & (pl.col("failed") == bit)


__all__ = ["Dial", "Group", "Short", "Simulation", "can_simulate", "dials", "simulate"]
