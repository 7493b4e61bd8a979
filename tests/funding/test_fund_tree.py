"""What the tree says of a fund is what the books say."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dengta.funding.actions import results, tranches
from dengta.funding.models import Tranche
from dengta.funding.queries import fund_tree
from dengta.funding.queries.budgets import budget_codes, fund_named
from dengta.funding.queries.fund_tree import Place, Sums, place_in, trees
from dengta.funding.queries.tranches import award_of
from dengta.programmes.models import Application, Award
from dengta.trail.actions import begin
from tests.cast import DAY, MOMENT, WAN, Cast
from tests.funding.budgets_cast import COUNTIES, JIANGAN, PILOT, WUHAN, allotted, given_back, opened
from tests.funding.claims_cast import approved_claim
from tests.funding.payments_cast import answer, good, payments_of, sent
from tests.programmes.given import round_of


def tree() -> Place:
    return trees([fund_named(PILOT)])[PILOT]


def wuhan() -> Place:
    found = place_in(tree(), WUHAN)
    assert found is not None
    return found


def test_money_is_followed_from_approval_to_the_bank(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    approved_claim(cast, cast.firm, 3 * WAN)  # its money is put there beside what was allotted
    place = wuhan()
    assert place.parts["enterprise"] == Sums(allotted=803 * WAN, reserved=3 * WAN, left=800 * WAN)
    made = sent(cast, cast.city)
    assert wuhan().parts["enterprise"].owed == 3 * WAN
    rows = [good(payment) for payment in payments_of(made)]
    results.record(made, cast.city, answer(*rows, by=cast.city), at=MOMENT)
    place = wuhan()
    assert place.parts["enterprise"] == Sums(
        allotted=803 * WAN, settled=3 * WAN, paid=3 * WAN, left=800 * WAN
    )
    assert (place.firms, place.average_fen, place.spent_share_bps) == (1, 3 * WAN, 10_000)


def test_thirty_million_at_four_fifths_for_two_hundred_firms_is_120_000_yuan_each() -> None:
    assert fund_tree.planned_average_fen(fund_named(PILOT)) == 12 * WAN
    assert fund_tree.planned_average_fen(fund_named("scenario-2026")) is None


def test_every_office_sees_its_own_place_and_all_below(cast: Cast) -> None:
    allotted(cast.province, 1_000 * WAN)
    allotted(cast.city, 100 * WAN, JIANGAN)
    seen = {
        actor.name: fund_tree.seen(tree(), actor)
        for actor in (cast.province, cast.city, cast.county, cast.next_city, cast.firm.actor)
    }
    regions = {name: place.region if place else None for name, place in seen.items()}
    assert list(regions.values()) == ["420000", WUHAN, JIANGAN, None, None]


def test_trees_ask_the_same_whatever_there_is(cast: Cast, django_assert_num_queries: Any) -> None:
    allotted(cast.province, 100 * WAN)
    for _ in range(2):
        with django_assert_num_queries(7):
            trees([fund_named(PILOT), fund_named(COUNTIES), fund_named("scenario-2026")])
        for place in ("420500", "420600", "420700"):
            allotted(cast.province, 100 * WAN, place)
        allotted(cast.city, 10 * WAN, JIANGAN)
        opened("scenario-2026")


def test_the_public_table_is_less_what_was_given_back(cast: Cast) -> None:
    assert fund_tree.allotted_to_places() == []
    allotted(cast.province, 1_000 * WAN)
    allotted(cast.city, 100 * WAN, JIANGAN)
    given_back(cast.city, 100 * WAN)
    (found,) = fund_tree.allotted_to_places()
    assert (found.programme, found.years) == ("pilot_city", (2026,))
    assert found.places == {WUHAN: {2026: 900 * WAN}}
    assert set(budget_codes("pilot_city")) >= {f"pool/{PILOT}", f"pool/{PILOT}/{WUHAN}/public"}


# ---------------------------------------------------------------- what follows from an award


def awarded(cast: Cast, region: str, selection: str = "pilot_city", **different: Any) -> Award:
    """A place that was awarded as pilot."""
    applied = Application(
        round=round_of(cast, selection), applicant_code=region, applicant_name=region,
        region_code=region, key=f"{selection}/{region}", created_at=MOMENT,
    )  # fmt: skip
    begin(applied, by=cast.province, at=MOMENT)
    filled: dict[str, Any] = {
        "programme": selection, "awarded_name": region, "holder_name": region, "award_date": DAY,
        "document_number": "鄂经信〔2026〕3号", "number": f"RD{region}", "code": f"C{region}",
    }  # fmt: skip
    made = Award(application=applied, **(filled | different))
    begin(made, by=cast.province, at=MOMENT)
    return made


def test_tranches_follow_from_the_award_once(cast: Cast) -> None:
    award = awarded(cast, WUHAN)
    awarded(cast, JIANGAN, "pilot_county", amount_fen=600 * WAN)
    assert tranches.plan_due(at=MOMENT) == 6
    assert tranches.plan_due(at=MOMENT) == 0
    first = Tranche.objects.get(fund=PILOT, region_code=WUHAN, ordinal=1)
    assert (first.amount_fen, award_of(first)) == (1_200 * WAN, award)
    amounts = Tranche.objects.filter(fund=COUNTIES).values_list("amount_fen", flat=True)
    assert list(amounts) == [240 * WAN, 180 * WAN, 180 * WAN]


@pytest.mark.parametrize(
    "different", [{"award_date": dt.date(2019, 5, 1)}, {"programme": "scenario"}]
)
def test_nothing_follows_from_an_award_that_no_fund_pays(
    cast: Cast, different: dict[str, Any]
) -> None:
    awarded(cast, WUHAN, **different)
    assert tranches.plan_due(at=MOMENT) == 0
