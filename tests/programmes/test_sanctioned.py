"""Whoever is under sanction neither begins nor hands in an application, and is awarded nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from dengta.programmes.actions.awarding import award
from dengta.programmes.actions.submitting import submit
from dengta.programmes.models import Application, Award
from dengta.registry.actions import Sanctioned, sanction
from tests.cast import MOMENT, ONE_DAY, Cast, Firm
from tests.programmes.ranked import AFTER
from tests.programmes.stage import HOUR, begun, drafted, opened
from tests.programmes.test_objections import in_public


def bar(cast: Cast, firm: Firm, day: dt.date) -> None:
    sanction(
        firm.organisation, grounds="虚报冒领", document_number="武经信追〔2026〕3号",
        from_date=day, until_date=day + ONE_DAY, source="clawback", source_id=1, by=cast.city,
        at=MOMENT,
    )  # fmt: skip


def test_no_application_is_begun_or_handed_in(cast: Cast) -> None:
    round = opened(cast)
    draft = drafted(round, cast.firm)
    bar(cast, cast.firm, MOMENT.date())
    with pytest.raises(Sanctioned, match="武经信追〔2026〕3号"):
        submit(draft, cast.firm.actor, pledged_by="法人", at=MOMENT + HOUR)
    draft.refresh_from_db()
    assert draft.state == "draft"
    with pytest.raises(Sanctioned):
        begun(round, cast.firm, "另一个")
    assert begun(round, cast.rival).pk and Application.objects.count() == 2


def test_nothing_is_awarded_and_the_reason_is_listed(cast: Cast) -> None:
    round, (row,) = in_public(cast, cast.firm)
    bar(cast, cast.firm, AFTER.date())
    done = award(round, cast.province, document="鄂经信〔2026〕8号", day=AFTER.date(), at=AFTER)
    assert done.count == 0 and not Award.objects.exists()
    assert [one for one, _ in done.refused] == [row]
    assert "武经信追〔2026〕3号" in done.refused[0][1].zh
