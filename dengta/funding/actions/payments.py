"""What a payee does about its account: before the first payment, and when one came back."""

from __future__ import annotations

import datetime as dt
import unicodedata

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.bank import plain_account
from dengta.core.shapes import Text
from dengta.funding.models import Claim, Payment
from dengta.funding.queries.payments import PAYING, lines_of
from dengta.registry.models import Organisation
from dengta.trail.actions import StepRefused, advance, write_down
from dengta.trail.models import Event


def mend_account(
    payment: Payment,
    actor: Actor,
    *,
    account_name: str,
    account_number: str,
    bank_name: str,
    at: dt.datetime | None = None,
) -> Event:
    """The payee mends the account of a payment that bounced, or says that it is right as it is; the
    next batch pays to it. The account must be the payee's own. StepRefused names the field."""
    name, number, bank = (text.strip() for text in (account_name, account_number, bank_name))
    _check(payment.organisation, name, plain_account(number), bank)
    with transaction.atomic():
        lines = [one for one in lines_of(payment) if one.payment_id is None and not one.paid_at]
        event = advance(
            payment, "mend", by=actor, at=at or timezone.now(),
            reasons={
                "account": [name, plain_account(number), bank],
                "instalments": [one.pk for one in lines],
            },
        )  # fmt: skip
        open_claims = Claim.objects.filter(
            pk__in={one.claim_id for one in lines}, state__in=PAYING, payee=payment.organisation_id
        )
        open_claims.update(account_name=name, account_number=plain_account(number), bank_name=bank)
    return event


def give_account(
    claim: Claim, actor: Actor, *, account_number: str, bank_name: str,
    at: dt.datetime | None = None,
) -> Event:  # fmt: skip
    """The payee completes the account of an approved claim that has none yet, as that of a voucher
    given in a list or a rush; the account is its own. StepRefused names the field, or says that the
    account is there already."""
    if actor.organisation_id != claim.payee_id:
        raise Claim.DoesNotExist
    name, number, bank = claim.payee.name, plain_account(account_number), bank_name.strip()
    _check(claim.payee, name, number, bank)
    with transaction.atomic():
        blank = Q(account_name="") | Q(account_number="") | Q(bank_name="")
        open_ = Claim.objects.filter(blank, pk=claim.pk, state="approved")
        if not open_.update(account_name=name, account_number=number, bank_name=bank):
            raise StepRefused(
                Text(
                    "收款账户已经齐全，没有改动。如账户有误，请等银行退回后更正，或联系经办单位。",
                    "The account is complete already and was left as it is. If it is wrong, mend it"
                    " when the bank sends the payment back, or tell the office.",
                )
            )
        claim.refresh_from_db()
        return write_down(
            "claim_account", claim.pk, "give", by=actor, note="",
            reasons={"account": [name, number, bank]}, at=at or timezone.now(),
        )  # fmt: skip


def _check(owner: Organisation, name: str, number: str, bank: str) -> None:
    if not name or not number or not bank:
        raise StepRefused(
            Text(
                "账户名称、账号和开户银行都要填写，银行才能付到。请补全后再提交。",
                "Name, number and bank of the account are all needed. Fill in what is missing.",
            )
        )
    if _plain(name) != _plain(owner.name):
        raise StepRefused(
            Text(
                f"账户名称“{name}”与单位名称“{owner.name}”不一致。财政资金只付到"
                "本单位的对公账户，请填写本单位账户。",
                f"The account is in the name of “{name}”, not of “{owner.name}”."
                " Public money is paid to the payee's own account only.",
            )
        )
    if not number.isascii() or not number.isdigit() or not 8 <= len(number) <= 32:
        raise StepRefused(
            Text(
                f"账号“{number}”应为 8 至 32 位数字。请照开户许可证或网银填写。",
                f"The account number “{number}” must have 8 to 32 digits. Copy it from your bank's"
                " papers.",
            )
        )


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())
