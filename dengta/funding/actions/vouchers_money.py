"""The money of vouchers: out of the purses when they are issued, back into them when they end.

Issuing posts what a voucher is worth from each purse's budget to the voucher's own account, and
beside it what it takes of the firm's year and of the scheme's year: all in one linked call. What is
left when it ends goes back into the purses in the shares in which it came, and the years are free
of it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone

from dengta.core.granting import shared
from dengta.core.money import largest_remainder
from dengta.core.schemes import Level, Scheme
from dengta.core.shapes import Text
from dengta.funding.actions import budgets
from dengta.funding.actions.reserving import CAPS, USED
from dengta.funding.models import Voucher
from dengta.funding.queries.budgets import (
    bounds_of,
    fund_for,
    paying_budget,
    voucher_code,
)
from dengta.funding.queries.vouchers import INCOMING
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.registry.queries import division_of
from dengta.trail.actions import StepRefused


def open_fund(year: int, programme: str = "cloud_voucher", *, at: dt.datetime | None = None) -> str:
    """Open the province's pool of a programme and year with the money the policy gives it; more
    when the policy gives more.

    Idempotent. Returns the account's code. StepRefused if the policy has no money for the year.
    """
    now = at or timezone.now()
    fund = fund_for(programme, year)
    if fund is None:
        raise StepRefused(
            Text(
                f"政策中没有 {year} 年的服务券资金。",
                f"The policy has no voucher money for {year}.",
            )
        )
    ledger.open_accounts({INCOMING: "退回资金", CAPS: "年度额度来源", USED: "年度额度使用"}, at=now)
    return budgets.open_fund(fund, at=now).code


# ---------------------------------------------------------------- where it comes from


@dataclass(slots=True)
class Purses:
    """What the vouchers of one scheme and year draw on, looked up once for each place."""

    scheme: Scheme
    year: int
    _budgets: dict[tuple[Level, str], str] = field(default_factory=dict)

    def shares(self, region: str, amount_fen: int) -> dict[str, tuple[str, int]]:
        """By level, the budget that pays and how much, in 分. StepRefused where nothing was
        opened."""
        return {
            level: (self._budget(level, region), part)
            for level, part in shared(self.scheme, amount_fen).items()
            if part
        }

    def budgets(self, region: str) -> list[str]:
        """The accounts of the budgets that pay for a firm of a region."""
        return [self._budget(level, region) for level in self.scheme.sharing]

    def _budget(self, level: Level, region: str) -> str:
        place = {"province": "", "city": division_of(region), "county": region}[level]
        found = self._budgets.get((level, place))
        if found is None:
            found = paying_budget(self.scheme, self.year, level, region).code
            self._budgets[level, place] = found
        return found

    def bounds(self, uscc: str, region: str) -> dict[str, int]:
        """The allowances that a voucher draws on, and what the scheme gives each, in 分."""
        return bounds_of(self.scheme, self.year, uscc, region)


def issue_entries(purses: Purses, voucher: Voucher, amount_fen: int) -> list[ledger.Entry]:
    """What issuing a voucher posts; linked by its number."""
    number, organisation = voucher.number, voucher.organisation
    bounds = purses.bounds(organisation.uscc, organisation.region_code)
    moves = [
        (f"issue/{number}/{level}", source, voucher_code(number), part, "voucher")
        for level, (source, part) in purses.shares(organisation.region_code, amount_fen).items()
    ]
    moves += [(f"bound/{number}/{code}", code, USED, amount_fen, "cap") for code in bounds]
    return [
        ledger.Entry(
            key=key, debit=debit, credit=credit, amount_fen=fen, kind=kind, about=number,
            linked=f"issue/{number}",
        )
        for key, debit, credit, fen, kind in moves
    ]  # fmt: skip


# ---------------------------------------------------------------- where it goes back to


def give_back(vouchers: Iterable[tuple[Voucher, int]], why: str, *, at: dt.datetime) -> None:
    """Post what is left of vouchers back to where it came from, (voucher, 分) each; all or none.

    Each purse gets its share of what it still bears. `why` is a part of the keys: the same voucher
    and reason give back once.
    """
    given = {voucher.number: (voucher, fen) for voucher, fen in vouchers if fen}
    borne: dict[str, dict[str, int]] = {number: {} for number in given}
    freed: dict[str, list[str]] = {number: [] for number in given}
    for one in books.posted_about(given):
        number, own = one.about, borne[one.about]
        if one.key.startswith(f"issue/{number}/"):
            own[one.debit] = own.get(one.debit, 0) + one.amount_fen
        elif one.key.startswith(f"return/{number}/") and one.debit == voucher_code(number):
            own[one.credit] = own.get(one.credit, 0) - one.amount_fen
        elif one.key.startswith(f"bound/{number}/"):
            freed[number].append(one.debit)
    entries = []
    for number, (_, fen) in given.items():
        sources = list(borne[number])
        parts = largest_remainder(fen, [borne[number][code] for code in sources])
        moves = [
            (voucher_code(number), code, part, "voucher")
            for code, part in zip(sources, parts, strict=True)
            if part
        ]
        moves += [(USED, code, fen, "cap") for code in freed[number]]
        entries += [
            ledger.Entry(
                key=f"return/{number}/{why}/{code}", debit=debit, credit=code, amount_fen=part,
                kind=kind, about=number, linked=f"return/{number}/{why}",
            )
            for debit, code, part, kind in moves
        ]  # fmt: skip
    for answer in ledger.post_each(entries, at=at):
        if isinstance(answer, ledger.Refused):
            raise answer
