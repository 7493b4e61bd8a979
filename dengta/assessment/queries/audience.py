"""Who is on the list of a campaign: by title, by size of business, by industry, or code by code."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import models
from django.db.models.functions import Substr

from dengta.accounts.queries import Actor
from dengta.assessment.models import Campaign
from dengta.core.codes import normal_uscc, uscc_fault
from dengta.core.shapes import Text
from dengta.registry.models import EnterpriseYear, Organisation, Title
from dengta.registry.queries import policy, region_name, within
from dengta.trail.actions.reading import opened_sheets

Basis = Campaign.Basis

_CUT = re.compile(r"[,，;；\t]")
_HEADINGS = frozenset(
    {"统一社会信用代码", "社会信用代码", "信用代码", "uscc", "unified social credit code"}
)
_AT_ONCE = 500


def titles() -> dict[str, Text]:
    """The titles that a list can be made of, with their names."""
    return dict(policy().facts["titles"].values)


def sections() -> dict[str, Text]:
    """Sections (letters) and divisions (two digits) of GB/T 4754 with their names."""
    found = dict(policy().sections)
    return found | {code: industry.name for code, industry in policy().industries.items()}


def chosen(actor: Actor, basis: str, argument: str, codes: str, day: dt.date) -> CodeList:
    """Whom a campaign would ask. ValueError for a basis or an argument that is none."""
    if basis == Basis.LIST:
        return read_list(actor, codes)
    rows = audience(actor, basis, argument, day).order_by("pk")
    firms = dict(rows.values_list("pk", "region_code"))
    return CodeList(firms, len(firms), (), 0)


def audience(
    actor: Actor, basis: str, argument: str, day: dt.date
) -> models.QuerySet[Organisation]:
    """The enterprises of the actor's territory that a basis other than a list names on a day."""
    firms = within(Organisation.objects.filter(kind=Organisation.Kind.ENTERPRISE), actor.region)
    if basis == Basis.PILOT:
        return firms.filter(pk__in=_holders("pilot_firm", day))
    if basis == Basis.TITLE and argument in titles():
        return firms.filter(pk__in=_holders(argument, day))
    if basis == Basis.ABOVE_SCALE:
        return _above_scale(firms, day)
    if basis == Basis.INDUSTRY and argument in sections():
        return _of_industry(firms, [argument])
    raise ValueError(f"no list by {basis} {argument}")


def _holders(title: str, day: dt.date) -> models.QuerySet[Title, Any]:
    held = Title.objects.filter(title=title, awarded_date__lte=day)
    return held.filter(models.Q(expires_date=None) | models.Q(expires_date__gte=day)).values(
        "organisation"
    )


def _of_industry(
    firms: models.QuerySet[Organisation], codes: Iterable[str]
) -> models.QuerySet[Organisation]:
    """Firms of sections (letters) or divisions (two digits)."""
    wanted = set(codes)
    divisions = {
        code
        for code, industry in policy().industries.items()
        if code in wanted or industry.section in wanted
    }
    return firms.annotate(division=Substr("industry_code", 1, 2)).filter(division__in=divisions)


def _above_scale(
    firms: models.QuerySet[Organisation], day: dt.date
) -> models.QuerySet[Organisation]:
    """规上工业中小企业: industry, revenue of the latest year reported at the line, not large."""
    least = policy().practised("above_scale_revenue_fen", day)
    latest = (
        EnterpriseYear.objects.filter(organisation=models.OuterRef("pk"), year__lte=day.year)
        .order_by("-year")
        .values("revenue_fen")[:1]
    )
    return (
        _of_industry(firms, policy().practised_words("above_scale_sections", day))
        .exclude(size_class="large")
        .annotate(latest_revenue_fen=models.Subquery(latest))
        .filter(latest_revenue_fen__gte=least)
    )


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row of a list that invites nobody: its number (from 1), what stands there, and why."""

    row: int
    value: str
    text: Text


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of codes as read: whom it invites (id and region), how many rows it had, and the rows
    that are no good. `double` counts rows that name a firm once more."""

    firms: Mapping[int, str]
    rows: int
    faults: tuple[RowFault, ...]
    double: int


def lines_of(path: Path, name: str) -> str:
    """A spreadsheet as the text that `read_list` reads, a line for each of its rows.

    StepRefused when the file is none.
    """
    lines = []
    with opened_sheets(path, name) as sheets:
        for sheet in sheets:
            for _number, cells in sheet.rows:
                row = "\t".join(str(cell).replace("\n", " ").strip() for cell in cells)
                lines.append(row.strip())
    return "\n".join(lines)


def read_list(actor: Actor, text: str) -> CodeList:
    """Read codes, one row each; further columns (a name) may follow. Good rows stand beside bad.

    A code is good when its check characters hold and it is an enterprise of the actor's territory.
    """
    faults: list[RowFault] = []
    codes: dict[str, int] = {}
    rows = double = 0
    for row, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in _CUT.split(line) if cell.strip()]
        if not cells or _heading(cells, first=not codes and not faults):
            continue
        rows += 1
        code, fault = _code(cells)
        if fault is not None:
            faults.append(RowFault(row, code, fault))
        elif code in codes:
            double += 1
        else:
            codes[code] = row
    found = {found.uscc: found for found in _registered(codes)}
    good: dict[int, str] = {}
    for code, row in codes.items():
        firm = found.get(code)
        why = _why_not(actor, firm)
        if firm is not None and why is None:
            good[firm.pk] = firm.region_code
        elif why is not None:
            faults.append(RowFault(row, code, why))
    faults.sort(key=lambda fault: fault.row)
    return CodeList(good, rows, tuple(faults), double)


def _heading(cells: Sequence[str], first: bool) -> bool:
    """Whether a row only names the columns: no digit in it, and it is the first, or names codes."""
    if any(sign.isdigit() for cell in cells for sign in cell):
        return False
    return first or any(cell.lower() in _HEADINGS for cell in cells)


def _code(cells: Sequence[str]) -> tuple[str, Text | None]:
    """The one cell that is a code; else the first that could be meant, and what is wrong."""
    first: tuple[str, Text | None] | None = None
    for cell in cells:
        code = normal_uscc(cell)
        fault = uscc_fault(code)
        if fault is None:
            return code, None
        if first is None or (len(code) == 18 and len(first[0]) != 18):
            first = (cell if len(cell) <= 40 else cell[:39] + "…"), fault
    assert first is not None
    return first


def _registered(codes: Iterable[str]) -> Iterator[Organisation]:
    """The organisations of the codes that are registered, some hundred at a time."""
    left = iter(codes)
    while some := list(islice(left, _AT_ONCE)):
        yield from Organisation.objects.filter(uscc__in=some).only("uscc", "kind", "region_code")


def _why_not(actor: Actor, found: Organisation | None) -> Text | None:
    """Why a code invites nobody; None when it does."""
    if found is None:
        return Text(
            "没有在平台注册。请核对代码，或请企业先注册。",
            "is not registered here. Check the code, or ask the firm to register first.",
        )
    if found.kind != Organisation.Kind.ENTERPRISE:
        return Text(
            "是服务商，不是参加测评的企业。请从名单中删去。",
            "is a provider, no enterprise to be assessed. Take it off the list.",
        )
    if not actor.covers(found.region_code):
        name = region_name(found.region_code)
        return Text(
            f"登记在{name.zh}，不在本辖区。请由当地主管部门发起。",
            f"is registered in {name.en}, outside your territory. Leave it to the office there.",
        )
    return None
