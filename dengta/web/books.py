"""对账单 as every desk shows it: a period, what each account came to, the lines with the matter
that each leads to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import FileResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.funding.queries.budgets import fund_name, orders_about, programme_name
from dengta.funding.queries.payment_trace import claims_about, payments_about
from dengta.funding.queries.vouchers import matters
from dengta.ledger import queries as ledger
from dengta.ledger.queries.exporting import FORMS, STEPS, write_statement
from dengta.registry.queries import policy, region_name
from dengta.web.frame import said
from dengta.web.payments import reach
from dengta.web.taken_away import made_now


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a statement, both included; this year unless others are asked for."""

    since: dt.date
    until: dt.date

    @classmethod
    def asked(cls, typed: QueryDict) -> Period:
        """What the address asks for; days that are none, or in the wrong order, are put right."""
        today = timezone.localdate()
        until = _day(typed.get("until", "")) or today
        since = _day(typed.get("since", "")) or dt.date(min(until, today).year, 1, 1)
        return cls(min(since, until), max(since, until))

    @property
    def start(self) -> dt.datetime:
        """The first moment."""
        return timezone.make_aware(dt.datetime.combine(self.since, dt.time.min))

    @property
    def end(self) -> dt.datetime:
        """The moment after the last."""
        return timezone.make_aware(
            dt.datetime.combine(self.until + dt.timedelta(days=1), dt.time.min)
        )

    @property
    def query(self) -> str:
        """The address that says it."""
        return urlencode({"since": self.since, "until": self.until}) + "&"


def _day(typed: str) -> dt.date | None:
    try:
        day = parse_date(typed.strip())
    except ValueError:
        return None
    return day if day and 1990 <= day.year < 2100 else None


@dataclass(frozen=True, slots=True)
class Shown:
    """A statement, the page of it that is shown, and the matters its lines lead to."""

    statement: ledger.Statement
    page: Page[int]
    rows: list[dict[str, Any]]


def read(acting: Actor, codes: Sequence[str], period: Period, number: str | None) -> Shown:
    """One page of the statement of some accounts, for somebody who may see them."""
    asked = int(number) if number and number.isdecimal() and len(number) < 8 else 1
    found = ledger.statement_of(codes, period.start, period.end, page=asked)
    page = Paginator(range(found.count), ledger.PAGE).get_page(asked)
    abouts = {line.about for line in found.lines}
    address = "case" if acting.official else "voucher"
    lead_to = {
        **{about: reverse(address, args=[pk]) for about, pk in matters(acting, abouts).items()},
        **{
            about: reverse("budget_order", args=[pk])
            for about, pk in orders_about(acting, abouts).items()
        },
        **_payments(acting, abouts),
    }
    rows = [
        {
            "line": line,
            "what": what(line),
            "url": lead_to.get(line.about, ""),
            "waiting": line.balance_fen + line.pending_fen,
        }
        for line in found.lines
    ]
    return Shown(found, page, rows)


def _payments(acting: Actor, abouts: set[str]) -> dict[str, str]:
    """Where claims and payments lead to, at the desk of who looks."""
    desk = "" if acting.official else f"{acting.role}_"
    claim = "official_claim" if acting.official else "claim"
    found = {about: reach(claim, pk) for about, pk in claims_about(acting, abouts).items()}
    for about, pk in payments_about(acting, abouts).items():
        found[about] = reverse(f"{desk}payment", args=[pk])
    return found


