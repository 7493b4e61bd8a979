"""Shared reads of finance: which products fit a firm, requests and their queue, white lists with
what the bank answered, the fund's pipeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.loans import LoanProduct
from dengta.core.rules import Verdict
from dengta.core.shapes import Text
from dengta.funding.models import FundProject as FundProject
from dengta.funding.models import LoanRequest as LoanRequest
from dengta.funding.models import WhiteList as WhiteList
from dengta.funding.models import WhiteListRow as WhiteListRow
from dengta.funding.queries.vouchers import facts_of
from dengta.registry.models import Organisation
from dengta.registry.queries import policy, rulebook, within
from dengta.rights.queries import Grant, grant_for

Requests = models.QuerySet[LoanRequest]


def purpose_of(product: str) -> str:
    """The purpose of a grant that lets a bank see a firm's data for a product."""
    return f"loan/{product}"


def product_of_purpose(purpose: str) -> str:
    """The product that a grant is for; empty when it is for something else."""
    kind, _, product = purpose.partition("/")
    return product if kind == "loan" else ""


def product_name(id: str) -> Text:
    """A product's name; its id where the policy no longer has it."""
    try:
        return policy().loan(id).name
    except KeyError:
        return Text(id, id)


def products_on(day: dt.date) -> list[LoanProduct]:
    """The products in force on a day, loans first."""
    found = (product for product in policy().loans if product.in_force.holds(day))
    return sorted(found, key=lambda product: (product.kind == "fund", product.id))


def open_product(id: str, day: dt.date, kind: str) -> LoanProduct:
    """One product of a kind that is in force on a day. KeyError if there is none."""
    product = policy().loan(id)
    if product.kind != kind or not product.in_force.holds(day):
        raise KeyError(id)
    return product


def fitting(organisation: Organisation, day: dt.date) -> dict[str, Verdict]:
    """How the conditions of each loan product are decided for a firm, by product."""
    facts, book = facts_of(organisation, day), rulebook(day.toordinal())
    return {
        product.id: book.decide(facts, product.programme)[0]
        for product in products_on(day)
        if product.programme in book.rules
    }


def grant_of(organisation_id: int, product: str, bank: str, day: dt.date) -> Grant | None:
    """The authorisation in force that lets a bank see a firm's data for a product."""
    return grant_for(organisation_id, bank, purpose_of(product), day)


# ---------------------------------------------------------------- requests


def _requests() -> Requests:
    return LoanRequest.objects.select_related("organisation", "row__white_list")


def requests_of(organisation_id: int) -> Requests:
    """A firm's requests, newest first."""
    return _requests().filter(organisation_id=organisation_id).order_by("-id")


def _seen(actor: Actor) -> Requests:
    if not actor.official:
        return LoanRequest.objects.none()
    firms = within(Organisation.objects.all(), actor.region)
    return _requests().filter(organisation__in=firms.values("pk"))


def request_queue(actor: Actor) -> Requests:
    """What waits for an office: the states that it owns, in its territory, the oldest first. A
    division without counties does the county's work, too."""
    flow = LoanRequest.flow
    own = [state.id for state in flow.states if state.owner == actor.role]
    wanted = models.Q(state__in=own)
    if actor.role == "city":
        county = [state.id for state in flow.states if state.owner == "county"]
        wanted |= models.Q(state__in=county, organisation__region_code=actor.region)
    return _seen(actor).filter(wanted).order_by("state_since", "id")


def request_list(actor: Actor) -> Requests:
    """Every request in an official's territory, newest first."""
    return _seen(actor).order_by("-state_since", "-id")


def request_for(actor: Actor, pk: int) -> LoanRequest:
    """One request that an actor may see. LoanRequest.DoesNotExist for any other."""
    if actor.official:
        return _seen(actor).get(pk=pk)
    return requests_of(actor.organisation_id).get(pk=pk)


@dataclass(frozen=True, slots=True)
class Pledged:
    """The same contract named in a request of the same firm at another bank."""

    number: str
    bank_name: str
    product: Text
    state: Text


