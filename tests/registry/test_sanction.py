from __future__ import annotations

from typing import Any

import pytest

from dengta.registry.actions import Sanctioned, lift_sanction, refuse_sanctioned, sanction
from dengta.registry.models import Sanction
from dengta.registry.queries import sanctions_of, suppliers
from dengta.trail.actions import NotAllowed, StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, Cast, Firm


def bar(cast: Cast, firm: Firm, **different: Any) -> Sanction:
    given: dict[str, Any] = {
        "grounds": "同一发票重复申领",
        "document_number": "武经信〔2026〕8号",
        "from_date": DAY,
        "until_date": DAY + 30 * ONE_DAY,
        "source": "clawback",
        "source_id": 1,
        "by": cast.city,
        "at": MOMENT,
    }
    return sanction(firm.organisation, **given | different)


def test_the_refusal_says_why_by_what_until_when_and_where_to_turn(cast: Cast) -> None:
    bar(cast, cast.firm)
    with pytest.raises(Sanctioned) as refused:
        refuse_sanctioned(cast.firm.organisation, DAY)
    days = (("2026年4月15日", "2026年4月16日"), ("15 April 2026", "16 April 2026"))
    for text, (last, again) in zip(refused.value.text, days, strict=True):
        assert "同一发票重复申领" in text
        assert "武经信〔2026〕8号" in text
        assert last in text and again in text
    refuse_sanctioned(cast.rival.organisation, DAY)


def test_it_binds_from_its_first_day_to_its_last_and_ends_by_itself(cast: Cast) -> None:
    firm = cast.firm.organisation
    bar(cast, cast.firm)
    refuse_sanctioned(firm, DAY - ONE_DAY)
    with pytest.raises(Sanctioned):
        refuse_sanctioned(firm, DAY + 30 * ONE_DAY)
    refuse_sanctioned(firm, DAY + 31 * ONE_DAY)


def test_told_twice_for_one_matter_it_is_one_sanction(cast: Cast) -> None:
    assert bar(cast, cast.firm) == bar(cast, cast.firm, until_date=DAY + 90 * ONE_DAY)
    assert Sanction.objects.get().until_date == DAY + 30 * ONE_DAY


def test_the_longest_of_several_is_named(cast: Cast) -> None:
    bar(cast, cast.firm)
    bar(cast, cast.firm, source_id=2, until_date=DAY + 60 * ONE_DAY)
    with pytest.raises(Sanctioned, match="2026年5月15日"):
        refuse_sanctioned(cast.firm.organisation, DAY)


@pytest.mark.parametrize(
    "wrong", [{"grounds": " "}, {"document_number": ""}, {"until_date": DAY - ONE_DAY}]
)
def test_without_grounds_document_or_a_sound_term_there_is_none(
    cast: Cast, wrong: dict[str, Any]
) -> None:
    with pytest.raises(StepRefused):
        bar(cast, cast.firm, **wrong)


def test_lifted_early_with_a_reason_it_no_longer_binds_and_stays_as_a_record(cast: Cast) -> None:
    held = bar(cast, cast.firm)
    firm = cast.firm.organisation
    with pytest.raises(StepRefused):
        lift_sanction(held, cast.city, " ", at=MOMENT)
    assert lift_sanction(held, cast.city, "已全部缴回并整改。", at=MOMENT + ONE_DAY)
    assert not lift_sanction(held, cast.city, "再解除一次", at=MOMENT + 2 * ONE_DAY)
    assert sanctions_of(firm, DAY).exists()  # as it was on that day
    refuse_sanctioned(firm, DAY + ONE_DAY)
    held.refresh_from_db()
    assert held.lifted_reason == "已全部缴回并整改。"


def test_county_other_city_and_the_firm_itself_cannot_lift_it(cast: Cast) -> None:
    held = bar(cast, cast.firm)
    for actor in (cast.county, cast.next_city, cast.firm.actor):
        with pytest.raises(NotAllowed):
            lift_sanction(held, actor, "理由", at=MOMENT)
    assert lift_sanction(held, cast.province, "复议撤销。", at=MOMENT)


def test_a_provider_under_sanction_is_not_offered(cast: Cast) -> None:
    listed = cast.supplier
    assert list(suppliers(DAY)) == [listed.organisation]
    bar(cast, listed)
    assert not suppliers(DAY).exists()
    assert list(suppliers(DAY + 31 * ONE_DAY)) == [listed.organisation]
