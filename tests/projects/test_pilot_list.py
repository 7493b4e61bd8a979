"""The list of a pilot and its log: every change has its reason, and the log gives the list."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dengta.accounts.queries import Actor
from dengta.projects.actions import pilots
from dengta.projects.models import PilotChange, PilotFirm, PilotPlan
from dengta.projects.queries.pilots import TITLE, changes_of, firms_of, replayed
from dengta.registry.actions import Sanctioned, sanction
from dengta.registry.queries import policy, titles_on
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Document
from tests.cast import MOMENT, Cast, Firm

DAY = MOMENT.date()


def filed(
    cast: Cast, programme: str = "pilot_city", region: str = "", *,
    until: dt.date = DAY + dt.timedelta(days=700),
) -> PilotPlan:  # fmt: skip
    """A plan of the city, or of a place in it, that the province has agreed to."""
    place = region or cast.city.region
    paper = Document.objects.create(
        fingerprint="0" * 64, name="方案.pdf", media_type="application/pdf", size=1, at=MOMENT
    )
    plan = pilots.draft_plan(
        cast.city, programme, place, key=f"plan/{place}", at=MOMENT, title="武汉市试点方案",
        from_date=DAY - dt.timedelta(days=30), until_date=until, industries=["auto_parts"],
        targets={"firms": 200}, money_fen=3_000_000_000, document=paper,
    )  # fmt: skip
    pilots.submit_plan(plan, cast.city, at=MOMENT)
    pilots.file_plan(plan, cast.province, at=MOMENT)
    return plan


def holds(firm: Firm, day: dt.date = DAY) -> bool:
    return TITLE in titles_on(firm.organisation, day)


def test_a_listed_firm_holds_the_title_until_it_leaves(cast: Cast) -> None:
    plan = filed(cast)
    for _ in range(2):
        firm = pilots.list_firm(plan, cast.firm.organisation, cast.city, reason="首批", at=MOMENT)
    assert (holds(cast.firm), PilotFirm.objects.count(), PilotChange.objects.count()) == (
        True, 1, 1,
    )  # fmt: skip
    later = MOMENT + dt.timedelta(days=40)
    pilots.withdraw_firm(firm, cast.city, reason="停产", at=later)
    assert holds(cast.firm, DAY + dt.timedelta(days=39))
    assert not holds(cast.firm, later.date())
    with pytest.raises(Moved):
        pilots.withdraw_firm(PilotFirm(pk=firm.pk, **_seen(firm)), cast.city, reason="停产")
    pilots.relist_firm(firm, cast.city, reason="复产", at=later + dt.timedelta(days=1))
    assert holds(cast.firm, later.date() + dt.timedelta(days=1))
    assert [one.kind for one in changes_of(plan)] == ["relist", "withdraw", "add"]


def _seen(firm: PilotFirm) -> dict[str, object]:
    return {
        "state": "listed", "programme": firm.programme, "region_code": firm.region_code,
        "organisation": firm.organisation,
    }  # fmt: skip


def test_a_change_without_a_reason_is_refused_and_leaves_nothing(cast: Cast) -> None:
    plan = filed(cast)
    with pytest.raises(StepRefused, match="理由"):
        pilots.list_firm(plan, cast.firm.organisation, cast.city, reason=" ", at=MOMENT)
    assert not PilotFirm.objects.exists()
    assert not holds(cast.firm)


def test_a_firm_under_sanction_or_of_another_place_is_not_listed(cast: Cast) -> None:
    plan = filed(cast)
    sanction(
        cast.rival.organisation, from_date=DAY, until_date=DAY + dt.timedelta(days=90),
        grounds="虚报", document_number="鄂经信罚〔2026〕1号", source="test", source_id=1,
        by=cast.province, at=MOMENT,
    )  # fmt: skip
    with pytest.raises(Sanctioned):
        pilots.list_firm(plan, cast.rival.organisation, cast.city, reason="首批", at=MOMENT)
    with pytest.raises(NotAllowed):
        pilots.list_firm(plan, cast.firm.organisation, cast.province, reason="首批", at=MOMENT)


def test_a_replacement_happens_whole_or_not_at_all(cast: Cast) -> None:
    plan = filed(cast)
    firm = pilots.list_firm(plan, cast.firm.organisation, cast.city, reason="首批", at=MOMENT)
    new = pilots.replace_firm(
        firm, plan, cast.rival.organisation, cast.city, reason="停产", at=MOMENT
    )
    firm.refresh_from_db()
    assert (firm.state, new.state, holds(cast.rival)) == ("replaced", "listed", True)
    with pytest.raises(StepRefused):
        pilots.replace_firm(new, plan, cast.rival.organisation, cast.city, reason="停产", at=MOMENT)
    with pytest.raises(StepRefused, match="重新列入"):
        pilots.replace_firm(new, plan, cast.firm.organisation, cast.city, reason="停产", at=MOMENT)
    assert changes_of(plan).count() == 3


def test_a_new_edition_supersedes_and_the_list_stays(cast: Cast) -> None:
    plan = filed(cast)
    pilots.list_firm(plan, cast.firm.organisation, cast.city, reason="首批", at=MOMENT)
    again = pilots.draft_plan(
        cast.city, "pilot_city", cast.city.region, key="plan/2", at=MOMENT, title="修订版",
        from_date=plan.from_date, until_date=plan.until_date, industries=["auto_parts", "food"],
        targets={"firms": 220}, money_fen=plan.money_fen, document=plan.document,
    )  # fmt: skip
    assert again.edition == 2
    pilots.submit_plan(again, cast.city, at=MOMENT)
    with pytest.raises(NotAllowed):
        pilots.file_plan(again, cast.city, at=MOMENT)
    pilots.file_plan(again, cast.province, at=MOMENT)
    plan.refresh_from_db()
    assert plan.state == "superseded"
    assert [firm.state for firm in firms_of(again)] == ["listed"]


def test_what_is_typed_while_a_draft_is_open_goes_into_it(cast: Cast) -> None:
    told = {
        "from_date": DAY, "until_date": DAY + dt.timedelta(days=700), "industries": ["auto_parts"],
        "targets": {"firms": 200}, "money_fen": 1,
    }  # fmt: skip
    first = pilots.draft_plan(
        cast.city, "pilot_city", cast.city.region, key="a", at=MOMENT, title="初稿", **told
    )
    again = pilots.draft_plan(
        cast.city, "pilot_city", cast.city.region, key="b", at=MOMENT, title="二稿", **told
    )
    assert (again.pk, again.title, PilotPlan.objects.count()) == (first.pk, "二稿", 1)


def test_what_is_unfinished_at_the_end_is_out_of_period(cast: Cast) -> None:
    plan = filed(cast, until=DAY + dt.timedelta(days=10))
    pilots.list_firm(plan, cast.firm.organisation, cast.city, reason="首批", at=MOMENT)
    end = MOMENT + dt.timedelta(days=12)
    assert pilots.lapse_due(DAY + dt.timedelta(days=10), at=end) == 0
    assert pilots.lapse_due(end.date(), at=end) == 1
    assert pilots.lapse_due(end.date(), at=end) == 0
    assert not holds(cast.firm, end.date())


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "withdraw", "relist", "replace"]), st.integers(0, 2)),
    max_size=12,
)


def test_list_and_log_agree_after_any_changes(cast: Cast) -> None:
    plan, pool = filed(cast), [cast.firm, cast.rival, cast.enrol("third")]

    @example([("add", 0), ("withdraw", 0), ("relist", 0), ("replace", 0)])
    @settings(max_examples=15, deadline=None)
    @given(steps=STEPS)
    def in_any_order(steps: list[tuple[str, int]]) -> None:
        with transaction.atomic():
            for kind, n in steps:
                _try(plan, kind, pool[n], pool[(n + 1) % 3], cast.city)
            there = {firm.pk: firm.state for firm in firms_of(plan)}
            assert replayed(changes_of(plan)) == there
            for firm in firms_of(plan):
                titles = firm.organisation.titles.filter(title=TITLE, expires_date=None)
                assert titles.exists() == (firm.state == "listed")
            transaction.set_rollback(True)

    in_any_order()


def _try(plan: PilotPlan, kind: str, one: Firm, other: Firm, city: Actor) -> None:
    """A change that may be refused; refused it leaves no trace (the log is looked at after)."""
    firm = PilotFirm.objects.filter(organisation=one.organisation).first()
    try:
        if kind == "add":
            pilots.list_firm(plan, one.organisation, city, reason="名单", at=MOMENT)
        elif firm is not None and kind == "withdraw":
            pilots.withdraw_firm(firm, city, reason="停产", at=MOMENT)
        elif firm is not None and kind == "relist":
            pilots.relist_firm(firm, city, reason="复产", at=MOMENT)
        elif firm is not None:
            pilots.replace_firm(firm, plan, other.organisation, city, reason="换", at=MOMENT)
    except StepRefused:
        return


def test_the_least_share_of_enterprises_is_the_funds_else_that_of_practice(cast: Cast) -> None:
    assert filed(cast).firms_bps == 8_000
    far = dt.date(2035, 1, 1)
    plan = pilots.draft_plan(
        cast.city, "pilot_county", "420102", key="far", title="方案", from_date=far,
        until_date=far + dt.timedelta(days=300), money_fen=1, at=MOMENT,
    )  # fmt: skip
    assert plan.firms_bps == policy().practised("pilot_firms_bps", far) == 8_000
