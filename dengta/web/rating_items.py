"""Items of an instrument as an assessor sees them: their controls, and what each side answered in
words, side by side."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from dengta.assessment.actions.rated_answers import Typed
from dengta.assessment.queries import Assessment
from dengta.assessment.queries.counted import needs_on_site
from dengta.assessment.queries.ratings import Board, Rating, Reading, Row, board, for_firm
from dengta.core.scoring import NOT_APPLICABLE
from dengta.core.shapes import Instrument, Question, Scenario, Text
from dengta.core.weights import OPEN
from dengta.web.cases import badge
from dengta.web.frame import said

Pairs = tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One item with its control: `choice` (one of `options`), `ticks` (some of them; `alone` are
    exclusive) or `grid` (one of `options` for each of `rows`)."""

    id: str
    text: Text
    section: Text
    control: str
    options: Pairs
    rows: Pairs = ()
    alone: frozenset[str] = frozenset()
    binding: bool = False
    help: Text = Text("", "")
    evidence: Text = Text("", "")
    may_not_apply: bool = False
    figures: tuple[str, ...] = ()


def items_of(instrument: Instrument) -> list[Item]:
    """Every item in the order of the instrument: questions, then scenarios."""
    sections = {node.id: node.text for node in instrument.nodes}
    asked = [_question(q, sections[q.path[0]]) for q in instrument.questions]
    return asked + [_scenario(s, instrument.groups[s.group]) for s in instrument.scenarios]


def _question(question: Question, section: Text) -> Item:
    control = {"multi": "ticks", "matrix": "grid", "requirements": "grid"}
    options: Pairs = tuple((o.id, o.text) for o in question.options)
    if question.columns:
        options = tuple((column.id, column.text) for column in question.columns)
    return Item(
        id=question.id,
        text=question.text,
        section=section,
        control=control.get(question.kind, "choice"),
        options=options,
        rows=tuple((row.id, row.text) for row in question.rows),
        alone=frozenset(o.id for o in question.options if o.exclusive),
        help=question.help,
        evidence=question.evidence,
        figures=question.figures,
    )


def _scenario(scenario: Scenario, section: Text) -> Item:
    none = Text("还没有，或达不到 1 级的要求", "Nothing yet, or below level 1")
    levels = [Text(f"0 级：{none.zh}", f"Level 0: {none.en}")]
    levels += [
        Text(f"{n} 级：{text.zh}", f"Level {n}: {text.en}")
        for n, text in enumerate(scenario.criteria, start=1)
    ]
    away = Text("本企业没有这项业务，不适用", "The enterprise has no such business: does not apply")
    options = tuple((str(n), text) for n, text in enumerate(levels))
    return Item(
        id=scenario.id,
        text=scenario.text,
        section=section,
        control="choice",
        options=(*options, (NOT_APPLICABLE, away)),
        binding=scenario.binding,
        evidence=scenario.evidence,
        may_not_apply=True,
    )


def label_of(item: Item, option: str) -> str:
    """An option with its letter, as it stands in the list."""
    text = said(dict(item.options)[option])
    return text if item.may_not_apply else f"{option}. {text}"


def in_words(item: Item, value: str) -> str:
    """An answer in words; a dash where there is none."""
    known = dict(item.options)
    if not value:
        return "—"
    if item.control == "grid":
        parts = [
            f"{said(text)}：{said(known[sign]) if sign in known else '—'}"
            for (_id, text), sign in zip(item.rows, value, strict=False)
        ]
        return "；".join(parts)
    if item.control == "ticks":
        return "；".join(label_of(item, sign) for sign in value if sign in known)
    return label_of(item, value) if value in known else value


# ---------------------------------------------------------------------------- the form


def typed_from(posted: QueryDict, item: Item, at: dt.datetime) -> Typed:
    """What the plain form has for one item."""
    if item.control == "grid":
        signs = [posted.get(f"a-{item.id}-{row}", "") or OPEN for row, _text in item.rows]
        value = "" if set(signs) <= {OPEN} else "".join(signs)
    elif item.control == "ticks":
        value = "".join(posted.getlist(f"a-{item.id}"))
    else:
        value = posted.get(f"a-{item.id}", "")
    reason, remark = posted.get(f"reason-{item.id}", ""), posted.get(f"remark-{item.id}", "")
    return Typed(item.id, value, reason.strip(), remark.strip(), at)


def print_of(value: str, reason: str, remark: str) -> str:
    """A short print of what stands in the form for an item, by which a change is told."""
    return hashlib.sha256("\0".join((value, reason, remark)).encode()).hexdigest()[:16]


def changed_in(posted: QueryDict, items: Iterable[Item], at: dt.datetime) -> list[Typed]:
    """The items of a plain form that differ from what the page showed when it was opened."""
    found = []
    for item in items:
        typed = typed_from(posted, item, at)
        now = print_of(typed.value, typed.reason, typed.remark.replace("\r\n", "\n"))
        if now != posted.get(f"seen-{item.id}", ""):
            found.append(typed)
    return found


