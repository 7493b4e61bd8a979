"""Shared reads of funding: what fits an enterprise, the voucher's machine checks, queues, the
pool."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from dengta.accounts.queries import Actor
from dengta.assessment import facts as assessment_facts
from dengta.core.granting import Granted, grant
from dengta.core.money import yuan
from dengta.core.rules import Verdict, read_facts
from dengta.core.schemes import Scheme
from dengta.core.shapes import FactValue, Fund, Text
from dengta.core.wording import said_day
from dengta.funding import facts as funding_facts
from dengta.funding.models import GRANTED_STATES, Claim, Instalment
from dengta.funding.models import Voucher as Voucher
from dengta.funding.queries.budgets import (
    CAPS,
    budget_code,
    fund_for,
    payable_code,
    scheme_of,
    schemes_on,
    yearly_code,
)
from dengta.ledger import queries as ledger
from dengta.registry import facts as registry_facts
from dengta.registry.models import Organisation
from dengta.registry.queries import (
    officials_for,
    policy,
    related,
    rulebook,
    suppliers,
    within,
)
from dengta.trail.actions import StepRefused
from dengta.trail.models import Document

PROGRAMME = "cloud_voucher"
SCHEME = "cloud-voucher"
INCOMING = "bank/incoming"
"""The account of what was paid and came back."""


def facts_of(organisation: Organisation, day: dt.date) -> dict[str, FactValue]:
    """Everything known of an organisation, from the registry up; upper floors know better."""
    return (
        registry_facts.facts_of(organisation, day)
        | assessment_facts.facts_of(organisation, day)
        | funding_facts.facts_of(organisation, day)
    )


def fits(organisation: Organisation, day: dt.date) -> list[Verdict]:
    """Every programme in force, decided for an organisation."""
    return rulebook(day.toordinal()).decide(facts_of(organisation, day))


def verdict_for(
    organisation: Organisation,
    day: dt.date,
    stated: Mapping[str, FactValue],
    programme: str = PROGRAMME,
) -> Verdict:
    """A voucher programme, decided with what an application states on top of what is known."""
    known = facts_of(organisation, day) | dict(stated)
    return rulebook(day.toordinal()).decide(known, programme)[0]


def replayed(voucher: Voucher) -> Verdict | None:
    """The verdict of an application, decided again from the facts it saw.

    None before submission, and when the policy has changed since: then only the stored words stand.
    """
    stored = voucher.verdict
    if not stored or stored["policy_digest"] != policy().digest:
        return None
    day = dt.date.fromisoformat(stored["as_of"])
    facts = read_facts(policy(), stored["facts"])
    return rulebook(day.toordinal()).decide(facts, voucher.programme)[0]


def fund_of(year: int) -> Fund | None:
    """The voucher pool of a year, if the policy has one."""
    return fund_for(PROGRAMME, year)


def pool_code(fund: Fund) -> str:
    """The ledger account of a pool."""
    return budget_code(fund.id)


def cap_code(year: int, uscc: str) -> str:
    """The ledger account that holds what one enterprise may still be given in one year."""
    return yearly_code(PROGRAMME, year, uscc)


# ---------------------------------------------------------------- what a scheme gives


def scheme_on(id: str, day: dt.date) -> Scheme:
    """The edition of a scheme that is in force on a day. StepRefused when there is none."""
    for scheme in schemes_on(day):
        if scheme.id == id:
            return scheme
    raise StepRefused(
        Text(
            f"{said_day(day).zh} 没有生效的办法“{id}”，不能办理。请查看政策清单中现行的办法。",
            f"No edition of “{id}” is in force on {said_day(day).en}. See the policies in force.",
        )
    )


def edition(id: str) -> Scheme:
    """A scheme by the name of its edition. KeyError if the policy has none of that name."""
    return scheme_of(id)


def voucher_schemes(day: dt.date) -> list[Scheme]:
    """The schemes that give vouchers on a day, those of the province before the samples."""
    found = [scheme for scheme in schemes_on(day) if scheme.kind == "voucher"]
    return sorted(found, key=lambda scheme: scheme.sample)


def rates_by_depth(day: dt.date) -> Mapping[str, int]:
    """The subsidy rate of each cloud depth on a day, in basis points."""
    rate = scheme_on(SCHEME, day).rate
    return rate.rows if rate else {}


def terms_of(scheme: Scheme) -> list[dict[str, str]]:
    """The terms of sanction of a scheme, as an application keeps them."""
    return [text._asdict() for text in scheme.sanction]


def earlier(organisations: Iterable[int], scheme: Scheme) -> dict[int, int]:
    """How many vouchers firms were granted before by a scheme's programme; one query."""
    rows = Voucher.objects.filter(
        organisation__in=list(organisations),
        programme=scheme.programme,
        state__in=GRANTED_STATES,
    )
    counted = rows.values_list("organisation").annotate(n=models.Count("id"))
    return dict(counted.order_by())


