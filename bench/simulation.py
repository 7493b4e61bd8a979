"""Trying a round out over a million firms of the registry, as an official waits for it.

There is no peer but the platform's own one-case engine, which answers for a sample of the firms
with the same facts read one by one; any difference ends the run. Measured are the first answer
(every column read from the database), the next one (kept columns) and one with moved thresholds.
"""

from __future__ import annotations

import datetime as dt
import gc
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from typing import Any

FIRMS = 1_000_000
SAMPLE = 400
AT_ONCE = 50_000
DAY = dt.date(2026, 6, 1)
NOW = "2026-06-01 02:00:00"
MOVES = {"min_level": 2, "min_copies": 3}
CHOICES: dict[str, tuple[str, ...]] = {
    "abnormal_listed": ("false",) * 19 + ("true",),
    "serious_violation": ("false",) * 39 + ("true",),
    "major_incident_3y": ("false",) * 29 + ("true",),
    "pilot_industry": ("true", "false"),
    "digital_level": ("0", "1", "2", "3", "4"),
    "proven_effect": ("true", "false"),
    "replicable_packages": ("0", "1", "2", "5"),
    "open_to_visits": ("true", "true", "false"),
    "copies_made": ("0", "1", "2", "3", "8"),
}
"""What the firms state (as JSON); each is stated by four in five."""


def run(firms: int = FIRMS, rounds: int = 5) -> dict[str, Any]:
    """One row."""
    with tempfile.TemporaryDirectory(prefix="dengta-bench-") as folder:
        os.environ |= {
            "DENGTA_DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "DENGTA_DATA": folder,
            "DENGTA_SECRET_KEY": "only-for-the-benchmark",
            "DJANGO_SETTINGS_MODULE": "dengta.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        filled = _timed(lambda: _fill(firms))
        return _measured(firms, rounds) | {"seconds_to_fill": filled}


def _measured(firms: int, rounds: int) -> dict[str, Any]:
    import dataclasses

    from dengta.programmes.queries.simulation import simulate
    from dengta.registry.queries import policy

    selection = dataclasses.replace(policy().selection("scenario"), programme="lighthouse")

    def usual() -> Any:
        return simulate(selection, DAY, "420000")

    def moved() -> Any:
        return simulate(selection, DAY, "420000", MOVES, listing="gained")

    first = _timed(usual)
    found = usual()
    compared = _compare(selection.programme)
    times: dict[str, list[float]] = {"again": [], "moved": []}
    for _ in range(rounds):
        for name, work in (("again", usual), ("moved", moved)):
            gc.collect()
            times[name].append(_timed(work))
    changed = moved()
    return {
        "row": "simulation",
        "size": firms,
        "equal": compared,
        "answer": {
            "yes": found.yes,
            "unknown": found.unknown,
            "gained": changed.gained,
            "lost": changed.lost,
        },
        "seconds": {
            "first, with every column read": first,
            "again": round(statistics.median(times["again"]), 3),
            "with moved thresholds": round(statistics.median(times["moved"]), 3),
        },
    }


def _timed(work: Any) -> float:
    begun = time.perf_counter()
    work()
    return round(time.perf_counter() - begun, 2)


def _compare(programme: str) -> dict[str, int]:
    """A sample of the firms, each read and decided by itself."""
    from dengta.core.columns import needed_columns
    from dengta.core.population import Population
    from dengta.programmes.queries import facts_of
    from dengta.programmes.queries.simulation import everybody
    from dengta.registry.models import Organisation
    from dengta.registry.queries import policy, rulebook

    population = Population(policy(), DAY, [programme])
    rows = everybody(DAY).frame(needed_columns(population.rules[programme].nodes))
    chosen = sorted(random.Random(5).sample(range(rows.height), min(SAMPLE, rows.height)))
    part = rows[chosen]
    verdicts = population.decide(part).collect()[f"{programme}__verdict"]
    book = rulebook(DAY.toordinal())
    for pk, said in zip(part["organisation"], verdicts, strict=True):
        facts = facts_of(Organisation.objects.get(pk=pk), DAY)
        if book.decide(facts, programme)[0].outcome != said:
            raise SystemExit(f"firm {pk}: the set engine and the one-case engine differ")
    return {"sample_one_case": len(chosen), "different": 0}


# ---------------------------------------------------------------- what stands in the tables


def _fill(firms: int) -> None:
    """Firms with a year's figures and what they stated, by plain SQL."""
    from django.db import connection, transaction

    from dengta.registry.queries import choosable_regions, policy

    chance = random.Random(2026)
    regions = [region.code for region in choosable_regions()]
    industries = list(policy().industries)
    tables: tuple[tuple[str, Iterator[tuple[Any, ...]]], ...] = (
        (
            "registry_organisation (id, uscc, name, kind, region_code, industry_code, legal_person,"
            " phone, address, size_class, established_date, created_at)",
            _firms(firms, chance, regions, industries),
        ),
        (
            "registry_enterpriseyear (organisation_id, year, employees, revenue_fen, assets_fen)",
            _years(firms, chance),
        ),
        ("registry_statedfact (organisation_id, fact, value, at)", _stated(firms, chance)),
    )
    for columns, rows in tables:
        places = ", ".join(["%s"] * (columns.count(",") + 1))
        with transaction.atomic(), connection.cursor() as cursor:
            while part := [row for _, row in zip(range(AT_ONCE), rows, strict=False)]:
                cursor.executemany(f"INSERT INTO {columns} VALUES ({places})", part)


def _firms(
    firms: int, chance: random.Random, regions: list[str], industries: list[str]
) -> Iterator[tuple[Any, ...]]:
    for n in range(1, firms + 1):
        where, what = chance.choice(regions), chance.choice(industries)
        day = f"{chance.randint(1990, 2025)}-03-16"
        yield (n, f"{n:018d}", f"企业{n}", "enterprise", where, what, "", "", "", "", day, NOW)


def _years(firms: int, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    for n in range(1, firms + 1):
        revenue = int(10 ** chance.uniform(7, 12.5))
        yield n, 2025, int(10 ** chance.uniform(0.5, 3.5)), revenue, revenue // 2


def _stated(firms: int, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    for n in range(1, firms + 1):
        for fact, values in CHOICES.items():
            if chance.random() < 0.8:
                yield n, fact, chance.choice(values), NOW
