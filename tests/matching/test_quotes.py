"""Quotes: prefilled from the package, sent whole, mended until the firm chooses, one at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dengta.matching.actions import needs, quotes
from dengta.matching.actions.quotes import Content, Line
from dengta.matching.models import Need, Quote, QuoteRequest
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event, Notice
from tests.cast import DAY, MOMENT, ONE_DAY, WAN
from tests.matching.market import VALID, Market

pytestmark = pytest.mark.django_db


def test_a_quote_begins_with_the_standard_lines_of_the_package(market: Market) -> None:
    made = market.provider("one")
    need = market.need(made)
    entry = made.organisation
    quote = quotes.begin_quote(
        need, made.actor, key="q", entry=market.package(made, 8 * WAN), at=MOMENT
    )
    assert quote.provider == entry
    assert [(x.text, x.price_fen, x.standard_fen) for x in quote.lines.all()] == [
        ("procurement 模块", 8 * WAN, 8 * WAN), ("quality 模块", 8 * WAN, 8 * WAN),
    ]  # fmt: skip
    assert (quote.list_fen, quote.days) == (16 * WAN, 40)
    assert quotes.begin_quote(need, made.actor, key="other", at=MOMENT) == quote


def test_a_package_of_somebody_else_is_no_start_for_a_quote(market: Market) -> None:
    one, two = market.provider("one"), market.provider("two")
    foreign = market.package(two)
    with pytest.raises(StepRefused, match="不是贵公司的服务包"):
        quotes.begin_quote(market.need(one), one.actor, key="q", entry=foreign, at=MOMENT)


@pytest.mark.parametrize(
    ("different", "word"),
    [
        ({"lines": ()}, "还没有报价明细"),
        ({"days": 0}, "总工期"),
        ({"valid_until": DAY + 14 * ONE_DAY}, "至少要有效 15 天"),
        ({"discount_fen": 21 * WAN}, "让利大于"),
    ],
)
def test_a_quote_that_is_not_whole_is_not_sent(
    market: Market, different: dict[str, Any], word: str
) -> None:
    made = market.provider("one")
    need = market.need(made)
    quote = quotes.begin_quote(need, made.actor, key="q", entry=market.package(made), at=MOMENT)
    content = replace(market.content(quote), **different)
    if content.days == 0:
        content = replace(content, days=0)
    with pytest.raises(StepRefused, match=word):
        quotes.save(quote, made.actor, content, at=MOMENT)
        quotes.send(quote, made.actor, at=MOMENT)
    quote.refresh_from_db()
    assert quote.state == "draft"


def test_a_line_without_words_class_or_known_scenario_is_refused_by_its_number(
    market: Market,
) -> None:
    made = market.provider("one")
    quote = quotes.begin_quote(market.need(made), made.actor, key="q", at=MOMENT)
    good = Line("实施", "implementation", WAN)
    for bad in (
        replace(good, quantity=0),
        replace(good, cost_class="x"),
        replace(good, scenario="x"),
    ):
        with pytest.raises(StepRefused, match="第 2 行"):
            quotes.save(quote, made.actor, Content(lines=(good, bad)), at=MOMENT)
    gap = market.content(quote, lines=(good, replace(good, text=" ", cost_class="")))
    quotes.save(quote, made.actor, gap, at=MOMENT)
    assert quote.lines.count() == 2, "a draft may have gaps"
    with pytest.raises(StepRefused, match="第 2 行不完整"):
        quotes.send(quote, made.actor, at=MOMENT)


def test_a_sent_quote_is_mended_until_the_firm_chooses_and_what_it_said_is_kept(
    market: Market,
) -> None:
    made = market.provider("one")
    need = market.need(made)
    quote = market.quote(need, made)
    with pytest.raises(Moved):
        quotes.save(quote, made.actor, market.content(quote), at=MOMENT)
    quotes.mend(quote, made.actor, market.content(quote, discount_fen=2 * WAN), at=MOMENT)
    assert (quote.state, quote.price_fen) == ("sent", 18 * WAN)
    event = Event.objects.filter(flow="quote", step="mend").get()
    assert event.reasons["before"]["discount_fen"] == 0
    assert len(event.reasons["before"]["lines"]) == 2
    with pytest.raises(StepRefused, match="总工期"):
        quotes.mend(quote, made.actor, market.content(quote, days=-1), at=MOMENT)
    market.choose(quote)
    with pytest.raises(Moved):
        quotes.mend(quote, made.actor, market.content(quote), at=MOMENT)


def test_a_withdrawn_quote_makes_room_for_a_new_one(market: Market) -> None:
    made = market.provider("one")
    need = market.need(made)
    quote = market.quote(need, made)
    quotes.withdraw(quote, made.actor, note="价格算错", at=MOMENT)
    assert quote.state == "withdrawn"
    again = quotes.begin_quote(need, made.actor, key="q2", at=MOMENT)
    assert again != quote


def test_who_was_asked_may_decline_once_with_a_reason_and_not_beside_a_quote(
    market: Market,
) -> None:
    one, two = market.provider("one"), market.provider("two")
    need = market.need(one, two)
    request = need.requests.get(provider=one.organisation)
    with pytest.raises(QuoteRequest.DoesNotExist):
        quotes.decline(request, two.actor, "不是我的")
    with pytest.raises(StepRefused, match="理由"):
        quotes.decline(request, one.actor, " ")
    quotes.decline(request, one.actor, "近期排不开。", at=MOMENT)
    with pytest.raises(Moved):
        quotes.decline(request, one.actor, "再点一次")
    market.quote(need, two)
    with pytest.raises(StepRefused, match="先撤回报价"):
        quotes.decline(need.requests.get(provider=two.organisation), two.actor, "改主意")


def test_who_may_not_quote_is_told_why(market: Market) -> None:
    made = market.provider("one")
    outsider = market.cast.enrol("outsider", kind="provider", industry_code="65")
    need = market.need(made)
    with pytest.raises(StepRefused, match="名单"):
        quotes.begin_quote(need, outsider.actor, key="q", at=MOMENT)
    with pytest.raises(NotAllowed):
        quotes.begin_quote(need, market.cast.firm.actor, key="q", at=MOMENT)
    hidden = market.need(made, public=False)
    other = market.provider("two")
    with pytest.raises(Need.DoesNotExist):
        quotes.begin_quote(hidden, other.actor, key="q", at=MOMENT)
    with pytest.raises(StepRefused, match="截止"):
        quotes.begin_quote(need, made.actor, key="q", at=MOMENT + 40 * ONE_DAY)
    needs.withdraw(need, market.cast.firm.actor, at=MOMENT)
    with pytest.raises(Moved):
        quotes.begin_quote(need, made.actor, key="q", at=MOMENT)
    assert not Quote.objects.exists()


def test_a_quote_past_its_validity_lapses_once_and_the_firm_is_told(market: Market) -> None:
    made = market.provider("one")
    market.quote(market.need(made), made)
    told = Notice.objects.filter(user=market.cast.firm.actor.user_id)
    before = told.count()
    assert quotes.lapse_due(VALID) == 0
    assert quotes.lapse_due(VALID + ONE_DAY) == 1
    assert quotes.lapse_due(VALID + ONE_DAY) == 0
    assert told.count() == before + 1