def granted_by(
    organisation: Organisation,
    scheme: Scheme,
    year: int,
    facts: Mapping[str, FactValue],
    spend_fen: int,
) -> Granted:
    """What a scheme gives for what a firm has spent and paid, with its steps."""
    return grant(
        scheme,
        spend_fen,
        facts,
        paid_fen=spend_fen,
        earlier=earlier([organisation.pk], scheme).get(organisation.pk, 0),
        year_left_fen=granted_left(organisation, scheme, year),
    )


def granted_left(organisation: Organisation, scheme: Scheme, year: int) -> int | None:
    """What a scheme's yearly cap leaves a firm, in 分, by the account that its vouchers and claims
    draw on; None without a cap. What the policy has raised the cap by since is counted in."""
    cap = scheme.yearly_cap_fen
    if cap is None:
        return None
    code = yearly_code(scheme.programme, year, organisation.uscc)
    account = ledger.balance(code)
    if account is None:
        return cap
    allowed = ledger.posted(CAPS, [code]).get(code, 0)
    return (account.left_fen or 0) + max(cap - allowed, 0)


def sanctioned(organisations: Iterable[int], day: dt.date) -> set[int]:
    """Which of some organisations are under a sanction on a day; one query."""
    rows = Organisation.objects.filter(
        pk__in=list(organisations),
        sanctions__from_date__lte=day,
        sanctions__until_date__gte=day,
        sanctions__lifted_at=None,
    )
    return set(rows.values_list("pk", flat=True))


def redemption_code(voucher: Voucher) -> str:
    """抵扣码: the number with a check that only the platform can make. The holder says it to the
    supplier that may set the voucher off; a number alone, which can be guessed, opens nothing."""
    check = salted_hmac("dengta.voucher", voucher.number, algorithm="sha256").hexdigest()
    return f"{voucher.number}-{check[:8].upper()}"


def by_redemption_code(code: str) -> Voucher | None:
    """An issued voucher by the code that its holder says, whatever case or blanks."""
    plain = "".join(code.split()).upper()
    found = re.fullmatch(r"YQ(\d{4})-?(\d{6,12})-?([0-9A-F]{8})", plain)
    if found is None:
        return None
    rows = Voucher.objects.select_related("organisation", "supplier")
    held = rows.filter(pk=int(found[2]), year=int(found[1]), state="issued").first()
    if held is None or not constant_time_compare(redemption_code(held)[-8:], found[3]):
        return None
    return held


def redemptions(voucher: Voucher) -> models.QuerySet[Claim]:
    """The claims that draw on a voucher, the first first."""
    return voucher.claims.prefetch_related("instalments").order_by("id")


def counted_spend_fen(voucher: Voucher) -> int:
    """What counts as spend: the invoices, but never more than the firm really paid, in 分."""
    return min(sum(i.amount_fen for i in voucher.invoices.all()), voucher.paid_by_firm_fen)


