"""A claim as both desks show it: its calculation, how the price is shared, its instalments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from dengta.accounts.queries import Actor
from dengta.core.schemes import Scheme
from dengta.funding.queries import claims as queries
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.claims import Claim
from dengta.funding.queries.vouchers import papers_for
from dengta.web.cases import badge, clock_chip
from dengta.web.frame import said


def own_rows(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """Claims as those who made them see them in a list: scheme, state, clock."""
    return [
        {
            "claim": one,
            "scheme": scheme_of(one.scheme),
            "badge": badge(one.flow.state(one.state), public=True),
            "clock": clock_chip(one),
        }
        for one in claims
    ]


def split_bar(claim: Any, calculation: Mapping[str, Any]) -> dict[str, Any] | None:
    """The three parts of the price; what was approved counts once it is. None without a price."""
    shares = calculation.get("split")
    if not claim.list_fen or (shares is None and claim.approved_fen is None):
        return None
    public = claim.approved_fen
    if public is None:
        assert shares is not None
        public = shares["public_fen"]
    provider = claim.discount_fen
    firm = max(claim.list_fen - provider - public, 0)
    return {
        "total": claim.list_fen,
        "parts": [
            {"amount": public, "tone": "paid", "label": _("财政补助")},
            {"amount": provider, "tone": "held", "label": _("服务商让利")},
            {"amount": firm, "tone": "free", "label": _("企业承担")},
        ],
    }


def lines_of(
    claim: Any, rows: list[Any], calculation: Mapping[str, Any], scheme: Scheme
) -> list[dict[str, Any]]:
    """Cost lines with what counts of each and why."""
    counted = {each["id"]: each for each in calculation.get("lines", ())}
    names = {one.id: one.text for one in scheme.costs}
    shown = []
    for row in rows:
        found = counted.get(f"{row.ordinal:06d}")
        shown.append(
            {
                "row": row,
                "class": names.get(row.cost_class, row.cost_class),
                "counted_fen": found["fen"] if found else None,
                "why": {"zh": found["zh"], "en": found["en"]} if found else None,
            }
        )
    return shown


def moment_name(moment: str) -> str:
    """When an instalment may be paid, in words."""
    return {"approved": _("核定后拨付"), "accepted": _("验收后拨付")}.get(moment, moment)


def standing_of(instalment: Any) -> str:
    """Where an instalment stands, in words."""
    if instalment.cancelled_at:
        return _("已取消")
    if instalment.paid_at:
        return _("已到账")
    if instalment.payment_id:
        return _("付款中")
    return _("可以拨付") if instalment.ready_at else _("等待验收")


def shown(claim: Any, acting: Actor) -> dict[str, Any]:
    """What both read views have in common, as far as somebody may see it. A constant number of
    queries."""
    scheme = scheme_of(claim.scheme)
    plain = {"amount_fen": claim.computed_fen}  # a redemption was worked out as a voucher
    calculation = claim.calculation.get("now") or plain
    rows = list(claim.lines.order_by("ordinal"))
    return {
        "claim": claim,
        "scheme": scheme,
        "calculation": calculation,
        "before": claim.calculation.get("submitted") or plain,
        "final": claim.calculation.get("final"),
        "split": split_bar(claim, calculation),
        "lines": lines_of(claim, rows, calculation, scheme),
        "flows": list(claim.flows.order_by("id")),
        "instalments": [
            {"row": one, "moment": moment_name(one.moment), "standing": standing_of(one)}
            for one in claim.instalments.all()
        ],
        "papers": _papers(claim, scheme, acting),
        "terms": claim.terms or [term._asdict() for term in scheme.sanction],
        "awaits": queries.awaits_acceptance(claim),
    }


def _papers(claim: Any, scheme: Scheme, acting: Actor) -> list[dict[str, Any]]:
    """The papers of a claim; of one on a voucher also those that the voucher was granted on, in
    place of headings under which nothing was handed in anew."""
    own = papers_of(claim, scheme)
    behind = papers_for(acting, claim.voucher_id) if claim.voucher_id else []
    if not behind:
        return own
    return [need for need in own if need["files"]] + [
        {"label": _("服务券：%(paper)s") % {"paper": said(label)}, "files": [_file(paper)]}
        for label, paper in behind
    ]


def _file(document: Any) -> dict[str, Any]:
    return {
        "name": document.name,
        "url": reverse("document", args=[document.pk]),
        "size": document.size,
        "digest": document.fingerprint[:12],
    }


def papers_of(claim: Any, scheme: Scheme) -> list[dict[str, Any]]:
    """Each heading of the scheme with the papers under it."""
    there: dict[str, list[dict[str, Any]]] = {}
    for paper in claim.papers.filter(removed_at=None).select_related("document").order_by("id"):
        there.setdefault(paper.need, []).append({"pk": paper.pk, **_file(paper.document)})
    needs = [(one.id, said(one.text), said(one.help), one.required) for one in scheme.needs]
    known = {one.id for one in scheme.needs}
    needs += [(id, _("其他材料"), "", False) for id in there if id not in known]
    return [
        {"id": id, "label": label, "help": help, "required": required, "files": there.get(id, [])}
        for id, label, help, required in needs
    ]
