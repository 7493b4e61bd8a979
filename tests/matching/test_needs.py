"""Needs: drafted, published, asked of several, raised when nobody answers, helped, closed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dengta.matching.actions import needs
from dengta.matching.actions.needs import Item, Wish
from dengta.matching.models import Need
from dengta.matching.queries import board
from dengta.matching.queries import needs as queries
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event, Notice
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.matching.market import WISH, Market

pytestmark = pytest.mark.django_db
LATER = MOMENT + dt.timedelta(days=30)


def test_a_draft_begun_twice_with_one_key_is_one_need(cast: Cast) -> None:
    one = needs.draft(cast.firm.actor, WISH, key="k", at=MOMENT)
    two = needs.draft(cast.firm.actor, WISH, key="k", at=MOMENT)
    assert one == two
    assert Event.objects.filter(flow="need").count() == 1
    assert [item.scenario for item in one.items.all()] == ["procurement", "quality"]


def test_a_draft_is_kept_as_typed_and_a_published_need_is_fixed(market: Market) -> None:
    need, firm = market.draft(), market.cast.firm
    needs.save(need, firm.actor, Wish("换个名称", items=(Item("energy", 3),)))
    assert (need.title, need.items.get().scenario) == ("换个名称", "energy")
    needs.publish(need, firm.actor, at=MOMENT)
    with pytest.raises(Moved):
        needs.save(need, firm.actor, WISH)


@pytest.mark.parametrize(
    ("different", "word"),
    [
        ({"title": " "}, "名称"),
        ({"items": (Item("nothing", 2),)}, "没有“nothing”"),
        ({"items": (Item("quality", 2, 2),)}, "要高于现有等级 2"),
        ({"items": (Item("quality", 5),)}, "最高 4"),
        ({"items": (Item("quality", 2), Item("quality", 3))}, "只能写一行"),
        ({"finish_by": DAY}, "已经到了"),
        ({"sub_industry": "moon"}, "细分行业"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    market: Market, different: dict[str, Any], word: str
) -> None:
    with pytest.raises(StepRefused, match=word):
        market.draft(**different)


def test_an_empty_need_or_one_that_nobody_would_see_is_not_published(market: Market) -> None:
    firm = market.cast.firm
    with pytest.raises(StepRefused, match="还没有内容"):
        needs.publish(market.draft(items=(), text=""), firm.actor, at=MOMENT)
    with pytest.raises(StepRefused, match="没有人能看到"):
        needs.publish(market.draft(public=False), firm.actor, at=MOMENT)
    with pytest.raises(StepRefused, match="不在 1 至 60 之间"):
        needs.publish(market.draft(), firm.actor, days=61, at=MOMENT)


def test_only_listed_providers_can_be_asked_each_once_and_they_are_told(market: Market) -> None:
    one, two = market.provider("one"), market.provider("two")
    outsider = market.cast.enrol("outsider", kind="provider", industry_code="65")
    need = market.need(one, public=False)
    firm = market.cast.firm
    assert needs.ask(need, firm.actor, [one.organisation, two.organisation], at=MOMENT) == 1
    with pytest.raises(StepRefused, match="不在可报价"):
        needs.ask(need, firm.actor, [outsider.organisation], at=MOMENT)
    assert Notice.objects.filter(user=two.actor.user_id).count() == 1
    assert queries.visible(two.actor, need.pk) == need
    for stranger in (outsider.actor, market.cast.rival.actor, market.cast.next_county):
        with pytest.raises(Need.DoesNotExist):
            queries.visible(stranger, need.pk)


def test_somebody_else_can_neither_change_nor_publish_a_need(market: Market) -> None:
    need, rival = market.draft(), market.cast.rival.actor
    with pytest.raises(Need.DoesNotExist):
        needs.save(need, rival, WISH)
    with pytest.raises(NotAllowed):
        needs.publish(need, rival, at=MOMENT)
    with pytest.raises(NotAllowed):
        needs.draft(market.cast.county, WISH, key="k")


def test_a_need_without_quotes_goes_to_the_office_after_its_last_day_and_only_once(
    market: Market,
) -> None:
    made, county = market.provider("one"), market.cast.county
    silent, answered = market.need(made), market.need(made)
    market.quote(answered, made)
    assert silent.answer_by is not None
    assert needs.raise_due(silent.answer_by, MOMENT) == 0
    assert needs.raise_due(silent.answer_by + ONE_DAY, LATER) == 1
    assert needs.raise_due(silent.answer_by + ONE_DAY, LATER) == 0
    silent.refresh_from_db()
    answered.refresh_from_db()
    assert (silent.state, answered.state) == ("unmatched", "open")
    assert Notice.objects.filter(user=county.user_id, event__thing_id=silent.pk).count() == 1


def test_the_office_notes_its_help_invites_providers_and_opens_the_need_again(
    market: Market,
) -> None:
    made, county = market.provider("one"), market.cast.county
    need = market.need()
    assert need.answer_by is not None
    needs.raise_due(need.answer_by + ONE_DAY, LATER)
    need.refresh_from_db()
    with pytest.raises(StepRefused, match="理由"):
        needs.help_with(need, county, " ", at=LATER)
    with pytest.raises(NotAllowed):
        needs.help_with(need, market.cast.next_county, "别区", at=LATER)
    needs.help_with(need, county, "已联系两家本地服务商。", at=LATER)
    needs.reopen(need, county, days=5, providers=[made.organisation], at=LATER)
    assert (need.state, need.office_note) == ("open", "已联系两家本地服务商。")
    assert need.answer_by > LATER.date()
    assert queries.requests_of(need).get().provider == made.organisation
    needs.close(need, county, note="企业决定暂缓。", at=LATER)
    assert need.state == "closed"


def test_quotes_of_a_need_that_is_withdrawn_are_passed_over(market: Market) -> None:
    made = market.provider("one")
    need = market.need(made)
    quote = market.quote(need, made)
    needs.withdraw(need, market.cast.firm.actor, at=MOMENT)
    quote.refresh_from_db()
    assert quote.state == "passed_over"


def test_the_board_puts_unanswered_needs_first_and_shows_quotes_and_shares(
    market: Market, django_assert_num_queries: Any
) -> None:
    one, two = market.provider("one"), market.provider("two")
    for _ in range(2):
        need = market.need()
        quote = market.quote(need, one)
        market.quote(need, two)
        market.choose(quote)
    other = market.need()
    market.choose(market.quote(other, two))
    silent = market.need()
    city = market.cast.city
    assert board.rows(city)[0] == silent
    with django_assert_num_queries(4):
        found = board.board(city, DAY)
    assert (found.needs, found.unanswered, found.chosen) == (4, 1, 3)
    assert found.quotes_hundredths == 125
    assert [(s.provider, s.chosen, s.high) for s in found.shares] == [
        (one.organisation, 2, True), (two.organisation, 1, False),
    ]  # fmt: skip
    assert sum(share.share_bps for share in found.shares) in (10_000, 9_999, 10_001)
    assert board.board(market.cast.next_city, DAY).needs == 0
