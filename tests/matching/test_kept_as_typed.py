"""Drafts of needs and quotes are kept as they are typed; nobody's words are lost unseen."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from dengta.matching.actions import needs, quotes
from dengta.matching.actions.needs import Overtaken
from dengta.matching.models import Need, Quote
from dengta.matching.queries.stamps import need_stamp, quote_stamp
from tests.cast import WAN
from tests.matching.market import WISH, Market
from tests.matching.test_pages import client_of
from tests.matching.test_pages import market as market

pytestmark = pytest.mark.django_db
NEW = "/enterprise/needs/new/"


def quietly(client: Client, address: str, form: dict[str, Any]) -> HttpResponse:
    """What a form that saves itself sends."""
    answer: HttpResponse = client.post(address, form, headers={"x-autosave": "1"})
    return answer


def test_a_new_need_is_one_draft_from_the_first_word_and_stays_it(market: Market) -> None:
    client = client_of(market.cast, market.cast.firm)
    form: dict[str, Any] = {"key": "k", "title": "", "text": "想", "public": "yes", "seen": ""}
    first = quietly(client, NEW, form)
    assert first.status_code == 200
    need = Need.objects.get()
    assert (need.title, need.text) == ("未命名的需求", "想")
    form |= {"text": "想把质量", "finish_by": "2001-01-01", "seen": first.json()["seen"]}
    past = quietly(client, NEW, form)
    assert past.status_code == 422 and "已经到了" in past.json()["text"]
    form |= {"title": "质量上系统", "finish_by": "", "seen": past.json()["seen"],
             "want": ["quality"], "to-quality": "2"}  # fmt: skip
    assert quietly(client, NEW, form).status_code == 200
    need = Need.objects.get()
    assert (need.title, need.text, need.finish_by) == ("质量上系统", "想把质量", None)
    assert need.items.get().scenario == "quality"
    assert f"/enterprise/needs/{need.pk}/edit/" in client.get(NEW).content.decode()
    done = client.post(NEW, form | {"seen": need_stamp(need)})
    assert (done.status_code, Need.objects.count()) == (302, 1)


def test_a_colleague_who_was_faster_is_not_overwritten_unseen(market: Market) -> None:
    need, firm = market.draft(), market.cast.firm
    client, address = client_of(market.cast, firm), f"/enterprise/needs/{need.pk}/edit/"
    old = client.get(address).context["seen"]
    colleague = market.cast.colleague(firm)
    needs.save(need, colleague, WISH, seen=old)
    form = {"title": "我的名称", "text": "我的", "public": "yes", "seen": "0" * 64}
    refused = quietly(client, address, form)
    assert refused.status_code == 409 and "同事改过" in refused.json()["text"]
    shown = client.post(address, form)
    assert shown.status_code == 409 and "我的名称" in shown.content.decode()
    need.refresh_from_db()
    assert need.title == WISH.title
    assert client.post(address, form | {"seen": shown.context["seen"]}).status_code == 302
    need.refresh_from_db()
    assert need.title == "我的名称"


def _form(page: HttpResponse) -> dict[str, Any]:
    """The form of a quote as a browser would send it."""
    context: Any = page.context  # type: ignore[attr-defined]
    form = {"seen": context["seen"], "days": "40", "valid_until": "2099-01-01", "text": ""}
    rows = context["rows"]
    form |= {"line-TOTAL_FORMS": str(len(rows.forms)), "line-INITIAL_FORMS": "2"}
    for at, row in enumerate(rows):
        form |= {f"line-{at}-{field.name}": field.value() or "" for field in row}
    return form


def test_a_quote_is_kept_with_its_gaps_and_sent_without(market: Market) -> None:
    made = market.provider("one")
    entry = market.package(made)
    need = market.need(made)
    quote = quotes.begin_quote(need, made.actor, key="q", entry=entry)
    client, address = client_of(market.cast, made), f"/provider/quotes/{quote.pk}/"
    form = _form(client.get(address))
    form |= {"line-2-text": "现场培训", "discount_fen": "99999999"}
    kept = quietly(client, address, form)
    assert kept.status_code == 422 and "大于明细合计" in kept.json()["text"]
    assert [line.text for line in quote.lines.all()][2:] == ["现场培训"]
    form |= {"discount_fen": "", "line-2-price_fen": "abc", "seen": kept.json()["seen"]}
    odd = quietly(client, address, form)
    assert odd.status_code == 422 and "单价" in odd.json()["text"]
    assert client.get(address).context["rows"].initial_form_count() == 3

    form |= {"line-2-price_fen": "5000", "seen": odd.json()["seen"]}
    assert quietly(client, address, form).status_code == 200
    quote.refresh_from_db()
    assert quote.list_fen == 20 * WAN + 500_000
    form |= {"seen": quote_stamp(quote), "do": "send"}
    wrong = client.post(address, form)
    assert wrong.status_code == 422 and "这一行还差这一项" in wrong.content.decode()
    quote.refresh_from_db()
    assert quote.state == "draft"
    form |= {"line-2-cost_class": "training", "seen": wrong.context["seen"]}
    assert client.post(address, form).status_code == 302
    quote.refresh_from_db()
    assert quote.state == "sent"
    later = quietly(client, address, form)
    assert later.status_code == 422, "what was sent changes by pressing only"
    assert "data-autosave" not in client.get(address).content.decode()


def test_two_windows_on_one_quote_do_not_overwrite_each_other(market: Market) -> None:
    made = market.provider("one")
    quote = quotes.begin_quote(market.need(made), made.actor, key="q", entry=market.package(made))
    client, address = client_of(market.cast, made), f"/provider/quotes/{quote.pk}/"
    one, two = _form(client.get(address)), _form(client.get(address))
    assert quietly(client, address, one | {"text": "第一份"}).status_code == 200
    assert quietly(client, address, two | {"text": "第二份"}).status_code == 409
    with pytest.raises(Overtaken):
        content = market.content(quote)
        quotes.save(quote, made.actor, content, seen=two["seen"])
    shown = client.post(address, two | {"text": "第二份"})
    assert shown.status_code == 409 and "第二份" in shown.content.decode()
    assert Quote.objects.get().text == "第一份"
    chosen = two | {"text": "第二份", "seen": shown.context["seen"]}
    assert client.post(address, chosen).status_code == 302
    assert Quote.objects.get().text == "第二份"


def test_a_form_without_its_rows_takes_no_line_away(market: Market) -> None:
    made = market.provider("one")
    quote = quotes.begin_quote(market.need(made), made.actor, key="q", entry=market.package(made))
    address = f"/provider/quotes/{quote.pk}/"
    assert quietly(client_of(market.cast, made), address, {"days": "3"}).status_code == 422
    assert quote.lines.count() == 2
