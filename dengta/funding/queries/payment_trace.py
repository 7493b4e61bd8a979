"""From a payment back to what it rests on: claim, award, application, verdict, evidence, hits, and
the entries of the ledger. Amounts in 分."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dengta.accounts.queries import Actor
from dengta.funding.models import BankResult, Claim, ClaimPaper, Hit, Instalment, Payment, Voucher
from dengta.funding.queries.claims import seen
from dengta.funding.queries.hits import stopping_many
from dengta.funding.queries.payments import lines_of, numbered, payments
from dengta.ledger import queries as books
from dengta.programmes.models import Attachment
from dengta.trail.models import Document

VOUCHER_PAPERS = ("contract", "invoice_file", "payment_proof", "item_list")


@dataclass(slots=True)
class Traced:
    """One instalment of a payment with what it rests on. `verdict` is the decision on eligibility
    as it was stored, of the claim or else of the application."""

    line: Instalment
    verdict: dict[str, Any] = field(default_factory=dict)
    papers: list[Document] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)

    @property
    def claim(self) -> Claim:
        """The claim that it is a part of."""
        return self.line.claim


def own_lines(actor: Actor, payment: Payment) -> list[Instalment]:
    """Of what a payment is made for, what somebody may see: an office that pays and the payee all,
    others what was claimed in their territory or by their firm."""
    lines = lines_of(payment)
    if actor.organisation_id == payment.organisation_id and actor.organisation_id:
        return lines
    if actor.official and actor.covers(payment.batch.region_code):
        return lines
    if actor.official:
        return [one for one in lines if actor.covers(one.claim.case_region)]
    return [one for one in lines if one.claim.organisation_id == actor.organisation_id]


def traced(actor: Actor, lines: Sequence[Instalment]) -> list[Traced]:
    """Some instalments with what they rest on; the same few queries for any number. Papers and hits
    are for officials, and of its own papers for the firm that claimed."""
    found = {one.pk: Traced(one, dict(one.claim.verdict)) for one in lines}
    mine = [
        one for one in lines if actor.official or one.claim.organisation_id == actor.organisation_id
    ]
    claims = {one.claim_id for one in mine}
    papers: dict[int, list[Document]] = {}
    rows = ClaimPaper.objects.filter(claim__in=claims, removed_at=None)
    for paper in rows.select_related("document").order_by("pk"):
        papers.setdefault(paper.claim_id, []).append(paper.document)
    applications = _application_papers(mine)
    vouchers = _voucher_papers(mine)
    hits = _hits(mine) if actor.official else {}
    for one in lines:
        traced_line, claim = found[one.pk], one.claim
        if not traced_line.verdict and claim.award is not None:
            traced_line.verdict = dict(claim.award.application.verdict or {})
        if one.claim_id in claims:
            traced_line.papers = [
                *papers.get(claim.pk, []),
                *applications.get(claim.award.application_id if claim.award else 0, []),
                *vouchers.get(claim.voucher_id or 0, []),
            ]
            traced_line.hits = hits.get(claim.pk, [])
    return list(found.values())


def _application_papers(lines: Iterable[Instalment]) -> dict[int, list[Document]]:
    ids = {one.claim.award.application_id for one in lines if one.claim.award}
    found: dict[int, list[Document]] = {}
    rows = Attachment.objects.filter(application__in=ids, removed_at=None)
    for paper in rows.select_related("document").order_by("pk"):
        found.setdefault(paper.application_id, []).append(paper.document)
    return found


def _voucher_papers(lines: Iterable[Instalment]) -> dict[int, list[Document]]:
    ids = {one.claim.voucher_id for one in lines if one.claim.voucher_id}
    rows = Voucher.objects.filter(pk__in=ids).select_related(*VOUCHER_PAPERS) if ids else ()
    return {
        voucher.pk: [
            paper for name in VOUCHER_PAPERS if (paper := getattr(voucher, name)) is not None
        ]
        for voucher in rows
    }


def _hits(lines: Iterable[Instalment]) -> dict[int, list[Hit]]:
    """Every hit that was found on these claims or their vouchers, decided or not."""
    by_claim: dict[int, list[Hit]] = {}
    claims = {one.claim_id for one in lines}
    vouchers = {one.claim.voucher_id: one.claim_id for one in lines if one.claim.voucher_id}
    rows = Hit.objects.exclude(state="gone").select_related("filing", "other")
    for flow, ids in (("claim", claims), ("voucher", set(vouchers))):
        for hit in rows.filter(filing__flow=flow, filing__thing_id__in=ids).order_by("pk"):
            thing = hit.filing.thing_id
            by_claim.setdefault(thing if flow == "claim" else vouchers[thing], []).append(hit)
        for thing, stops in stopping_many(flow, list(ids)).items():
            there = by_claim.setdefault(thing if flow == "claim" else vouchers[thing], [])
            there += [hit for hit in stops if hit not in there]
    return by_claim


def entries_of(payment: Payment, lines: Sequence[Instalment]) -> list[books.Standing]:
    """What the ledger has about a payment: what was set aside and owed for its instalments, what
    was kept back, and what the bank paid; oldest first."""
    wanted = {(one.claim.number, str(one.ordinal)) for one in lines}
    found = []
    for entry in books.standings_of({payment.number, *(number for number, _ in wanted)}):
        parts = entry.key.split("/")
        granted = parts[0] == "grant" and len(parts) > 2 and (parts[1], parts[2]) in wanted
        if granted or entry.about == payment.number:
            found.append(entry)
    return found


def results_of(payment: Payment) -> list[BankResult]:
    """What the bank said of a payment, in the order it came."""
    rows = BankResult.objects.filter(payment=payment).select_related("document")
    return list(rows.order_by("pk"))


def payments_about(actor: Actor, abouts: Iterable[str]) -> dict[str, int]:
    """What the ledger says that transfers are `about` -> the id of its payment, as far as the actor
    may see that."""
    ids = [pk for pk in map(numbered, set(abouts)) if pk is not None]
    rows = payments(actor).filter(pk__in=ids) if ids else ()
    return {one.number: one.pk for one in rows}


def claims_about(actor: Actor, abouts: Iterable[str]) -> dict[str, int]:
    """The same for claims."""
    ids = [pk for pk in map(_claim_id, set(abouts)) if pk is not None]
    rows = seen(actor).filter(pk__in=ids) if ids else ()
    return {one.number: one.pk for one in rows}


def _claim_id(number: str) -> int | None:
    head, _, tail = number.partition("-")
    fits = head[:2] == "SL" and head[2:].isdecimal() and tail.isdecimal() and len(tail) < 16
    return int(tail) if fits else None
