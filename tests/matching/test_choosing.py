"""The choice: ranked with reasons, taken with a reason, undone with a reason, replayed from its
record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.core.pairing_record import verify
from dengta.funding.queries.vouchers import facts_of
from dengta.matching.actions import choosing, quotes
from dengta.matching.models import Choice
from dengta.matching.queries.choices import chosen_of
from dengta.matching.queries.comparing import compare
from dengta.matching.queries.money import Outside
from dengta.registry.models import Organisation
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Firm
from tests.matching.market import VALID, Market

pytestmark = pytest.mark.django_db
WHY = "价格虽高，但它的系统我们集团已经在用。"


@pytest.fixture
def three(market: Market) -> list[Firm]:
    """Three providers, the first the cheapest."""
    return [market.provider(f"p{n}", price=(10 + n) * WAN) for n in range(3)]


def test_quotes_stand_side_by_side_against_standard_prices_with_what_they_leave_out(
    market: Market, three: list[Firm]
) -> None:
    need = market.need(*three)
    plain = market.quote(need, three[0])
    dear = market.quote(need, three[1], discount_fen=WAN)
    lines = market.content(dear).lines
    risen = (replace(lines[0], price_fen=14 * WAN),)
    quotes.mend(dear, three[1].actor, market.content(dear, lines=risen), at=MOMENT)
    found = compare(need, DAY)
    assert [each.quote for each in found.quotes] == [plain, dear]
    first, second = found.quotes
    assert (first.deviation_bps, first.dropped) == (0, ())
    assert second.lines[0].deviation_bps == 2727
    assert second.lines[0].far
    assert second.dropped == ("quality 模块",)
    assert second.pair is not None
    assert "不含质量" in second.pair.missing[0].zh


def test_the_price_after_public_money_follows_the_facts_that_upper_floors_know(
    market: Market, three: list[Firm]
) -> None:
    need = market.need(*three)
    market.quote(need, three[0])
    plain = compare(need, DAY).quotes[0]
    assert (plain.aid_fen, plain.net_fen) == (0, 20 * WAN)
    facts = facts_of(market.cast.firm.organisation, DAY) | {
        "titles": frozenset({"pilot_firm"}), "good_standing": True,
    }  # fmt: skip
    helped = compare(need, DAY, Outside(facts=facts))
    assert helped.purse.open or helped.quotes[0].aid_fen
    assert helped.quotes[0].net_fen == 20 * WAN - helped.quotes[0].aid_fen


def test_a_choice_keeps_its_reason_and_a_record_that_ranks_the_same_again(
    market: Market, three: list[Firm]
) -> None:
    need = market.need(*three)
    made = [market.quote(need, each) for each in three]
    choice = market.choose(made[0])
    for quote in made:
        quote.refresh_from_db()
    assert [quote.state for quote in made] == ["chosen", "passed_over", "passed_over"]
    assert choice.need.state == "chosen"
    assert verify(choice.compared) == ()
    assert choice.compared["result"][0]["offer"] == str(made[0].pk).zfill(10)
    assert list(chosen_of(market.cast.firm.organisation)) == [made[0]]


def test_a_reason_is_asked_for_and_a_full_one_where_another_stands_first(
    market: Market, three: list[Firm]
) -> None:
    need = market.need(*three)
    first, last = market.quote(need, three[0]), market.quote(need, three[2])
    acting, seen = market.cast.firm.actor, market.seen(need)
    with pytest.raises(StepRefused, match="请写明选择理由"):
        choosing.choose(first, acting, reason=" ", seen=seen, at=MOMENT)
    with pytest.raises(StepRefused, match=r"排在第一位的是.*特别写明"):
        choosing.choose(last, acting, reason="喜欢", seen=seen, at=MOMENT)
    assert choosing.choose(last, acting, reason=WHY, seen=seen, at=MOMENT).quote == last


def test_a_quote_that_changed_after_the_firm_looked_has_to_be_looked_at_again(
    market: Market, three: list[Firm]
) -> None:
    need = market.need(*three)
    quote = market.quote(need, three[0])
    seen = market.seen(need)
    quotes.mend(quote, three[0].actor, market.content(quote, days=90), at=MOMENT)
    with pytest.raises(Moved, match="有报价变了"):
        choosing.choose(quote, market.cast.firm.actor, reason=WHY, seen=seen, at=MOMENT)
    need.refresh_from_db()
    assert need.state == "open"
    assert not Choice.objects.exists()


def test_pressed_twice_there_is_one_choice_and_another_quote_is_refused(
    market: Market, three: list[Firm]
) -> None:
    need = market.need(*three)
    one, two = market.quote(need, three[0]), market.quote(need, three[1])
    acting, seen = market.cast.firm.actor, market.seen(need)
    choice = choosing.choose(one, acting, reason=WHY, seen=seen, at=MOMENT)
    one.refresh_from_db()
    assert choosing.choose(one, acting, reason=WHY, seen=seen, at=MOMENT) == choice
    with pytest.raises(Moved):
        choosing.choose(two, acting, reason=WHY, seen=seen, at=MOMENT)
    with pytest.raises((NotAllowed, Moved)):
        choosing.choose(two, market.cast.rival.actor, reason=WHY, seen=seen, at=MOMENT)


def test_a_choice_is_undone_with_a_reason_and_what_is_still_valid_stands_again(
    market: Market, three: list[Firm]
) -> None:
    need = market.need(*three)
    one = market.quote(need, three[0])
    two = market.quote(need, three[1], valid_until=VALID + ONE_DAY)
    choice = market.choose(one)
    acting = market.cast.firm.actor
    need.refresh_from_db()
    with pytest.raises(StepRefused, match="理由"):
        choosing.unchoose(need, acting, reason="", at=MOMENT)
    late = timezone.make_aware(timezone.datetime.combine(VALID + ONE_DAY, MOMENT.time()))
    choosing.unchoose(need, acting, reason="合同没谈拢。", at=late)
    for row in (one, two, choice):
        row.refresh_from_db()
    assert (one.state, two.state, need.state) == ("lapsed", "sent", "open")
    assert choice.undone_reason == "合同没谈拢。"
    assert not chosen_of(market.cast.firm.organisation).exists()


def test_once_a_project_is_filed_the_choice_stands_for_good(
    market: Market, three: list[Firm]
) -> None:
    need = market.need(*three)
    one = market.quote(need, three[0])
    market.choose(one)
    assert choosing.conclude(one, note="已立项 XM2026-00001", at=MOMENT)
    need.refresh_from_db()
    assert need.state == "closed"
    with pytest.raises(Moved):
        choosing.unchoose(need, market.cast.firm.actor, reason="后悔", at=MOMENT)
    assert not choosing.conclude(one, note="退回后再次备案", at=MOMENT)


def test_a_provider_that_shares_the_legal_person_is_shown_as_related_but_not_forced_out(
    market: Market, three: list[Firm]
) -> None:
    firm = market.cast.firm.organisation
    Organisation.objects.filter(pk=three[0].organisation.pk).update(legal_person=firm.legal_person)
    need = market.need(*three)
    quote = market.quote(need, three[0])
    (only,) = compare(need, DAY).quotes
    assert only.related is not None
    assert only.related.zh == "法定代表人相同"
    assert market.choose(quote).quote == quote


def test_comparing_takes_as_many_queries_for_six_quotes_as_for_two(
    market: Market, django_assert_num_queries: Any
) -> None:
    need = market.need()
    for n in range(2):
        market.quote(need, market.provider(f"a{n}"))
    need.refresh_from_db()
    with CaptureQueriesContext(connection) as few:
        compare(need, DAY)
    for n in range(4):
        market.quote(need, market.provider(f"b{n}"))
    need.refresh_from_db()
    with django_assert_num_queries(len(few)):
        assert len(compare(need, DAY).quotes) == 6
    assert Event.objects.filter(flow="quote", step="send").count() == 6


def test_a_need_in_words_alone_is_compared_by_price_and_can_be_chosen(
    market: Market, three: list[Firm]
) -> None:
    need = market.need(*three, items=())
    dear, cheap = market.quote(need, three[1]), market.quote(need, three[0])
    found = compare(need, DAY)
    assert [each.quote for each in found.quotes] == [cheap, dear]
    assert found.first is None
    assert market.choose(dear).compared["format"] == "dengta-offers-1"
