"""The rush of row C: firms come at once from real processes, take a place in the queue, are served
in order, and one in ten clicks twice; on PostgreSQL and on SQLite. There is no peer: what is
counted is that nobody gets two, everybody is answered, and the pool ends at nothing."""

from __future__ import annotations

import json
import tempfile
import time
from typing import Any

from bench import apart

FIRMS = 1_000
COUPONS = 750
PROCESSES = 8
FACE_FEN = 300_000


def rows(postgres: str) -> list[dict[str, Any]]:
    """One row for each engine, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        urls = {"PostgreSQL": postgres, "SQLite": f"sqlite:///{folder}/rush.sqlite3"}
        return [_row(name, url) for name, url in urls.items()]


def _row(name: str, url: str) -> dict[str, Any]:
    seen = apart("bench.rush", url)
    return {"row": f"C. rush of {FIRMS} firms, {PROCESSES} processes, {name}", **seen}


def firms(count: int) -> list[Any]:
    """So many enterprises with last year's figures, as rows of the registry."""
    import datetime as dt

    from django.utils import timezone

    from dengta.core.codes import make_uscc
    from dengta.registry.models import EnterpriseYear, Organisation

    now = timezone.now()
    made = Organisation.objects.bulk_create(
        (
            Organisation(
                uscc=make_uscc("420102", n), name=f"企业{n}", kind="enterprise",
                region_code="420102", industry_code="36", legal_person="法人",
                established_date=dt.date(2010, 1, 1), created_at=now,
            )
            for n in range(count)
        ),
        batch_size=5_000,
    )  # fmt: skip
    EnterpriseYear.objects.bulk_create(
        (
            EnterpriseYear(
                organisation=firm, year=now.year - 1, employees=50, revenue_fen=10**9,
                assets_fen=10**9,
            )
            for firm in made
        ),
        batch_size=5_000,
    )  # fmt: skip
    return made


def pool_of(wanted_fen: int) -> str:
    """The account of this year's pool of coupons, holding so much and no more."""
    from django.utils import timezone

    from dengta.funding.actions.vouchers_money import open_fund
    from dengta.ledger import actions as ledger
    from dengta.ledger import queries as books

    year = timezone.localdate().year
    pool = open_fund(year, "cloud_coupon")
    ceiling = f"ceiling/cloud_coupon/{year}"
    ledger.open_account("elsewhere", "其他")
    ledger.open_account("caps/granted", "年度额度来源")
    ledger.open_account(ceiling, "本年度总额度", "credits")
    ledger.post(ledger.Entry("raise", "caps/granted", ceiling, 10**12))
    balance = books.balance(pool)
    more = wanted_fen - (balance.left_fen or 0 if balance else 0)
    way = ("elsewhere", pool) if more > 0 else (pool, "elsewhere")
    ledger.post(ledger.Entry("level", *way, abs(more)))
    return pool


def _fill() -> tuple[int, list[int]]:
    """An open opening with money for COUPONS, and the firms that will come."""
    import datetime as dt

    from django.utils import timezone

    from dengta.accounts.queries import Actor
    from dengta.funding.actions import openings

    come, now, hour = firms(FIRMS), timezone.now(), dt.timedelta(hours=1)
    pool_of(COUPONS * FACE_FEN)
    office = Actor(0, "省经信厅", "province", "420000")
    plan = openings.Plan("cloud-coupon", "开放", now, now + hour)
    opening = openings.plan(office, plan, at=now - hour)
    openings.announce(opening, office, at=now - hour)
    return opening.pk, [firm.pk for firm in come]


def _come(opening_id: int, firms: list[int]) -> None:
    from dengta.accounts.queries import Actor
    from dengta.funding.actions import openings
    from dengta.funding.models import Opening
    from dengta.funding.queries.budgets import scheme_of

    opening = Opening.objects.get(pk=opening_id)
    terms = openings.terms_of(scheme_of(opening.scheme))
    for n, firm in enumerate(firms):
        for _ in range(2 if n % 10 == 0 else 1):
            openings.take_ticket(
                opening, Actor(0, "企业", "enterprise", "420102", firm),
                {"cloud_depth": "resource"}, terms=terms, agreed_by="经办人",
            )  # fmt: skip


def main() -> None:
    """Play it once on the database of DENGTA_DATABASE_URL and print what was seen."""
    import django

    django.setup()
    from multiprocessing import get_context

    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    opening_id, firms = _fill()
    connections.close_all()
    fork = get_context("fork")
    crowd = [
        fork.Process(target=_come, args=(opening_id, firms[n::PROCESSES])) for n in range(PROCESSES)
    ]
    begun = time.perf_counter()
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    seconds = time.perf_counter() - begun
    print(json.dumps(_seen(opening_id, seconds, [one.exitcode for one in crowd])))


def _seen(opening_id: int, seconds: float, ends: list[int | None]) -> dict[str, Any]:
    """Figures of one rush; AssertionError for whatever must not be."""
    from dengta.funding.models import Opening, Voucher
    from dengta.funding.queries.openings import watch
    from dengta.ledger import queries as books

    seen = watch(Opening.objects.get(pk=opening_id))
    vouchers = Voucher.objects.filter(issuance__key=f"opening/{opening_id}")
    figures = {
        "size": FIRMS, "ours_s": round(seconds, 2), "tickets_per_s": round(FIRMS / seconds),
        "answered": seen.granted + seen.empty + seen.refused, "granted": seen.granted,
        "waiting": seen.waiting, "left_fen": seen.left_fen,
        "duplicates": vouchers.count() - vouchers.values("organisation").distinct().count(),
        "differences": len(books.recompute()),
    }  # fmt: skip
    sound = (
        not any(ends) and figures["answered"] == FIRMS and figures["granted"] == COUPONS
        and not figures["left_fen"] and not figures["duplicates"] and not figures["differences"]
    )  # fmt: skip
    if not sound:
        raise AssertionError(f"not sound: {figures} {ends}")
    return figures


if __name__ == "__main__":
    main()