def estimate(voucher: Voucher) -> Verdict | None:
    """What a draft would be decided as today; None while depth or spend are still open."""
    spend = counted_spend_fen(voucher)
    if not voucher.depth or not spend:
        return None
    stated: dict[str, FactValue] = {"cloud_depth": voucher.depth, "cloud_spend_fen": spend}
    return verdict_for(voucher.organisation, today(), stated)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the machine checked: `ok`, or an exception an official should look at."""

    ok: bool
    text: Text


def findings(voucher: Voucher) -> list[Finding]:
    """What the machine saw on an application, exceptions first."""
    invoices = list(voucher.invoices.all())
    late = [i for i in invoices if i.invoice_date.year != voucher.year]
    supplier = voucher.supplier
    listed = supplier is not None and (
        suppliers(timezone.localdate(voucher.submitted_at or timezone.now()))
        .filter(pk=supplier.pk)
        .exists()
    )
    linked = supplier is not None and related(voucher.organisation, supplier) is not None
    total = sum(i.amount_fen for i in invoices)
    paid = voucher.paid_by_firm_fen
    papers = [voucher.contract, voucher.invoice_file, voucher.payment_proof, voucher.item_list]
    prints = [d.fingerprint for d in papers if d is not None]
    same = (
        Voucher.objects.exclude(pk=voucher.pk)
        .exclude(organisation=voucher.organisation)
        .filter(
            models.Q(contract__fingerprint__in=prints)
            | models.Q(invoice_file__fingerprint__in=prints)
            | models.Q(payment_proof__fingerprint__in=prints)
        )
        .order_by("id")
        .first()
    )
    found = [
        Finding(
            not late,
            Text(
                f"{len(late)} 张发票不是 {voucher.year} 年开具",
                f"{len(late)} invoices are not of {voucher.year}",
            )
            if late
            else Text(f"发票均为 {voucher.year} 年开具", f"All invoices are of {voucher.year}"),
        ),
        Finding(
            listed,
            Text("供应商在本年度上云服务供应商名单内", "The supplier is on this year's list")
            if listed
            else Text("供应商不在本年度名单内", "The supplier is not on this year's list"),
        ),
        Finding(
            not linked,
            Text(
                "企业与供应商的法定代表人、电话或地址相同",
                "Firm and supplier share legal person, phone or address",
            )
            if linked
            else Text("未发现企业与供应商关联", "No link between firm and supplier found"),
        ),
        Finding(
            paid >= total,
            Text(
                f"实付 {yuan(paid)} 元，发票合计 {yuan(total)} 元",
                f"Paid {yuan(paid)} yuan, invoices {yuan(total)} yuan",
            ),
        ),
        Finding(
            same is None,
            Text(
                f"与 {same.number} 的材料完全相同", f"A paper is identical to one of {same.number}"
            )
            if same
            else Text("材料指纹未与其他企业重复", "No paper is the same as another firm's"),
        ),
    ]
    return sorted(found, key=lambda finding: finding.ok)


def exceptions(voucher: Voucher) -> list[Text]:
    """What did not fit at submission, as stored; a queue of any length asks nothing more."""
    return [Text(found["zh"], found["en"]) for found in voucher.exceptions]


def vouchers_of(organisation_id: int) -> models.QuerySet[Voucher]:
    """An enterprise's vouchers, newest first."""
    return (
        Voucher.objects.select_related("organisation", "supplier")
        .filter(organisation_id=organisation_id)
        .order_by("-id")
    )


def supplied_by(organisation_id: int) -> models.QuerySet[Voucher]:
    """Submitted vouchers that name a provider as the supplier, newest first."""
    return (
        Voucher.objects.select_related("organisation", "supplier")
        .filter(supplier_id=organisation_id)
        .exclude(state="draft")
        .order_by("-id")
    )


def visible(actor: Actor, pk: int) -> Voucher:
    """One voucher, if the actor may see it. Voucher.DoesNotExist otherwise."""
    voucher = Voucher.objects.select_related(
        "organisation", "supplier", "contract", "invoice_file", "payment_proof", "item_list"
    ).get(pk=pk)
    mine = actor.organisation_id == voucher.organisation_id or (
        actor.organisation_id == voucher.supplier_id and voucher.submitted_at is not None
    )
    if mine or (actor.covers(voucher.case_region) and voucher.submitted_at):
        return voucher
    raise Voucher.DoesNotExist