def pledged_elsewhere(rows: Iterable[LoanRequest]) -> dict[int, list[Pledged]]:
    """For each request the others of the same firm that rest on the same contract at another bank,
    as long as they are alive or drawn. One query for any number."""
    found: dict[int, list[Pledged]] = {row.pk: [] for row in rows}
    keyed = [row for row in rows if row.contract_key]
    ended = ("refused", "declined", "withdrawn")
    others = LoanRequest.objects.filter(
        contract_key__in={row.contract_key for row in keyed}
    ).exclude(state__in=ended)
    same: dict[tuple[int, str], list[LoanRequest]] = {}
    for other in others.order_by("id") if keyed else ():
        same.setdefault((other.organisation_id, other.contract_key), []).append(other)
    for row in keyed:
        for other in same.get((row.organisation_id, row.contract_key), ()):
            if other.pk != row.pk and other.bank != row.bank:
                state = other.flow.state(other.state).name
                name = product_name(other.product)
                found[row.pk].append(Pledged(other.number, other.bank_name, name, state))
    return found


# ---------------------------------------------------------------- white lists


def white_lists(actor: Actor) -> models.QuerySet[WhiteList]:
    """The lists, newest first, each with how many rows and answers; they are the province's."""
    rows = WhiteList.objects.annotate(
        size=models.Count("rows"),
        answered=models.Count("rows", filter=~models.Q(rows__answer="none")),
    ).order_by("-id")
    return rows if actor.role == "province" else rows.none()


def white_list_for(actor: Actor, pk: int) -> WhiteList:
    """One list that an official may see. WhiteList.DoesNotExist for any other."""
    return white_lists(actor).select_related("file").get(pk=pk)


def rows_of(white_list: WhiteList) -> models.QuerySet[WhiteListRow]:
    """The rows of a list in the order they were put in, with firm and authorisation."""
    return white_list.rows.select_related("request__organisation", "grant").order_by("id")


def not_live(rows: Iterable[WhiteListRow], day: dt.date) -> list[WhiteListRow]:
    """The rows whose authorisation allows nothing more to be handed out on a day."""
    return [row for row in rows if not row.grant.live_on(day)]


def lapsed_in_file(
    white_list: WhiteList, rows: Iterable[WhiteListRow], day: dt.date
) -> list[WhiteListRow]:
    """The rows in the file of a list whose authorisation has ended since it was made: while there
    are any, it must not be handed out. Those that had ended before are not in it."""
    made = white_list.file_at
    if made is None:
        return []
    made_day = timezone.localdate(made)
    return [
        row
        for row in not_live(rows, day)
        if row.grant.until_date >= made_day
        and (row.grant.revoked_at is None or row.grant.revoked_at >= made)
    ]


def ready(day: dt.date) -> list[tuple[LoanProduct, str, int, int]]:
    """What can be listed: product, bank, how many recommended requests that are on no
    list, and how many of them have an authorisation in force. Two queries."""
    waiting = LoanRequest.objects.filter(state="recommended", row=None).values_list(
        "organisation_id", "product", "bank"
    )
    rows = list(waiting)
    live = set(
        Grant.objects.filter(
            organisation_id__in={row[0] for row in rows},
            revoked_at=None,
            from_date__lte=day,
            until_date__gte=day,
        ).values_list("organisation_id", "recipient", "purpose")
    )
    counts: dict[tuple[str, str], list[int]] = {}
    for firm, product, bank in rows:
        count = counts.setdefault((product, bank), [0, 0])
        count[0] += 1
        count[1] += (firm, bank, purpose_of(product)) in live
    return [
        (product, bank.id, *counts.get((product.id, bank.id), (0, 0)))
        for product in products_on(day)
        if product.kind == "loan"
        for bank in product.banks
    ]


# ---------------------------------------------------------------- the fund


def fund_projects(actor: Actor) -> models.QuerySet[FundProject]:
    """The projects in an official's territory, those that wait longest first."""
    if not actor.official:
        return FundProject.objects.none()
    firms = within(Organisation.objects.all(), actor.region)
    rows = FundProject.objects.select_related("organisation")
    return rows.filter(organisation__in=firms.values("pk")).order_by("state_since", "id")


def fund_project_for(actor: Actor, pk: int) -> FundProject:
    """One project that an official may see. FundProject.DoesNotExist for any other."""
    return fund_projects(actor).get(pk=pk)


def fund_projects_of(organisation_id: int) -> models.QuerySet[FundProject]:
    """A firm's own projects, newest first."""
    return FundProject.objects.filter(organisation_id=organisation_id).order_by("-id")


def pipeline(actor: Actor) -> Mapping[str, tuple[int, int]]:
    """The pipeline in an official's territory: state -> how many, and 分 (decided where decided,
    else asked)."""
    rows = fund_projects(actor).order_by().values("state")
    sums = rows.annotate(
        many=models.Count("pk"),
        fen=models.Sum(models.functions.Coalesce("decided_fen", "asked_fen")),
    )
    return {row["state"]: (row["many"], int(row["fen"])) for row in sums}
