"""Awarding by document: after publicity only, once only, with the title in the registry."""

from __future__ import annotations

import datetime as dt

import pytest

from dengta.catalogue.queries.pool import shown
from dengta.programmes.actions import awarding, listing
from dengta.programmes.actions.awarding import award
from dengta.programmes.actions.listing import announce, close_reserve, make_list
from dengta.programmes.models import Application, Award
from dengta.registry.models import Title
from dengta.trail.actions import NotAllowed, StepRefused
from dengta.trail.models import Job, Notice
from tests.cast import MOMENT, ONE_DAY, WAN, Cast
from tests.programmes.ranked import AFTER, a_round, reviewed, states, with_rule
from tests.programmes.test_objections import in_public

DOCUMENT = "鄂经信〔2026〕8号"


def test_an_award_names_its_document_its_term_and_its_holder_and_gives_the_title(
    cast: Cast,
) -> None:
    round, (row,) = in_public(cast, cast.firm)
    done = award(round, cast.province, document=DOCUMENT, day=AFTER.date(), at=AFTER)
    given = Award.objects.get()
    assert done.count == 1 and given.application == row
    assert given.once_key == f"scenario/{cast.firm.organisation.uscc}"
    assert (given.document_number, given.amount_fen) == (DOCUMENT, 50 * WAN)
    assert given.expires_date == dt.date(2029, 4, 24)
    title = Title.objects.get(organisation=cast.firm.organisation, title="scenario")
    assert (title.document, title.expires_date) == (DOCUMENT, given.expires_date)
    round.refresh_from_db()
    assert (round.state, round.award_document) == ("awarded", DOCUMENT)
    assert Notice.objects.filter(user_id=cast.firm.actor.user_id).count() == 3
    (entry,) = shown("scenario")
    assert (entry.award, entry.expires_date) == (given.number, given.expires_date)
    again = award(round, cast.province, document=DOCUMENT, day=AFTER.date(), at=AFTER)
    assert again.count == 0 and Award.objects.count() == 1


def test_nothing_is_awarded_before_publicity_is_over_nor_by_a_document_of_that_time(
    cast: Cast,
) -> None:
    round = a_round(cast)
    reviewed(round, cast.firm)
    make_list(round, cast.province, at=MOMENT)
    day = MOMENT.date()
    with pytest.raises(StepRefused, match="还没有公示"):
        award(round, cast.province, document=DOCUMENT, day=day, at=MOMENT)
    announce(round, cast.province, at=MOMENT)
    last = MOMENT + 7 * ONE_DAY  # the fifth working day
    with pytest.raises(StepRefused, match="期满次日"):
        award(round, cast.province, document=DOCUMENT, day=last.date(), at=last)
    for wrong in (last.date(), AFTER.date() + ONE_DAY):
        with pytest.raises(StepRefused, match="文件日期"):
            award(round, cast.province, document=DOCUMENT, day=wrong, at=AFTER)
    with pytest.raises(StepRefused, match="文号"):
        award(round, cast.province, document=" ", day=AFTER.date(), at=AFTER)
    with pytest.raises(NotAllowed):
        award(round, cast.city, document=DOCUMENT, day=AFTER.date(), at=AFTER)
    assert not Award.objects.exists()


def test_a_firm_that_was_given_it_in_another_round_is_named_and_the_others_go_on(
    cast: Cast,
) -> None:
    first, (row,) = in_public(cast, cast.firm)
    second, rows = in_public(cast, cast.firm, cast.rival)
    award(first, cast.province, document=DOCUMENT, day=AFTER.date(), at=AFTER)
    done = award(second, cast.province, document="9号", day=AFTER.date(), at=AFTER)
    assert done.count == 1 and states([row, *rows]) == ["awarded", "proposed", "awarded"]
    ((who, why),) = done.refused
    assert who == rows[0] and DOCUMENT in why.zh and "只给一次" in why.zh
    third = a_round(cast)
    late = reviewed(third, cast.rival)
    make_list(third, cast.province, at=AFTER)
    late.refresh_from_db()
    assert late.place["outcome"] == "barred" and "9号" in late.place["zh"]


def test_a_long_list_is_published_and_awarded_behind_the_pages(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (listing, awarding):
        monkeypatch.setattr(module, "AT_ONCE", 1)
    round = a_round(cast)
    with_rule(monkeypatch, round, reserve_bps=5_000)
    rows = [reviewed(round, cast.enrol(f"f{n}"), str(70 + n)) for n in range(3)]
    make_list(round, cast.province, at=MOMENT)
    job = announce(round, cast.province, at=MOMENT)
    assert job is not None and states(rows) == ["ranked"] * 3
    with pytest.raises(StepRefused, match="还有 3 件正在发布"):
        award(round, cast.province, document=DOCUMENT, day=AFTER.date(), at=AFTER)
    assert announce(round, cast.province, at=MOMENT) == job  # a second click
    Job.objects.filter(pk=job.pk).update(started_at=MOMENT, finished_at=MOMENT)  # it broke off
    again = announce(round, cast.province, at=MOMENT)
    assert again is not None and again != job
    listing.settle_list.call(again.pk)
    assert states(rows) == ["proposed"] * 3
    Application.objects.update(publicity_until=MOMENT.date())
    given = award(round, cast.province, document=DOCUMENT, day=AFTER.date(), at=AFTER)
    twice = award(round, cast.province, document=DOCUMENT, day=AFTER.date(), at=AFTER)
    assert given.job == twice.job is not None and Job.objects.count() == 3
    awarding.award_listed.call(given.job.pk)
    assert states(rows) == ["awarded"] * 3
    given.job.refresh_from_db()
    assert given.job.summary[0] == {"zh": "认定", "en": "Awarded", "count": 3}


def test_the_reserve_ends_after_the_document_is_out(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    round = a_round(cast, places=1)
    with_rule(monkeypatch, round, reserve_bps=10_000)
    rows = [reviewed(round, cast.firm, "90"), reviewed(round, cast.rival, "80")]
    make_list(round, cast.province, at=MOMENT)
    announce(round, cast.province, at=MOMENT)
    with pytest.raises(StepRefused, match="发文认定之后"):
        close_reserve(round, cast.province, at=AFTER)
    award(round, cast.province, document=DOCUMENT, day=AFTER.date(), at=AFTER)
    assert close_reserve(round, cast.province, at=AFTER) == 1
    assert close_reserve(round, cast.province, at=AFTER) == 0
    assert states(rows) == ["awarded", "not_selected"]
