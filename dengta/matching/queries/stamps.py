"""What drafts say, and a stamp of it: whoever keeps a draft names the stamp that they saw, so that
nobody's words are lost unseen."""

from __future__ import annotations

from typing import Any

from dengta.core.records import as_text, sha256
from dengta.matching.models import Need, Quote


def need_said(need: Need) -> dict[str, Any]:
    """What a need says, as JSON."""
    return {
        "title": need.title,
        "text": need.text,
        "sub_industry": need.sub_industry,
        "budget_fen": need.budget_fen,
        "finish_by": need.finish_by.isoformat() if need.finish_by else None,
        "public": need.public,
        "items": [
            {"scenario": item.scenario, "from": item.from_level, "to": item.to_level,
             "note": item.note}
            for item in need.items.order_by("ordinal")
        ],
    }  # fmt: skip


def quote_said(quote: Quote) -> dict[str, Any]:
    """What a quote says, as JSON."""
    return {
        "list_fen": quote.list_fen,
        "discount_fen": quote.discount_fen,
        "days": quote.days,
        "valid_until": quote.valid_until.isoformat() if quote.valid_until else None,
        "text": quote.text,
        "lines": [
            {
                "text": line.text, "cost_class": line.cost_class, "unit": line.unit,
                "quantity": line.quantity, "price_fen": line.price_fen, "days": line.days,
                "scenario": line.scenario, "level": line.level,
                "package_line": line.package_line_id, "standard_fen": line.standard_fen,
            }
            for line in quote.lines.order_by("ordinal")
        ],
    }  # fmt: skip


def need_stamp(need: Need) -> str:
    """The SHA-256 of what a need says."""
    return sha256(as_text(need_said(need)))


def quote_stamp(quote: Quote) -> str:
    """The SHA-256 of what a quote says."""
    return sha256(as_text(quote_said(quote)))
