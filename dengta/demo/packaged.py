"""Projects of the demo province that rest on packages of the pool: need, quote, choice, contract,
begun. So it is seen which package most firms of a trade take, and who has how much of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from dengta.catalogue.models import Entry, ScenarioUse
from dengta.demo import undertaken
from dengta.demo.undertaken import DAY, Province
from dengta.matching.actions import choosing, needs, quotes
from dengta.matching.actions.needs import Item, Wish
from dengta.matching.actions.quotes import Content, Line
from dengta.matching.models import Quote
from dengta.matching.queries.comparing import compare
from dengta.matching.queries.quoters import quoters
from dengta.matching.queries.terms import own_sub_industry
from dengta.projects.actions import filing
from dengta.projects.models import Project
from dengta.projects.queries.projects import choosable
from dengta.registry.models import Organisation
from dengta.registry.queries import sanctioned

PER_TRADE = 3
"""So many firms of a trade take a package: the first one its first, all others its last."""
TRADES = 4
"""So many trades, of which most firms are at hand."""
ASKED, ANSWERED, CHOSEN, BEGUN = 40, 38, 32, 30
"""Days ago."""


class Deal(NamedTuple):
    """What a firm wished for and why it chose; what the provider let off the package's price, and
    in how many working days (0: the package's) it delivers."""

    wish: Wish
    reason: str
    note: str
    discount_fen: int = 0
    days: int = 0


def fill(province: Province) -> None:
    """Nothing where no package belongs to a provider that could quote then."""
    offers = _offers(province)
    firms = _firms(province, offers)
    for trade in sorted(firms, key=lambda trade: (-len(firms[trade]), trade))[:TRADES]:
        for n, firm in enumerate(firms[trade][:PER_TRADE]):
            entry = offers[trade][0 if n == 0 else -1]
            wish = Wish(
                f"采用“{entry.name[:60]}”改造", items=tuple(_items(entry)), sub_industry=trade
            )
            deal = Deal(
                wish, "内容和价格与标准服务包一致，工期合适（演示）。", "按服务包标准内容交付。"
            )
            _begin(province, firm, chosen(province, firm, entry, deal, (ASKED, ANSWERED, CHOSEN)))


def _offers(province: Province) -> dict[str, list[Entry]]:
    """By sub-industry the packages of providers that could quote on both days."""
    days = [province.at(ago).date() for ago in (ASKED, CHOSEN, BEGUN)]
    able = set.intersection(*(set(quoters(day).values_list("pk", flat=True)) for day in days))
    rows = ScenarioUse.objects.filter(
        version__state="published", version__entry__kind="package",
        version__entry__state="published", version__entry__organisation__in=able,
    )  # fmt: skip
    entries = Entry.objects.select_related("organisation", "current").in_bulk(
        set(rows.values_list("version__entry", flat=True))
    )
    found: dict[str, list[Entry]] = defaultdict(list)
    for trade, pk in sorted(set(rows.values_list("sub_industry", "version__entry"))):
        found[trade].append(entries[pk])
    return found


def _firms(province: Province, offers: dict[str, list[Entry]]) -> dict[str, list[Organisation]]:
    """By sub-industry the firms that have no project yet and could have filed one."""
    busy = set(Project.objects.values_list("organisation", flat=True))
    busy |= set(sanctioned(province.today).values_list("organisation", flat=True))
    found: dict[str, list[Organisation]] = defaultdict(list)
    rows = Organisation.objects.filter(kind="enterprise").exclude(pk__in=busy).order_by("id")
    for firm in rows[1:]:
        trade = own_sub_industry(firm)
        if trade in offers and len(found[trade]) < PER_TRADE:
            found[trade].append(firm)
    day = province.at(BEGUN).date()
    return {
        trade: able
        for trade, some in found.items()
        if (able := [firm for firm in some if choosable(firm, day)])
    }


def _items(entry: Entry) -> Iterator[Item]:
    assert entry.current is not None
    best: dict[str, int] = {}
    for line in entry.current.lines.exclude(scenario="").order_by("ordinal"):
        best[line.scenario] = max(best.get(line.scenario, 1), line.level or 1)
    yield from (Item(scenario, level) for scenario, level in best.items())


def chosen(
    province: Province, firm: Organisation, entry: Entry, deal: Deal, days: tuple[int, int, int]
) -> Quote:  # fmt: skip
    """A need that was asked, answered by a package and decided so many days ago: the quote that was
    chosen."""
    provider, acting = entry.organisation, province.actor(firm)
    assert provider is not None
    asked, answered, decided = (province.at(ago) for ago in days)
    need = needs.draft(acting, deal.wish, key=f"demo-{entry.pk}", at=asked)
    needs.publish(need, acting, providers=[provider], at=asked)
    selling = province.actor(provider)
    quote = quotes.begin_quote(need, selling, key="demo", entry=entry, at=answered)
    lines = tuple(
        Line(
            line.text, line.cost_class, line.price_fen, line.quantity, line.unit, line.days,
            line.scenario, line.level, line.package_line_id,
        )
        for line in quote.lines.order_by("ordinal")
    )  # fmt: skip
    content = Content(
        deal.discount_fen, deal.days or quote.days, decided.date() + 30 * DAY, deal.note, lines
    )
    quotes.save(quote, selling, content, at=answered)
    quotes.send(quote, selling, at=answered)
    need.refresh_from_db()
    seen = compare(need, decided.date()).seen
    choosing.choose(quote, acting, seen=seen, reason=deal.reason, at=decided)
    quote.refresh_from_db()
    return quote


def _begin(province: Province, firm: Organisation, quote: Quote) -> None:
    """The contract, filed and begun."""
    actor, at = province.actor(firm), province.at(BEGUN)
    made = filing.begin_from_quote(quote, actor, at=at)
    undertaken.file_contract(province, made, at, 120)
    undertaken.start(province, made, at)
