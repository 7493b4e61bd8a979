"""本企业数据: everything that the platform holds of a firm, for the firm to take away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.models import Assessment, DiagnosisOrder, RecordedResult
from dengta.assessment.queries import ratings
from dengta.core.outgoing import Workbook
from dengta.core.shapes import Text
from dengta.funding.models import Voucher
from dengta.registry.models import Organisation
from dengta.rights.models import Consent

Json = dict[str, Any]

_FIRM = (
    "uscc", "name", "region_code", "industry_code", "size_class", "established_date",
    "legal_person", "phone", "address", "created_at",
)  # fmt: skip
_ASSESSMENT = (
    "id", "instrument", "state", "started_at", "submitted_at", "score_milli", "level",
    "on_site_score_milli", "on_site_level", "verify_code", "policy_digest",
)  # fmt: skip
_RATING = ("kind", "state", "visit_date", "submitted_at", "score_milli", "level", "remark")
_VOUCHER = (
    "id", "year", "state", "depth", "contract_number", "spend_fen", "amount_fen", "granted_fen",
    "redeemed_fen", "expires_date", "submitted_at",
)  # fmt: skip
_ORDER = (
    "id", "scope", "state", "wish", "choice_reason", "visit_date", "findings", "comment",
    "satisfaction", "ordered_at", "accepted_at",
)  # fmt: skip


def own_data(actor: Actor) -> Json:
    """All of a firm's records, as the tables have them: money in 分, scores in thousandths.

    Organisation.DoesNotExist for somebody who speaks for none. The number of queries grows with the
    assessments, of which a firm has a handful.
    """
    firm = Organisation.objects.get(pk=actor.organisation_id)
    mine = {"organisation_id": firm.pk}
    assessments = Assessment.objects.filter(**mine).order_by("id")
    orders = DiagnosisOrder.objects.filter(**mine).order_by("id")
    return {
        "made_at": timezone.localtime().isoformat(timespec="seconds"),
        "organisation": _record(firm, _FIRM),
        "years": _rows(
            firm.years.order_by("year"), ("year", "employees", "revenue_fen", "assets_fen")
        ),
        "titles": _rows(
            firm.titles.order_by("id"), ("title", "document", "awarded_date", "expires_date")
        ),
        "stated_facts": _rows(firm.stated.order_by("id"), ("fact", "value", "at")),
        "consents": _rows(
            Consent.objects.filter(**mine).order_by("id"),
            ("purpose", "given_at", "until_date", "revoked_at"),
        ),
        "assessments": [_assessment(one) for one in assessments],
        "recorded_results": _rows(
            RecordedResult.objects.filter(**mine).order_by("assessed_date", "id"),
            ("instrument", "assessed_date", "score_milli", "level", "basis"),
        ),
        "diagnoses": [
            _record(one, _ORDER)
            | {"gaps": _rows(one.gaps.order_by("id"), ("item", "title", "advice", "severity"))}
            for one in orders.prefetch_related("gaps")
        ],
        "vouchers": _rows(Voucher.objects.filter(**mine).order_by("id"), _VOUCHER),
    }


def _assessment(one: Assessment) -> Json:
    answers = one.answers.exclude(value="", remark="").order_by("id")
    evidence = one.evidence.filter(rating=None).select_related("document").order_by("id")
    return _record(one, _ASSESSMENT) | {
        "result": one.result,
        "answers": _rows(answers, ("item", "value", "reason", "remark", "at")),
        "evidence": [
            {
                "item": piece.item,
                "file": piece.document.name,
                "fingerprint": piece.document.fingerprint,
                "note": piece.note,
                "at": _plain(piece.at),
                "withdrawn_at": _plain(piece.withdrawn_at),
            }
            for piece in evidence
        ],
        "ratings": [_record(rating, _RATING) for rating in ratings.for_firm(one)],
    }


def _record(record: models.Model, names: Iterable[str]) -> Json:
    return {name: _plain(getattr(record, name)) for name in names}


def _rows(records: Iterable[models.Model], names: Iterable[str]) -> list[Json]:
    kept = tuple(names)
    return [_record(record, kept) for record in records]


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, dt.date) else value


_SHEETS: tuple[tuple[str, Text], ...] = (
    ("years", Text("年度数据", "Years")),
    ("titles", Text("称号", "Titles")),
    ("stated_facts", Text("填报事实", "Stated facts")),
    ("consents", Text("授权", "Consents")),
    ("assessments", Text("测评", "Assessments")),
    ("recorded_results", Text("历史结果", "Earlier results")),
    ("diagnoses", Text("诊断", "Diagnoses")),
    ("vouchers", Text("服务券", "Vouchers")),
)


def write_own_data(data: Json, path: Path, language: str) -> None:
    """The same as a workbook: a sheet for each kind of record, columns named as in the JSON, so
    that both can be held against each other."""
    book = Workbook(path)
    firm = book.sheet(Text("企业", "Enterprise").said(language), ("field", "value"), (24, 60))
    for name, value in data["organisation"].items():
        firm.row((name, value))
    for name, title in _SHEETS:
        rows = [{k: v for k, v in row.items() if not isinstance(v, list | dict)}
                for row in data[name]]  # fmt: skip
        if rows:
            table = book.sheet(title.said(language), tuple(rows[0]))
            for row in rows:
                table.row(tuple(row.values()))
    answers = [(one["id"], *answer.values()) for one in data["assessments"]
               for answer in one["answers"]]  # fmt: skip
    if answers:
        heading = ("assessment", "item", "value", "reason", "remark", "at")
        table = book.sheet(Text("逐题答案", "Answers").said(language), heading)
        for line in answers:
            table.row(line)
    book.close()
