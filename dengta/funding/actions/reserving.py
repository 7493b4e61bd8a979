"""The money of a claim: set aside when it is approved, owed when it goes to the bank, given back
when it does not.

Whatever a claim draws on is reserved in one linked call: for each instalment the share of each
purse (province, city, county), and beside it the firm's year, the programme's year and the
division's year where the scheme bounds them. Either all of them hold, or nothing is written. A
redemption draws on its voucher alone: the voucher drew on all of these when it was issued.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dengta.core.granting import shared
from dengta.core.money import largest_remainder, yuan
from dengta.core.schemes import Scheme
from dengta.core.shapes import Text
from dengta.funding.models import Claim, Instalment
from dengta.funding.queries.budgets import CAPS as CAPS
from dengta.funding.queries.budgets import (
    bounds_of,
    payable_code,
    paying_budget,
    scheme_of,
    voucher_code,
)
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.registry.queries import region_name
from dengta.trail.actions import Moved, StepRefused

USED = "caps/used"


def prepare(claim: Claim, *, at: dt.datetime) -> None:
    """Open what a claim draws on and is owed to, with what the policy allows for the year.

    Idempotent; called before the transaction that reserves, so that in there one call locks all.
    """
    ledger.open_account(payable_code(claim.payee.uscc), f"应付 {claim.payee.name}", at=at)
    if claim.voucher_id is not None:
        return
    allow_all(_limits(claim, scheme_of(claim.scheme)), at)


def reserve_for(claim: Claim, *, at: dt.datetime) -> None:
    """Reserve an approved claim's instalments with everything that bounds them, all or none.

    StepRefused with what is left where something does not reach.
    """
    prepare(claim, at=at)
    _reserve(claim, claim.instalments.filter(cancelled_at=None), "", at)


def reduce(instalment: Instalment, amount_fen: int, *, at: dt.datetime) -> None:
    """An instalment that has not gone to the bank becomes less, or nothing: what was reserved for
    it is given back, and the smaller amount reserved. `amount_fen` in 分; 0 cancels it."""
    pending = [one.key for one in _standing(instalment.claim) if one.state == "pending"]
    held = Instalment.objects.filter(
        pk=instalment.pk, payment=None, settled_at=None, cancelled_at=None
    )
    if amount_fen:
        changed = held.filter(amount_fen__gt=amount_fen).update(amount_fen=amount_fen)
    else:
        changed = held.update(cancelled_at=at)
    if not changed:
        raise StepRefused(
            Text(
                f"第 {instalment.ordinal} 期已列入付款，不能再调整。请等银行回执后再办理。",
                f"Instalment {instalment.ordinal} is already in a payment and cannot be changed."
                " Wait for the bank's answer.",
            )
        )
    instalment.refresh_from_db()
    ledger.release_many([key for key in pending if _of(key, instalment)], at=at)
    if amount_fen:
        _reserve(instalment.claim, [instalment], f"/{amount_fen}", at)


def split(instalment: Instalment, first_fen: int, *, at: dt.datetime) -> Instalment:
    """Cut an instalment that was not paid in two: it keeps `first_fen` (分), the rest becomes an
    instalment behind the last of its claim, in no payment and as ready as it. What each purse and
    bound gives for the two together is what it gave for the one, still reserved or owed already.
    Called in the transaction that needs it; returns the rest."""
    claim, whole = instalment.claim, instalment.amount_fen
    if not 0 < first_fen < whole:
        raise ValueError(f"{instalment}: {first_fen} of {whole} is no part")
    mine = Instalment.objects.filter(pk=instalment.pk, amount_fen=whole, paid_at=None)
    if not mine.filter(cancelled_at=None).update(amount_fen=first_fen):
        raise Moved(
            Text(
                f"{claim.number} 第 {instalment.ordinal} 期刚刚有变化，没有拆分。请刷新后再办理。",
                f"Instalment {instalment.ordinal} of {claim.number} has just changed and was not"
                " divided. Reload the page.",
            )
        )
    last = claim.instalments.order_by("-ordinal").values_list("ordinal", flat=True)[0]
    rest = Instalment.objects.create(
        claim=claim, ordinal=last + 1, moment=instalment.moment, amount_fen=whole - first_fen,
        ready_at=instalment.ready_at, settled_at=instalment.settled_at,
    )  # fmt: skip
    instalment.amount_fen = first_fen
    own = [one for one in _standing(claim) if _of(one.key, instalment)]
    pending = [one for one in own if one.state == "pending"]
    owed = [one for one in own if one.state == "posted"]
    ledger.release_many([one.key for one in pending], at=at)
    ledger.reverse_many([one.key for one in owed], at=at)
    entries = _divided([*pending, *owed], instalment, rest)
    ledger.reserve_many(entries, at=at)
    if owed:
        ledger.settle_many([(one.key, None) for one in entries], at=at)
    return rest


def _divided(
    own: Sequence[books.Standing], first: Instalment, rest: Instalment
) -> list[ledger.Entry]:
    """What had been drawn for one instalment, drawn for its two parts."""
    granted = [one for one in own if one.key.startswith("grant/")]
    parts = largest_remainder(first.amount_fen, [one.amount_fen for one in granted])
    shares = dict(zip((one.key for one in granted), parts, strict=True))
    entries = []
    for one in own:
        head = one.key.split("/", 1)[0]
        name = one.key.split("/")[3] if head == "grant" else one.debit
        part = shares.get(one.key, first.amount_fen)
        for line, fen, mark in (
            (first, part, f"/{first.amount_fen}"), (rest, one.amount_fen - part, "")
        ):  # fmt: skip
            if fen:
                key = f"{head}/{one.about}/{line.ordinal}/{name}{mark}"
                entries.append(
                    ledger.Entry(
                        key=key, debit=one.debit, credit=one.credit, amount_fen=fen,
                        kind=one.kind, about=one.about,
                    )
                )  # fmt: skip
    return entries


def _reserve(claim: Claim, instalments: Iterable[Instalment], mark: str, at: dt.datetime) -> None:
    scheme = scheme_of(claim.scheme)
    entries: list[ledger.Entry] = []
    for instalment in instalments:
        entries += _drawn(claim, scheme, instalment, mark)
        if claim.voucher_id is None:
            entries += _bounds(claim, scheme, instalment, mark)
    try:
        ledger.reserve_many(entries, at=at)
    except ledger.Overspent as short:
        raise short_of(claim.approved_fen or 0, short) from short


def _drawn(
    claim: Claim, scheme: Scheme, instalment: Instalment, mark: str
) -> Iterator[ledger.Entry]:
    """What an instalment draws on each purse; on its voucher alone where it redeems one."""
    amount = instalment.amount_fen
    if claim.voucher is not None:
        shares = [(voucher_code(claim.voucher.number), amount, "voucher")]
    else:
        shares = [
            (paying_budget(scheme, claim.year, level, claim.case_region).code, part, str(level))
            for level, part in shared(scheme, amount).items()
            if part
        ]
    for source, part, purse in shares:
        yield ledger.Entry(
            key=f"grant/{claim.number}/{instalment.ordinal}/{purse}{mark}", debit=source,
            credit=payable_code(claim.payee.uscc), amount_fen=part, kind=scheme.kind,
            about=claim.number,
        )  # fmt: skip


def _bounds(
    claim: Claim, scheme: Scheme, instalment: Instalment, mark: str
) -> Iterator[ledger.Entry]:
    """What an instalment draws on the firm's year, the programme's and the division's."""
    for code in _limits(claim, scheme):
        yield ledger.Entry(
            key=f"bound/{claim.number}/{instalment.ordinal}/{code}{mark}", debit=code, credit=USED,
            amount_fen=instalment.amount_fen, kind="cap", about=claim.number,
        )  # fmt: skip