# ---------------------------------------------------------------------------- side by side


def column_name(rating: Rating | None) -> Text:
    """Whose answers a column holds."""
    if rating is None:
        return Text("企业自评", "Self")
    return {
        "expert": Text("专家评定", "Expert"),
        "on_site": Text("现场评定", "On site"),
        "recheck": Text("抽查复核", "Re-check"),
    }[rating.kind]


def files_of(reading: Reading) -> list[dict[str, Any]]:
    """The evidence of one side as links."""
    return [
        {
            "name": paper.document.name,
            "url": reverse("document", args=[paper.document_id]),
            "note": paper.note,
            "id": paper.pk,
        }
        for paper in reading.evidence
    ]


def side_of(item: Item, reading: Reading, name: Text, who: str = "") -> dict[str, Any]:
    """One side's answer to one item as templates show it."""
    return {
        "name": name,
        "who": who,
        "answered": bool(reading.value),
        "words": in_words(item, reading.value),
        "value": reading.value,
        "reason": reading.reason,
        "remark": reading.remark,
        "files": files_of(reading),
        "same": reading.same,
    }


def side_by_side(
    whole: Board, *, names: bool = True, flags: Mapping[int, Sequence[Any]] | None = None
) -> dict[str, Any]:
    """A Board as `parts/side_by_side.html` wants it, in sections.

    `names` shows who rated; `flags` are findings about pieces of evidence, by their id.
    """
    items = {item.id: item for item in items_of(whole.instrument)}
    columns = [
        {
            "name": column_name(rating),
            "who": str(rating.assessor) if rating is not None and names else "",
            "rating": rating,
        }
        for rating in whole.columns
    ]
    sections: dict[str, dict[str, Any]] = {}
    for row in whole.rows:
        item = items[row.item]
        section = sections.setdefault(said(item.section), {"name": item.section, "rows": []})
        section["rows"].append(_shown_row(item, row, whole, columns, flags or {}))
    for section in sections.values():
        section["differing"] = sum(row["differs"] for row in section["rows"])
    return {
        "columns": columns,
        "sections": list(sections.values()),
        "different": [r for s in sections.values() for r in s["rows"] if r["differs"]],
        "differing": whole.differing,
        "total": len(whole.rows),
        "rated": len(whole.columns) > 1,
    }


def _shown_row(
    item: Item,
    row: Row,
    whole: Board,
    columns: list[dict[str, Any]],
    flags: Mapping[int, Sequence[Any]],
) -> dict[str, Any]:
    sides = [
        side_of(item, reading, column["name"], column["who"])
        for reading, column in zip(row.readings, columns, strict=True)
    ]
    for side in sides:
        for file in side["files"]:
            file["flags"] = list(flags.get(file["id"], ()))
    return {
        "id": row.item,
        "text": item.text,
        "binding": item.binding,
        "differs": row.differs,
        "figures": figures_of(item, whole),
        "sides": sides,
    }


def figures_of(item: Item, whole: Board) -> list[tuple[Text, str]]:
    """The numbers that the firm wrote for an item, with their units."""
    known = {figure.id: figure for figure in whole.instrument.figures}
    return [
        (known[id].text, f"{whole.figures[id]} {said(known[id].unit)}".strip())
        for id in item.figures
        if whole.figures.get(id)
    ]


def without_id(item: Item, text: Text) -> Text:
    """A refusal of the engine without the item's id in front: the page says which item it is."""
    return Text(text.zh.removeprefix(f"{item.id}："), text.en.removeprefix(f"{item.id}: "))


def points_of(milli: int | None) -> str:
    """A total in thousandths of a point as it is read, without needless zeros."""
    if milli is None:
        return ""
    whole, rest = divmod(milli, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")


def for_the_firm(assessment: Assessment) -> dict[str, Any] | None:
    """What a firm sees of the ratings of its assessment, for `parts/firm_ratings.html`: who is
    at it, what came out and what differs. None where there is nothing to say."""
    seen = for_firm(assessment)
    pilot = needs_on_site(assessment.organisation_id, timezone.localdate())
    done = [rating for rating in seen if rating.submitted_at is not None]
    if not seen and not pilot:
        return None
    return {
        "rows": [
            {
                "rating": rating,
                "kind": column_name(rating),
                "who": str(rating.assessor) if rating.kind == "on_site" else "",
                "badge": badge(rating.flow.state(rating.state), public=True),
                "points": points_of(rating.score_milli),
                "due": None if rating.submitted_at else rating.due_date,
            }
            for rating in seen
        ],
        "board": side_by_side(board(assessment, done), names=False) if done else None,
        "waits": pilot and assessment.on_site_level is None,
    }