def queue(actor: Actor) -> models.QuerySet[Voucher]:
    """What waits for an official: the states that the actor's roles own, in the territory,
    oldest first."""
    flow = Voucher.flow
    rows = Voucher.objects.select_related("organisation", "supplier").prefetch_related("invoices")
    if not actor.official:
        return rows.none()
    rows = within_region(rows, actor.region)
    own = [s.id for s in flow.states if s.owner == actor.role]
    wanted = models.Q(state__in=own)
    if actor.role == "city":  # a division without counties does the county's work itself
        county = [s.id for s in flow.states if s.owner == "county"]
        wanted |= models.Q(state__in=county, organisation__region_code=actor.region)
    return rows.filter(wanted).order_by("state_since", "id")


def in_territory(actor: Actor) -> models.QuerySet[Voucher]:
    """Every submitted voucher in an official's territory, newest first."""
    rows = Voucher.objects.select_related("organisation", "supplier").exclude(submitted_at=None)
    if not actor.official:
        return rows.none()
    return within_region(rows, actor.region).order_by("-state_since", "-id")


def within_region(rows: models.QuerySet[Voucher], region: str) -> models.QuerySet[Voucher]:
    """Narrow vouchers to the enterprises of a region."""
    return rows.filter(organisation__in=within(Organisation.objects.all(), region).values("pk"))


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool as the ledger has it, in 分: given, issued (less what came back), left; of what was
    issued, what has been paid."""

    fund: Fund
    given_fen: int
    issued_fen: int
    paid_fen: int

    @property
    def left_fen(self) -> int:
        """What can still be issued."""
        return self.given_fen - self.issued_fen

    @property
    def held_fen(self) -> int:
        """Issued, and not paid yet."""
        return self.issued_fen - self.paid_fen


def pool(year: int, programme: str = PROGRAMME) -> Pool | None:
    """The pool of a year; None when the policy has none or it was never opened."""
    fund = fund_for(programme, year)
    code = pool_code(fund) if fund else ""
    balance = ledger.balance(code)
    if fund is None or balance is None:
        return None
    back = ledger.posted("voucher/", [code]).get(code, 0)
    paid = Instalment.objects.filter(
        claim__voucher__year=year, claim__voucher__programme=programme, claim__state="paid"
    ).aggregate(total=models.Sum("amount_fen"))
    return Pool(
        fund,
        balance.credits_posted_fen - back,
        balance.debits_posted_fen + balance.debits_pending_fen - back,
        paid["total"] or 0,
    )


def owners_of(voucher: Voucher) -> list[int]:
    """The officials who have the voucher now."""
    owner = voucher.flow.state(voucher.state).owner
    if owner in ("county", "city", "province"):
        return officials_for(owner, voucher.case_region)
    return []


def today() -> dt.date:
    """The date here."""
    return timezone.localdate()


PAPERS = ("contract", "invoice_file", "payment_proof", "item_list")
"""The papers that are handed in with a voucher."""
_NAMES = (Text("合同", "Contract"), Text("发票", "Invoices"), Text("付款凭证", "Proof of payment"),
          Text("清单", "List of items"))  # fmt: skip


def papers_for(actor: Actor, pk: int) -> list[tuple[Text, Document]]:
    """The papers of a voucher with what each is, if the actor may see it; else none."""
    try:
        voucher = visible(actor, pk)
    except Voucher.DoesNotExist:
        return []
    held = ((said, getattr(voucher, name)) for name, said in zip(PAPERS, _NAMES, strict=True))
    return [(said, paper) for said, paper in held if paper is not None]


def document_for(actor: Actor, pk: int) -> Document | None:
    """A document, if it belongs to a voucher that the actor may see; else None."""
    holding = Voucher.objects.filter(
        models.Q(contract=pk)
        | models.Q(invoice_file=pk)
        | models.Q(payment_proof=pk)
        | models.Q(item_list=pk)
    )
    for voucher_id in holding.values_list("pk", flat=True):
        try:
            visible(actor, voucher_id)
        except Voucher.DoesNotExist:
            continue
        return Document.objects.get(pk=pk)
    return None


# ---------------------------------------------------------------- what stands in the books


def pool_codes(programme: str) -> list[str]:
    """The accounts of the pools that the policy has for a programme, the latest year first."""
    funds = [fund for fund in policy().funds if fund.programme == programme]
    return [pool_code(fund) for fund in sorted(funds, key=lambda fund: -fund.year)]


def programmes_with_money() -> list[str]:
    """The programmes that the policy has pools for."""
    return sorted({fund.programme for fund in policy().funds})


def holder_of(account: str, actor: Actor) -> Organisation | None:
    """The organisation that an account of the ledger belongs to (a voucher's to its holder), if an
    official covers it."""
    if not actor.official:
        return None
    seen = within(Organisation.objects.all(), actor.region)
    if number := re.fullmatch(r"voucher/YQ\d{4}-(\d{6,})", account):
        return seen.filter(
            pk__in=Voucher.objects.filter(pk=number[1]).values("organisation")
        ).first()
    return seen.filter(uscc__in=account.split("/")).first()


def firms_like(words: str, actor: Actor, most: int) -> list[Organisation]:
    """Organisations in an official's territory by code, or by a part of the name; at most so
    many."""
    words = words.strip()
    if not words or not actor.official:
        return []
    code = "".join(words.split()).upper()
    named = models.Q(uscc=code) | models.Q(name__contains=words)
    return list(
        within(Organisation.objects.all(), actor.region).filter(named).order_by("uscc")[:most]
    )


def matters(actor: Actor, abouts: Iterable[str]) -> dict[str, int]:
    """What the ledger says that transfers are `about` (a voucher, or a claim that redeems one) ->
    the id of the voucher, as far as the actor may see that; two queries for any number."""
    found = [re.fullmatch(r"(YQ|SL)\d{4}-(\d{6,})", about) for about in set(abouts)]
    ids: dict[str, list[int]] = {"YQ": [], "SL": []}
    for number in filter(None, found):
        ids[number[1]].append(int(number[2]))
    claims = Claim.objects.filter(pk__in=ids["SL"], voucher__isnull=False).only("year", "voucher")
    drawing = {claim.number: claim.voucher_id or 0 for claim in claims}
    rows = Voucher.objects.filter(pk__in=[*ids["YQ"], *drawing.values()])
    if actor.official:
        rows = within_region(rows.exclude(submitted_at=None), actor.region)
    else:
        rows = rows.filter(organisation_id=actor.organisation_id)
    seen = {voucher.number: voucher.pk for voucher in rows.only("year")}
    return seen | {about: pk for about, pk in drawing.items() if pk in seen.values()}


@dataclass(frozen=True, slots=True)
class Money:
    """What a firm's money has come to in all, in 分: vouchers granted and not redeemed yet; set
    aside for it or owed to it (less what was taken back); paid; `allowance_fen` is what the year's
    cap leaves, None before anything was granted in it."""

    open_fen: int
    due_fen: int
    paid_fen: int
    allowance_fen: int | None

    @property
    def redeemed_fen(self) -> int:
        """Redeemed, paid or not."""
        return self.due_fen + self.paid_fen


def money_of(uscc: str, year: int) -> Money:
    """What the ledger says of a firm's money, and its vouchers."""
    owed, cap = ledger.balance(payable_code(uscc)), ledger.balance(cap_code(year, uscc))
    moved = ledger.turnover(payable_code(uscc))
    live = Voucher.objects.filter(organisation__uscc=uscc, state="issued").aggregate(
        left=models.Sum(models.F("granted_fen") - models.F("redeemed_fen"))
    )

    def sums(side: str, *steps: str) -> int:
        return sum(moved.get((side, step), 0) for step in steps)

    back = ledger.posted(INCOMING, [payable_code(uscc)]).get(payable_code(uscc), 0)
    credited = sums("credit", "post", "settle") - sums("debit", "reverse") - back
    paid = sums("debit", "post", "settle") - sums("credit", "reverse") - back
    return Money(
        live["left"] or 0,
        (owed.credits_pending_fen if owed else 0) + credited - paid,
        paid,
        cap.left_fen if cap else None,
    )
