"""Lists of money taken away: the rows of the page, for whoever sees them, as a job when long."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from dengta.accounts.queries import Actor
from dengta.funding.actions import budgets
from dengta.registry import queries as registry
from dengta.trail.models import Job
from tests.cast import MOMENT, WAN, Cast
from tests.funding.budgets_cast import PILOT, allotted
from tests.funding.claims_cast import submitted_claim
from tests.funding.clawback_cast import clawback
from tests.funding.payments_cast import approved
from tests.funding.register_cast import alike
from tests.working import work

LISTS = "/official/lists/"


def desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def rows(client: Client, address: str) -> list[dict[str, str]]:
    """The rows of a list as csv, by its headings."""
    answer: Any = client.get(LISTS + address)
    assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"], address
    words = b"".join(answer).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(words)))


def test_a_list_has_the_rows_of_its_page_with_exact_amounts(cast: Cast) -> None:
    order, _public = allotted(cast.province, 12_345_678)
    client = desk(cast, cast.province)
    (first, *_rest) = rows(client, f"orders/csv/?fund={PILOT}&state=booked")[::-1]
    assert (first["编号"], first["金额（元）"], first["状态"]) == (
        order.number, "98765.43", "已下达",
    )  # fmt: skip
    assert rows(client, "orders/csv/?state=proposed") == []
    answer: Any = client.get(f"{LISTS}orders/xlsx/")
    assert b"".join(answer).startswith(b"PK")
    for wrong in ("orders/pdf/", "secrets/csv/"):
        assert client.get(LISTS + wrong).status_code == 404


def test_nobody_takes_away_what_the_page_does_not_show(cast: Cast) -> None:
    allotted(cast.province, 100 * WAN)
    claim, near = submitted_claim(cast, cast.firm), alike(cast)
    mine, next_ = desk(cast, cast.city), desk(cast, cast.next_city)
    assert [one["编号"] for one in rows(mine, "claims/csv/")] == [claim.number]
    assert near.number in [one["线索编号"] for one in rows(mine, "hits/csv/")]
    for what in ("claims", "orders", "hits", "payments", "clawbacks"):
        assert rows(next_, f"{what}/csv/") == []
        assert desk(cast, cast.firm.actor).get(f"{LISTS}{what}/csv/").status_code == 403


def test_what_waits_to_be_paid_says_what_stops_it_and_a_clawback_what_is_owed(cast: Cast) -> None:
    claim = approved(cast, cast.firm)
    (line,) = rows(desk(cast, cast.province), "payments/csv/")
    assert (line["申领编号"], line["金额（元）"]) == (claim.number, "500000.00")
    case = clawback(cast, "collecting")
    (owed,) = rows(desk(cast, cast.city), "clawbacks/csv/?state=collecting")
    assert owed["编号"] == case.number
    assert float(owed["应缴回（元）"]) - float(owed["已追回（元）"]) == float(owed["尚欠（元）"])


def test_a_long_list_is_made_as_a_job_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    allotted(cast.province, 100 * WAN)
    practised = type(registry.policy()).practised
    monkeypatch.setattr(
        type(registry.policy()), "practised",
        lambda self, id, day: 1 if id == "export_rows_at_once" else practised(self, id, day),
    )  # fmt: skip
    client = desk(cast, cast.province)
    asked = client.get(f"{LISTS}orders/csv/?fund={PILOT}")
    assert "共 2 行" in asked.content.decode() and not Job.objects.exists()
    sent = {"key": asked.context["key"], **dict(asked.context["hidden"])}
    leads = {client.post(f"{LISTS}orders/csv/", sent)["Location"] for _ in range(2)}
    work()
    job = Job.objects.get()
    assert leads == {f"/jobs/{job.pk}/"} and job.summary[0]["count"] == 2
    assert job.result is not None
    with job.result.content.open("rb") as file:
        assert b"800000.00" in file.read()


def test_a_list_asks_the_same_for_few_as_for_many(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    client = desk(cast, cast.province)
    allotted(cast.province, 100 * WAN)
    draft = budgets.Draft("allocate", PILOT, "420500", WAN, "1号", "试")
    for n in range(4):
        budgets.propose(cast.province, draft, key=f"k{n}", at=MOMENT)
        with django_assert_max_num_queries(10):
            rows(client, "orders/csv/")
