"""A report as a PDF, and what the file is called."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from dengta.core.typesetting import pdf
from dengta.reports.actions.paper import data_of
from dengta.reports.queries import Report


def render(report: Report, site: str) -> bytes:
    """A report as PDF; `site` is the address that people reach the platform at, for its QR code.

    The same report and site give the same bytes: the paper carries the report's day.
    """
    midnight = timezone.make_aware(dt.datetime.combine(report.day, dt.time()))
    return pdf("report", data_of(report, site), midnight)


def file_name(report: Report) -> str:
    """How the PDF of a report is called: firm, number and language; safe on any disk."""
    firm = "".join(sign for sign in report.firm.name if sign not in '\\/:*?"<>|' and sign >= " ")
    kind = "report" if report.language.startswith("en") else "测评报告"
    return f"{firm[:60].strip(' .')}_{kind}_{report.number}.pdf"
