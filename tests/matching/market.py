"""A market for tests: providers on the list with a package each, a firm with a need."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from dengta.catalogue.models import Entry, EntryVersion, PackageLine, ScenarioUse
from dengta.matching.actions import choosing, needs, quotes
from dengta.matching.actions.needs import Item, Wish
from dengta.matching.actions.quotes import Content, Line
from dengta.matching.models import Choice, Need, Quote
from dengta.matching.queries.comparing import compare
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast, Firm

ITEMS = (Item("procurement", 2, 1), Item("quality", 2, 1))
WISH = Wish("采购和质量上系统", "希望两个系统能连通。", ITEMS, budget_fen=30 * WAN)
VALID = DAY + 60 * ONE_DAY


class Market:
    """Needs, packages and quotes by the actions that pages use."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.serial = 0

    def provider(self, name: str, *, region: str = "420111", price: int = 10 * WAN) -> Firm:
        """A provider on the list with a package of two lines."""
        made = self.cast.enrol(name, kind="provider", industry_code="65", region_code=region)
        self.cast.list_supplier(made)
        self.package(made, price)
        return made

    def package(self, made: Firm, price: int = 10 * WAN, *, sub_industry: str = "") -> Entry:
        """A published package that lifts procurement and quality to level 2."""
        self.serial += 1
        entry = Entry.objects.create(
            kind="package", slug=f"package-{self.serial}", name=f"进销质一体包 {self.serial}",
            organisation=made.organisation, region_code=made.organisation.region_code,
            key=f"package-{self.serial}", created_at=MOMENT, state="unpublished",
            state_since=MOMENT,
        )  # fmt: skip
        version = EntryVersion.objects.create(
            entry=entry, number=1, name=entry.name, digest="d", created_at=MOMENT,
            published_at=MOMENT, state="published", state_since=MOMENT,
        )  # fmt: skip
        for at, scenario in enumerate(("procurement", "quality"), 1):
            PackageLine.objects.create(
                version=version, ordinal=at, text=f"{scenario} 模块", cost_class="software",
                unit="套", price_fen=price, days=20, scenario=scenario, level=2,
            )  # fmt: skip
            ScenarioUse.objects.create(
                version=version, sub_industry=sub_industry or "auto_parts", kind="common",
                scenario=scenario, level=2,
            )  # fmt: skip
        Entry.objects.filter(pk=entry.pk).update(current=version, state="published")
        entry.refresh_from_db()
        return entry

    def draft(self, firm: Firm | None = None, **different: Any) -> Need:
        """A draft of a need."""
        firm = firm or self.cast.firm
        self.serial += 1
        wish = Wish(**({name: getattr(WISH, name) for name in WISH.__slots__} | different))
        return needs.draft(firm.actor, wish, key=f"n{self.serial}", at=MOMENT)

    def need(self, *asked: Firm, firm: Firm | None = None, **different: Any) -> Need:
        """A published need, asked of some providers."""
        firm = firm or self.cast.firm
        need = self.draft(firm, **different)
        needs.publish(need, firm.actor, providers=[one.organisation for one in asked], at=MOMENT)
        return need

    def content(self, quote: Quote, **different: Any) -> Content:
        """What a quote says as it stands, valid for two months."""
        lines = tuple(
            Line(
                line.text, line.cost_class, line.price_fen, line.quantity, line.unit, line.days,
                line.scenario, line.level, line.package_line_id,
            )
            for line in quote.lines.order_by("ordinal")
        )  # fmt: skip
        given: dict[str, Any] = {
            "days": quote.days or 40, "valid_until": VALID, "lines": lines, "text": "含培训。",
        }  # fmt: skip
        return Content(**(given | different))

    def quote(self, need: Need, made: Firm, at: dt.datetime = MOMENT, **different: Any) -> Quote:
        """A sent quote from the provider's own package."""
        entry = Entry.objects.get(organisation=made.organisation)
        quote = quotes.begin_quote(need, made.actor, key="q", entry=entry, at=at)
        quotes.save(quote, made.actor, self.content(quote, **different), at=at)
        quotes.send(quote, made.actor, at=at)
        return quote

    def seen(self, need: Need, at: dt.datetime = MOMENT) -> str:
        """The digest of the comparison as it stands."""
        need.refresh_from_db()
        return compare(need, timezone.localdate(at)).seen

    def choose(self, quote: Quote, firm: Firm | None = None, reason: str = "") -> Choice:
        """The firm takes a quote after having looked."""
        firm = firm or self.cast.firm
        why = reason or "价格合适，服务团队就在本地，响应快。"
        return choosing.choose(quote, firm.actor, reason=why, seen=self.seen(quote.need), at=MOMENT)
