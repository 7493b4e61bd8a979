"""政策计算器: what fits, what needs one more fact (asked right there), what does not fit and why.

No sign-in and nothing kept: all that was typed stands in the address, so that it can be passed on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.forms import BoundField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.core.codes import SIZES, SizeResult, size_class
from dengta.core.rules import Rulebook, Verdict
from dengta.core.shapes import FactValue, Text
from dengta.core.tree import Has, Node, children
from dengta.registry.queries import divisions, policy, rulebook
from dengta.web.cases import crumbs
from dengta.web.fields import FactForm, SomeOfField, parameter
from dengta.web.verdicts import ORDER, card

BASICS = (
    "region_code", "industry_code", "employees", "revenue_fen", "assets_fen", "established_date",
)  # fmt: skip
DIGITAL = ("digital_level", "cloud_depth", "cloud_spend_fen", "is_cloud_supplier")
STANDING = ("abnormal_listed", "serious_violation", "major_incident_3y", "titles")
SIZED_BY = ("industry_code", "employees", "revenue_fen", "assets_fen")
DERIVED = {"size_class": SIZED_BY, "years_established": ("established_date",)}
"""Facts that are never asked, and those that they follow from."""

NEAR = 3
"""With at most so many facts open a programme stands with its questions; with more it is folded."""

FIRST = 3
"""So many of those stand open, the others are folded, so that nobody drowns in questions."""

KINDS = ("voucher", "subsidy", "award", "title", "selection", "finance")


@dataclass(slots=True)
class Shown:
    """One programme's card, and the questions asked beneath it."""

    card: dict[str, Any]
    kind: str
    questions: list[BoundField] = field(default_factory=list)
    open_count: int = 0

    @property
    def outcome(self) -> str:
        """`yes`, `no` or `unknown`."""
        return str(self.card["outcome"])

    @property
    def rank(self) -> tuple[int, bool, int]:
        """Best news first, then what takes few answers, then money, then titles.

        Not by how many answers are left: cards would change places while one answers.
        """
        return (ORDER[self.outcome], self.open_count > NEAR, KINDS.index(self.kind))


class Answer:
    """What the calculator says of what was typed, on a day."""

    def __init__(self, typed: QueryDict, day: dt.date) -> None:
        self.day = day
        self.book: Rulebook = rulebook(day.toordinal())
        # Cities and counties apply for pilots; nobody asks a firm about its plan for a county.
        self.rows = {
            id: rule.facts
            for id, rule in self.book.rules.items()
            if rule.programme.applicant in ("enterprise", "provider")
        }
        asked = [fact.id for facts in self.rows.values() for fact in facts]
        wanted = [id for id in (*BASICS, *DIGITAL, *STANDING) if id in policy().facts]
        used = {*asked, *(base for id in asked for base in DERIVED.get(id, ()))}
        self.base = [id for id in wanted if id in used]
        extra = [id for id in dict.fromkeys(asked) if id not in (*self.base, *DERIVED)]
        self.names = {id: parameter(policy().facts[id]) for id in (*self.base, *extra)}
        self.typed = typed
        self.begun = any(self._typed(id) for id in self.names)
        self.form = FactForm([*self.base, *extra], typed if self.begun else None, latest=day)
        self._offer_only_what_counts()
        facts: dict[str, FactValue] = self.form.given() if self.begun else {}
        self.size: SizeResult = size_class(policy(), facts)
        if self.size.size_class:
            facts["size_class"] = self.size.size_class
        self.verdicts = [v for v in self.book.decide(facts) if v.programme in self.rows]

    def _typed(self, id: str) -> bool:
        return any(value.strip() for value in self.typed.getlist(self.names[id]))

    def _offer_only_what_counts(self) -> None:
        """Of a set (titles, certificates) only the elements that some programme asks about."""
        counting: dict[str, set[str]] = {}
        for rule in self.book.rules.values():
            trees = [node for _clause, node in rule.clauses]
            for fact, element in elements_in(*trees, *rule.derived):
                counting.setdefault(fact, set()).add(element)
        for id, elements in counting.items():
            if id in self.names:
                field = self.form.fields[self.names[id]]
                assert isinstance(field, SomeOfField)
                field.offer(elements)

    @property
    def size_name(self) -> Text | None:
        """The size class in words, None while it cannot be told."""
        return SIZES[self.size.size_class] if self.size.size_class else None

    def field(self, id: str) -> BoundField:
        """The form field of a fact."""
        return self.form[self.names[id]]

    def link(self, id: str) -> str:
        """Where on the page a fact is given; what is derived leads to the first field it needs."""
        if id == "size_class" and self.size.missing:
            id = self.size.missing[0]
        elif id in DERIVED:
            id = next((base for base in DERIVED[id] if base in self.names), "")
        return f"#id_{self.names[id]}_field" if id in self.names else ""

    def section(self, ids: tuple[str, ...]) -> list[BoundField]:
        """The fields of one part of the short form, as far as a programme asks for them."""
        return [self.field(id) for id in ids if id in self.base]

    def shown(self) -> list[Shown]:
        """Every programme in the order of reading; each question appears once, at the first."""
        rows = [self._shown(verdict) for verdict in self.verdicts]
        rows.sort(key=lambda row: row.rank)
        claimed: set[str] = set()
        by_id = {verdict.programme: verdict for verdict in self.verdicts}
        for row in rows:
            for id in self._questions(by_id[row.card["id"]]):
                if id not in claimed:
                    claimed.add(id)
                    row.questions.append(self.field(id))
        return rows

    def _shown(self, verdict: Verdict) -> Shown:
        programme = self.book.rules[verdict.programme].programme
        made = card(verdict, self.day, self.link)
        if verdict.missing and self.size.missing:
            made["missing"] = self._without_size(verdict)
        return Shown(made, programme.kind, open_count=len(made["missing"]))

    def _without_size(self, verdict: Verdict) -> list[dict[str, Any]]:
        """The size class is not asked for: what it still follows from is."""
        ids: dict[str, None] = {}
        for id in verdict.missing:
            ids |= dict.fromkeys(self.size.missing if id == "size_class" else (id,))
        facts = policy().facts
        return [{"term": facts[id].term, "url": self.link(id)} for id in ids]

    def _questions(self, verdict: Verdict) -> Iterator[str]:
        """What a programme asks beyond the short form: still open, or answered and to be seen."""
        for fact in self.rows[verdict.programme]:
            if fact.id not in self.names or fact.id in self.base:
                continue
            if fact.id in verdict.missing or self._typed(fact.id):
                yield fact.id

    def address(self) -> str:
        """What was typed as the shortest address that says it again."""
        clean = QueryDict(mutable=True)
        for name in self.names.values():
            if kept := [value for value in self.typed.getlist(name) if value.strip()]:
                clean.setlist(name, kept)
        path = reverse("calculator")
        return f"{path}?{clean.urlencode()}" if clean else path