def _limits(claim: Claim, scheme: Scheme) -> dict[str, int]:
    return bounds_of(scheme, claim.year, claim.organisation.uscc, claim.case_region)


def allow_all(bounds: Mapping[str, int], at: dt.datetime) -> None:
    """Open allowances and credit each up to what the policy gives, many at once;
    where they have that much already nothing is written.

    The key names the total that was there, so whoever comes at the same moment posts the same. A
    policy that gives less than before takes nothing back by itself.
    """
    there = dict.fromkeys(bounds, 0) | books.posted(CAPS, bounds)
    more = {code: most - there[code] for code, most in bounds.items() if most > there[code]}
    if not more:
        return
    ledger.open_accounts({CAPS: "年度额度来源", USED: "年度额度使用"}, at=at)
    ledger.open_accounts({code: f"额度 {code}" for code in more}, "credits", at=at)
    entries = [
        ledger.Entry(
            key=f"allow/{code}/{there[code]}", debit=CAPS, credit=code, amount_fen=fen,
            kind="allow",
        )
        for code, fen in more.items()
    ]  # fmt: skip
    for answer in ledger.post_each(entries, at=at):
        if isinstance(answer, ledger.Refused):
            raise answer


def settle(instalment: Instalment, *, at: dt.datetime) -> None:
    """An instalment goes to the bank: what was reserved for it is owed now. Idempotent."""
    settle_all([instalment], at=at)