KINDS = {
    "appropriate": Text("资金拨入资金池", "Money given to the pool"),
    "allow": Text("核定年度额度", "Yearly allowance set"),
    "voucher": Text("上云服务券", "Cloud voucher"),
    "cap": Text("年度额度", "Yearly allowance"),
    "pay": Text("拨付", "Payment"),
    "allocate": Text("资金下达", "Money allotted"),
    "return": Text("资金收回", "Money given back"),
    "shift": Text("调整用途", "Change of use"),
    "share": Text("企业占比控制", "Share of enterprises"),
    "refund": Text("退款", "Refund"),
    "subsidy": Text("改造补助", "Subsidy"),
    "reward": Text("奖补", "Reward"),
    "set_off": Text("抵扣应缴回资金", "Kept against what is owed back"),
    "public": Text("公共服务支出", "Public expenditure"),
}
_SAID = {
    ("voucher", "post"): Text("发放或退回服务券", "Voucher issued or given back"),
    ("voucher", "reserve"): Text("核销服务券，待结算", "Voucher redeemed, to be settled"),
    ("voucher", "settle"): Text("核销结算", "Redeemed and settled"),
    ("voucher", "release"): Text("核销冲回", "Redemption taken back"),
    ("voucher", "reverse"): Text("结算冲回", "Settlement taken back"),
    ("cap", "post"): Text("占用或退回年度额度", "Allowance used or given back"),
    ("cap", "reserve"): Text("占用年度额度", "Allowance set aside"),
    ("cap", "settle"): Text("使用年度额度", "Allowance used"),
    ("cap", "release"): Text("退回年度额度", "Allowance given back"),
    ("subsidy", "reserve"): Text("核定补助，预留资金", "Subsidy granted, money set aside"),
    ("subsidy", "settle"): Text("补助列入应付", "Subsidy owed"),
    ("subsidy", "release"): Text("补助预留退回", "Subsidy given back"),
    ("reward", "reserve"): Text("核定奖补，预留资金", "Reward granted, money set aside"),
    ("reward", "settle"): Text("奖补列入应付", "Reward owed"),
    ("reward", "release"): Text("奖补预留退回", "Reward given back"),
    ("set_off", "post"): KINDS["set_off"],
    ("pay", "post"): Text("拨付到企业账户", "Paid to the enterprise"),
    ("refund", "post"): Text("收到退款", "Money that came back"),
    ("appropriate", "post"): KINDS["appropriate"],
    ("allow", "post"): KINDS["allow"],
    **{(kind, "post"): KINDS[kind] for kind in ("allocate", "return", "shift", "share", "public")},
}


def what(line: ledger.Line) -> str:
    """What happened, in words: by kind and step where they are known, else the step and memo."""
    known = _SAID.get((line.kind, line.step))
    if known:
        return said(known)
    kind = KINDS.get(line.kind)
    step = said(STEPS[line.step])
    return f"{said(kind)} · {step}" if kind else (line.memo or step)


def too_long(found: ledger.Statement) -> bool:
    """Whether a statement has more rows than are exported at once."""
    return found.count > policy().practised("export_rows_at_once", timezone.localdate())


_USES = {"enterprise": "for firms", "public": "for public services"}
_ALONE = {
    "caps/granted": Text("年度额度来源", "Allowances granted"),
    "caps/used": Text("年度额度使用", "Allowances used"),
    "bank/outgoing": Text("已付出资金", "Money paid out"),
    "bank/incoming": Text("已收回资金", "Money taken back"),
    "treasury/province": Text("省级财政专户", "Provincial treasury"),
}


def account_name(code: str, name: str) -> Text:
    """An account as people call it, from its code; `name` is how the ledger has it in Chinese, and
    stands for what is not known here."""
    first, *rest = code.split("/")
    match first, rest:
        case ("pool" | "share", [fund, *places]):
            uses = ["share of firms"] if first == "share" else [_USES[use] for use in places[1:]]
            where = [region_name(place).en for place in places[:1]]
            return Text(name, ", ".join([fund_name(fund).en, *where, *uses]))
        case ("cap", [programme, year, _]):
            of = programme_name(programme)
            return Text(f"{of.zh} {year} 年企业额度", f"{of.en}: the firm's allowance of {year}")
        case ("ceiling", [programme, year]):
            of = programme_name(programme)
            return Text(f"{of.zh} {year} 年总额度", f"{of.en}: allowance of {year}")
        case ("voucher", [number]):
            return Text(name, f"Voucher {number}")
        case ("payable", [uscc]):
            return Text(name, f"Owed to {name.partition(' ')[2] or uscc}")
        case ("receivable", [uscc]):
            return Text(name, f"Owed back by {name.partition(' ')[2] or uscc}")
        case ("clawback", [number, "interest"]):
            return Text(name, f"{number}: interest to come")
        case ("clawback", [number, *back]):
            source = account_name("/".join(back), "/".join(back))
            zh = fund_name(back[1]).zh if back[:1] == ["pool"] and back[1:] else source.zh
            return Text(f"{number} 待退回 {zh}", f"{number}: to go back to {source.en}")
    return _ALONE.get(code, Text(name, name))


def workbook(codes: Sequence[str], period: Period, name: str) -> FileResponse:
    """The whole statement of a period as a workbook, now."""
    found = ledger.statement_of(codes, period.start, period.end, size=None)
    title = f"{_('对账单')}-{name.replace('/', '-')}-{period.since}-{period.until}.xlsx"
    return made_now(title, FORMS["xlsx"], lambda path: write_statement(found, path, language()))


def language() -> str:
    """The language of this request, as exports name it."""
    return "en" if (get_language() or "").startswith("en") else "zh"
