"""Claims that are approved and wait for their money, without the way that led there; batches; and
what a bank answers."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.accounts.queries import Actor
from dengta.funding.actions import batches, claims
from dengta.funding.actions.reserving import reserve_for
from dengta.funding.models import Budget, Claim, Instalment, Payment, PaymentBatch
from dengta.funding.queries.budgets import budget_code, scheme_of
from dengta.funding.queries.payments import Choice
from dengta.ledger import actions as ledger
from dengta.trail.actions import advance, begin, keep_document
from dengta.trail.models import Document
from tests.cast import MOMENT, WAN, Cast, Firm

TITLE = "2026 年第一批"
HEADINGS = ("付款编号", "收款账号", "金额（元）", "处理结果", "拨付凭证号", "退回原因")
POOLS = {
    "scenario": (("420000", "province"),),
    "cloud_coupon": (("420000", "province"),),
    "pilot_advance": (
        ("420000", "province"),
        ("420100", "city"),
        ("420102", "county"),
        ("420104", "county"),
    ),
}


def allot(programme: str, fen: int = 10_000 * WAN, year: int = 2026) -> None:
    """Put money where a programme's schemes are paid from."""
    fund, made = f"{programme.replace('_', '-')}-{year}", dict[str, Budget]()
    ledger.open_account("treasury", "国库", at=MOMENT)
    for region, level in POOLS[programme]:
        code = budget_code(fund, "" if level == "province" else region)
        above = {"city": "province", "county": "city"}.get(level, "")
        made[level], new = Budget.objects.get_or_create(
            code=code,
            defaults={
                "fund": fund, "programme": programme, "year": year, "level": level,
                "region_code": region, "parent": made.get(above), "opened_at": MOMENT,
            },
        )  # fmt: skip
        if new:
            ledger.open_account(code, f"{fund} {region}", "credits", at=MOMENT)
            ledger.post(ledger.Entry(f"give/{code}", "treasury", code, fen), at=MOMENT)


def approved(
    cast: Cast,
    firm: Firm,
    scheme: str = "scenario-reward",
    *,
    amount_fen: int = 50 * WAN,
    payee: Firm | None = None,
    at: dt.datetime = MOMENT,
    **different: Any,
) -> Claim:
    """A claim that its office has just approved, the money set aside."""
    edition = scheme_of(scheme)
    allot(edition.programme)
    paid = (payee or firm).organisation
    made: dict[str, Any] = {
        "scheme": scheme, "programme": edition.programme, "year": 2026, "title": "产线改造",
        "organisation": firm.organisation, "payee": paid, "account_name": paid.name,
        "account_number": f"6222{paid.pk:012d}", "bank_name": "汉口银行江岸支行",
        "computed_fen": amount_fen, "claimed_fen": amount_fen, "counted_fen": amount_fen,
        "policy_digest": "f" * 64, "agreed_by": "法人", "agreed_at": at, "submitted_at": at,
        "key": f"claim/{Claim.objects.count()}", "created_at": at,
    }  # fmt: skip
    claim = Claim(**(made | different))
    begin(claim, by=firm.actor, at=at)
    advance(claim, "submit", by=firm.actor, at=at)
    county = cast.next_county if firm.organisation.region_code == "420104" else cast.county
    advance(claim, "pass", by=county, at=at)
    by = cast.city
    if edition.deciding == "province":
        advance(claim, "forward", by=cast.city, at=at)
        by = cast.province
    given = {"approved_fen": amount_fen, "approved_at": at}
    advance(claim, "approve", by=by, evidence=given, at=at)
    claims.lay_out(claim, at=at)
    reserve_for(claim, at=at)
    return claim


def colleague(cast: Cast, actor: Actor) -> Actor:
    """Somebody else of the same office."""
    name = f"{actor.name}_colleague"
    if name not in cast.__dict__:
        cast.__dict__[name] = cast.official(name, actor.role, actor.region)
    found: Actor = cast.__dict__[name]
    return found


def batch(cast: Cast, actor: Actor | None = None, **choice: Any) -> PaymentBatch:
    """A batch of all that an office can pay, or of what is chosen."""
    by = actor or cast.province
    key = f"batch-{PaymentBatch.objects.count()}"
    return batches.make(by, Choice(**choice), title=TITLE, key=key, at=MOMENT).batch


def sent(cast: Cast, actor: Actor | None = None, **choice: Any) -> PaymentBatch:
    """The same, sent to the bank by a colleague."""
    by = actor or cast.province
    made = batch(cast, by, **choice)
    batches.send(made, colleague(cast, by), at=MOMENT)
    return made


def payments_of(made: PaymentBatch) -> list[Payment]:
    """The payments of a batch, as they are now."""
    return list(Payment.objects.filter(batch=made).select_related("batch", "organisation"))


def good(payment: Payment, reference: str = "", **different: str) -> dict[str, str]:
    """A row that says that the bank has paid."""
    amount = payment.transfer_fen
    row = {
        "付款编号": payment.number,
        "收款账号": payment.account_number,
        "金额（元）": f"{amount // 100}.{amount % 100:02d}",
        "处理结果": "成功",
        "拨付凭证号": reference or f"YH{payment.pk:08d}",
        "退回原因": "",
    }
    return row | different


def bad(payment: Payment, reason: str = "户名不符", **different: str) -> dict[str, str]:
    """A row that says that the bank has sent it back."""
    return good(payment) | {"处理结果": "失败", "拨付凭证号": "", "退回原因": reason} | different


def answer(
    *rows: dict[str, str], by: Actor, name: str = "回单.csv", headings: Sequence[str] = HEADINGS
) -> Document:
    """A file with these rows as a bank sends it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, headings, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    file = SimpleUploadedFile(name, text.getvalue().encode("utf-8-sig"), content_type="text/csv")
    return keep_document(file, by=by)


def instalment(claim: Claim, ordinal: int = 1) -> Instalment:
    """A part of a claim, as it is now."""
    return Instalment.objects.get(claim=claim, ordinal=ordinal)