def elements_in(*nodes: Node) -> Iterator[tuple[str, str]]:
    """Each element of a set that a tree asks for, with the fact."""
    for node in nodes:
        if isinstance(node, Has):
            yield node.item.fact.id, node.element
        yield from elements_in(*children(node))


def _example() -> str:
    """The address of a made-up firm, to see how the page answers."""
    values: dict[str, FactValue] = {
        "region_code": divisions()[0].code, "industry_code": "36", "employees": "180",
        "revenue_fen": "9000", "assets_fen": "7500", "digital_level": "2",
        "cloud_depth": "business", "cloud_spend_fen": "300000", "abnormal_listed": "no",
        "serious_violation": "no", "major_incident_3y": "no",
    }  # fmt: skip
    facts = policy().facts
    query = QueryDict(mutable=True)
    query.update({parameter(facts[id]): str(v) for id, v in values.items() if id in facts})
    return f"{reverse('calculator')}?{query.urlencode()}"


@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """Answer what was typed; with htmx only the form comes back, morphed into place."""
    answer = Answer(request.GET, timezone.localdate())
    address = answer.address()
    live = bool(getattr(request, "htmx", False))
    if not live and any(not value for _name, value in request.GET.items()):
        return redirect(address)
    rows = answer.shown()
    near = [row for row in rows if row.outcome == "unknown" and row.open_count <= NEAR]
    context = {
        "answer": answer,
        "form": answer.form,
        "sections": [
            (_("企业情况"), answer.section(BASICS)),
            (_("数字化和上云"), answer.section(DIGITAL)),
            (_("信用和称号"), answer.section(STANDING)),
        ],
        "fits": [row for row in rows if row.outcome == "yes"],
        "near": near[:FIRST],
        "near_folded": near[FIRST:],
        "near_count": len(near),
        "far": [row for row in rows if row.outcome == "unknown" and row.open_count > NEAR],
        "misses": [row for row in rows if row.outcome == "no"],
        "example": _example(),
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("政策计算器"), "")),
    }
    page = "calculator_form.html" if live else "calculator.html"
    response = render(request, page, context)
    patch_vary_headers(response, ["HX-Request"])
    if live:
        response.headers["HX-Replace-Url"] = address
    return response