def settle_all(instalments: Sequence[Instalment], *, at: dt.datetime) -> None:
    """The same for many instalments in one linked call: all or none. Idempotent; what was settled
    before, since the bank sent it back, is passed over."""
    keys = []
    reserved = [one for one in instalments if one.settled_at is None]
    for start in range(0, len(reserved), 500):
        some = {(one.claim.number, one.ordinal) for one in reserved[start : start + 500]}
        for one in books.standings_of({number for number, _ in some}):
            head, number, ordinal = (*one.key.split("/", 3), "", "", "")[:3]
            mine = head in ("grant", "bound") and ordinal.isdecimal()
            if mine and (number, int(ordinal)) in some and one.state in ("pending", "posted"):
                keys.append(one.key)
    ledger.settle_many([(key, None) for key in keys], at=at)


def release_rest(claim: Claim, *, at: dt.datetime) -> None:
    """Give back whatever of a claim is still reserved. Idempotent."""
    keys = [one.key for one in _standing(claim) if one.state == "pending"]
    if keys:
        ledger.release_many(keys, at=at)


def take_back(claim: Claim, instalments: Iterable[Instalment], *, at: dt.datetime) -> None:
    """Give back what instalments that nobody was paid had taken of purses and years, whether it is
    still reserved or, since the bank sent it back, owed. The caller cancels them. Idempotent."""
    mine = list(instalments)
    own = [one for one in _standing(claim) if any(_of(one.key, each) for each in mine)]
    if reserved := [one.key for one in own if one.state == "pending"]:
        ledger.release_many(reserved, at=at)
    if owed := [one.key for one in own if one.state == "posted"]:
        ledger.reverse_many(owed, at=at)


def _standing(claim: Claim) -> list[books.Standing]:
    own = (f"grant/{claim.number}/", f"bound/{claim.number}/")
    return [one for one in books.standings(claim.number) if one.key.startswith(own)]


def _of(key: str, instalment: Instalment) -> bool:
    number, ordinal = instalment.claim.number, instalment.ordinal
    return key.startswith((f"grant/{number}/{ordinal}/", f"bound/{number}/{ordinal}/"))


def short_of(asked_fen: int, short: ledger.Overspent) -> StepRefused:
    """In words what does not reach, and what may be done."""
    kind, *rest = short.account.split("/")
    what = {
        "pool": Text("资金池", "The pool"),
        "cap": Text("企业本年度额度", "The firm's yearly cap"),
        "ceiling": Text("本年度总额度", "The year's ceiling"),
        "voucher": Text("服务券余额", "The voucher"),
    }.get(kind, Text("可用资金", "What is available"))
    if kind == "ceiling" and len(rest) > 2:
        place = region_name(rest[2])
        what = Text(f"{place.zh}本年度额度", f"The year's ceiling of {place.en}")
    if kind == "pool" and len(rest) > 1:
        place = region_name(rest[1])
        what = Text(f"{place.zh}资金池", f"The pool of {place.en}")
    return StepRefused(
        Text(
            f"{what.zh}只剩 {yuan(short.left_fen)} 元，不够本次的"
            f" {yuan(asked_fen)} 元，没有办理。可以说明理由后按剩余额度部分办理。",
            f"{what.en} has {yuan(short.left_fen)} yuan left, not"
            f" {yuan(asked_fen)}. Nothing was done; you may give a part with a reason.",
        )
    )
