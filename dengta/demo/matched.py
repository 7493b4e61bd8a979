"""Matching in the demo province: a need with three quotes to compare, one that is chosen, one that
nobody answers, a draft."""

from __future__ import annotations

import datetime as dt

from dengta.accounts.models import User
from dengta.accounts.queries import Actor
from dengta.catalogue.models import Entry
from dengta.core.shapes import Text
from dengta.demo.followed import Province
from dengta.matching.actions import choosing, needs, quotes
from dengta.matching.actions.needs import Item, Wish
from dengta.matching.actions.quotes import Content, Line
from dengta.matching.models import Need, Quote
from dengta.matching.queries.comparing import compare
from dengta.matching.queries.quoters import quoters
from dengta.registry.models import Organisation
from dengta.registry.queries import actor_of, policy

WAN = 1_000_000
ITEMS = (Item("quality", 3, 1), Item("procurement", 3, 1))
NAMES = {"quality": Text("质量管理", "Quality"), "procurement": Text("采购管理", "Procurement")}


def fill(province: Province, firms: list[Organisation]) -> None:
    """Everything, where providers are listed that can quote."""
    listed = _listed(province)[:3]
    instrument = policy().instruments.get("miit-2024")
    if len(listed) < 2 or len(firms) < 3 or instrument is None:
        return
    open_need = _need(province, firms[0], "质量和采购上系统", listed, 6)
    for n, provider in enumerate(listed):
        _quote(province, open_need, provider, n)
    settled = _need(province, firms[1], "检验数据自动采集", listed[:2], 9)
    made = [_quote(province, settled, provider, n) for n, provider in enumerate(listed[:2])]
    _choose(province, settled, made[0])
    silent = _need(province, firms[2], "老设备联网取数", [], 30)
    if silent.answer_by is not None and silent.answer_by < province.today:
        needs.raise_due(province.today, province.at(1))
    needs.draft(
        _actor(firms[0]), Wish("能耗看得见（草稿）", "先弄清哪台设备最耗电。"), key="demo",
        at=province.at(1),
    )  # fmt: skip


def _listed(province: Province) -> list[Organisation]:
    """The providers that could quote all the while."""
    days = [province.today - dt.timedelta(days=n) for n in range(11)]
    always = set.intersection(*(set(quoters(day).values_list("pk", flat=True)) for day in days))
    return [each for each in quoters(province.today) if each.pk in always]


def _actor(organisation: Organisation) -> Actor:
    user = User.objects.filter(pk__in=organisation.members.values("user")).order_by("pk").first()
    assert user is not None
    acting = actor_of(user)
    assert acting is not None
    return acting


def _need(
    province: Province, firm: Organisation, title: str, asked: list[Organisation], ago: int
) -> Need:
    wish = Wish(
        title, "现在靠人工登记，想先从一条产线做起。", ITEMS, budget_fen=30 * WAN,
        finish_by=province.today + dt.timedelta(days=150),
    )  # fmt: skip
    acting = _actor(firm)
    need = needs.draft(acting, wish, key=f"demo-{title}", at=province.at(ago))
    needs.publish(need, acting, providers=asked, at=province.at(ago))
    return need


def _quote(province: Province, need: Need, provider: Organisation, n: int) -> Quote:
    """A quote from the provider's own package where it has one, and dearer from one to the next."""
    acting, at = _actor(provider), province.at(4 - n)
    packages = Entry.objects.filter(organisation=provider, kind="package", state="published")
    quote = quotes.begin_quote(need, acting, key="demo", entry=packages.first(), at=at)
    lines = tuple(
        Line(
            line.text, line.cost_class, line.price_fen + n * WAN // 2, line.quantity, line.unit,
            line.days, line.scenario, line.level, line.package_line_id,
        )
        for line in quote.lines.order_by("ordinal")
    )  # fmt: skip
    lines += tuple(
        Line(f"{NAMES[item.scenario].zh}系统", "software", (9 + n) * WAN, 1, "套", 20,
             item.scenario, 3 if n < 2 else 2)
        for item in ITEMS
    )  # fmt: skip
    content = Content(
        n * WAN, 50 + 10 * n, province.today + dt.timedelta(days=45), "含培训和一年质保。", lines
    )
    quotes.save(quote, acting, content, at=at)
    quotes.send(quote, acting, at=at)
    return quote


def _choose(province: Province, need: Need, quote: Quote) -> None:
    need.refresh_from_db()
    at = province.at(1)
    seen = compare(need, at.date()).seen
    choosing.choose(
        quote, _actor(need.organisation), seen=seen, at=at,
        reason="能满足全部需求，补助后自付最低，就在本市，响应快。",
    )  # fmt: skip
