"""Shared reads of the registry, and the policy that the province runs on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast

from dengta.accounts.models import Post, User
from dengta.accounts.queries import Actor, territory
from dengta.accounts.queries import officials_for as officials_for
from dengta.core.codes import normal_uscc
from dengta.core.identifiers import IdentifierCode, longest_owner, read_identifier
from dengta.core.rules import Rulebook, unchanged_since
from dengta.core.shapes import Region, Text
from dengta.core.wording import said_day
from dengta.registry.models import (
    ExpertProfile,
    Identifier,
    Invite,
    Membership,
    Organisation,
    Prefix,
    ProviderRole,
    Sanction,
    Tie,
    Title,
)
from dengta.trail.queries import policy as policy

THINGS = Identifier.Thing.choices
"""What an identifier can stand for, as a form offers it."""


@lru_cache(maxsize=64)
def rulebook(day_ordinal: int) -> Rulebook:
    """The programmes in force on a day, compiled once for all days between two changes of theirs.
    The day as an ordinal so that it can be a cache key."""
    day = dt.date.fromordinal(day_ordinal)
    return _compiled(policy().digest, unchanged_since(policy(), day)).on(day)


@lru_cache(maxsize=8)
def _compiled(digest: str, since: dt.date) -> Rulebook:
    return Rulebook(policy(), since)


def region_name(code: str) -> Text:
    """A region's name; the code itself where the policy does not know it."""
    region = policy().regions.get(code)
    return region.name if region else Text(code, code)


def division_of(code: str) -> str:
    """The code of the division (市州) that a region code lies in: 420102 -> 420100, 429004 ->
    itself."""
    regions = policy().regions
    region = regions.get(code)
    while region and region.level == "county":
        region = regions.get(region.parent)
    return region.code if region else code


def province_code() -> str:
    """The province's own code."""
    return next(code for code, region in policy().regions.items() if region.level == "province")


def divisions() -> list[Region]:
    """The divisions of the province in the order of their codes."""
    return [r for r in policy().regions.values() if r.level == "city"]


def choosable_regions() -> list[Region]:
    """The regions a firm can be registered in: counties, and divisions that have none."""
    regions = policy().regions
    parents = {r.parent for r in regions.values()}
    return [
        r
        for r in regions.values()
        if r.level == "county" or (r.level == "city" and r.code not in parents)
    ]


def industry_name(code: str) -> Text:
    """The GB/T 4754 division that an industry code of any length lies in."""
    digits = code.lstrip("ABCDEFGHIJKLMNOPQRST")
    industry = policy().industries.get(digits[:2])
    return industry.name if industry else Text(code, code)


def role_of(title: str, day: dt.date) -> str:
    """The role of a provider that a title admits to (`provider_title_roles` of the practice, pairs
    like `cloud_supplier:cloud_vendor`); empty for none. Where the application's form asks for the
    role, what it says stands before this."""
    return role_titles(day).get(title, "")


def role_titles(day: dt.date) -> dict[str, str]:
    """The titles that admit providers, each with its role."""
    pairs = policy().practised_words("provider_title_roles", day)
    return dict(pair.split(":", 1) for pair in pairs)


def roles_of(organisation: Organisation, day: dt.date) -> list[ProviderRole]:
    """The roles in which a provider may take on work on a day, the latest first; one that was
    given twice by one award stands once."""
    rows = ProviderRole.objects.filter(organisation=organisation, from_date__lte=day)
    held = rows.filter(_holds_on("until_date", day)).order_by("from_date", "-role")
    latest = {(role.role, role.award): role for role in held}
    return sorted(latest.values(), key=lambda role: (-role.from_date.toordinal(), role.role))


def providers_in(roles: Iterable[str], day: dt.date) -> models.QuerySet[Organisation]:
    """The providers that hold one of some roles on a day and are not under sanction, by code."""
    held = ProviderRole.objects.filter(
        _holds_on("until_date", day), role__in=list(roles), from_date__lte=day
    )
    found = Organisation.objects.filter(
        pk__in=held.values("organisation"), kind=Organisation.Kind.PROVIDER
    )
    return found.exclude(pk__in=sanctioned(day)).order_by("uscc")


def roles_resting(organisation: Organisation, day: dt.date) -> list[ProviderRole]:
    """The roles that rest on a day though their title holds: what it was given for is to be
    rectified."""
    titles = Title.objects.filter(
        organisation=organisation, title__in=role_titles(day), awarded_date__lte=day
    )
    held = {
        (one.awarded_date, one.document[:40])
        for one in titles.filter(_holds_on("expires_date", day))
    }
    rows = ProviderRole.objects.filter(organisation=organisation, until_date__lt=day)
    return [one for one in rows.order_by("role") if (one.from_date, one.award) in held]


def _holds_on(last: str, day: dt.date) -> models.Q:
    return models.Q(**{last: None}) | models.Q(**{f"{last}__gte": day})


def actor_of(user: User) -> Actor | None:
    """Who a signed-in user acts as: a post in the administration first, else the organisation."""
    post = Post.objects.filter(user=user).order_by("id").first()
    if post is not None:
        return Actor(user.pk, str(user), post.role, post.region_code)
    organisation = Organisation.objects.filter(members__user=user).order_by("id").first()
    if organisation is None:
        return None
    return Actor(user.pk, str(user), organisation.kind, organisation.region_code, organisation.pk)


def people_of(organisation_id: int) -> list[int]:
    """Ids of the users who act for an organisation."""
    return list(
        User.objects.filter(
            pk__in=Organisation.objects.filter(pk=organisation_id).values("members__user")
        ).values_list("pk", flat=True)
    )


def people_of_all(organisations: Iterable[int]) -> dict[int, list[int]]:
    """The users who act for organisations, by organisation; one query."""
    rows = Organisation.objects.filter(pk__in=list(organisations))
    found: dict[int, list[int]] = {}
    for pk, user in rows.values_list("pk", "members__user").order_by("members__id"):
        if user is not None:
            found.setdefault(pk, []).append(user)
    return found


def members_of(actor: Actor) -> models.QuerySet[Membership]:
    """Who acts for the actor's organisation, in the order they came."""
    found = Membership.objects.filter(organisation_id=actor.organisation_id)
    return found.select_related("user").order_by("id")


def invites_of(actor: Actor, now: dt.datetime) -> models.QuerySet[Invite]:
    """The organisation's invitations that can still be used."""
    mine = Invite.objects.filter(organisation_id=actor.organisation_id, expires_at__gt=now)
    return mine.filter(used_at=None, revoked_at=None).order_by("id")


def within(
    organisations: models.QuerySet[Organisation], region: str, path: str = ""
) -> models.QuerySet[Organisation]:
    """Narrow organisations to a region and all below it."""
    return organisations.filter(**{f"{path}region_code__startswith": territory(region)})


def holding(titles: Iterable[str], day: dt.date) -> models.QuerySet[Title, Any]:
    """Ids of the organisations that hold one of the titles on a day, as a subquery."""
    live = Title.objects.filter(title__in=list(titles), awarded_date__lte=day).filter(
        models.Q(expires_date=None) | models.Q(expires_date__gte=day)
    )
    return live.values("organisation")


def related(one: Organisation, other: Organisation) -> Text | None:
    """What two organisations share that makes them related parties; None if nothing was found."""
    shared = (
        ("legal_person", Text("法定代表人相同", "They share the legal person")),
        ("phone", Text("电话相同", "They share a phone number")),
        ("address", Text("地址相同", "They share an address")),
    )
    for field, text in shared:
        if getattr(one, field) and getattr(one, field) == getattr(other, field):
            return text
    return None


def in_force(day: dt.date, region: str = "") -> models.QuerySet[Sanction]:
    """The sanctions that bind on a day, of a region and all below it or everywhere: begun, not past
    their end, not lifted by then."""
    begun = Sanction.objects.filter(from_date__lte=day, until_date__gte=day)
    begun = begun.filter(organisation__region_code__startswith=territory(region))
    return begun.filter(models.Q(lifted_at=None) | models.Q(lifted_at__date__gt=day))


def sanctions_of(organisation: Organisation, day: dt.date) -> models.QuerySet[Sanction]:
    """What an organisation is under sanction for on a day; empty when it may ask again."""
    return in_force(day).filter(organisation=organisation)


def sanctioned(day: dt.date) -> models.QuerySet[Sanction, Any]:
    """Ids of the organisations under sanction on a day, as a subquery."""
    return in_force(day).values("organisation")


def barred(organisation: Organisation, held: Sanction) -> Text:
    """What an organisation under sanction is told: why, until when, and how to be heard."""
    until, again = said_day(held.until_date), said_day(held.until_date + dt.timedelta(days=1))
    return Text(
        f"{organisation.name}被限制申报至 {until.zh}：{held.grounds}（{held.document_number}）。"
        f"自 {again.zh} 起可以重新申报。"
        "认为有误或已经改正的，请凭文号向作出决定的部门申诉或申请提前解除。",
        f"{organisation.name} is barred until {until.en}: {held.grounds}"
        f" ({held.document_number}). It may apply again from {again.en}. If this is wrong or"
        " has been mended, appeal to the office that decided, or ask it to lift the bar, quoting"
        " the document.",
    )


def suppliers(day: dt.date) -> models.QuerySet[Organisation]:
    """Providers that stand on the list of cloud suppliers (上云服务供应商) on a day and are not
    under sanction."""
    listed = Organisation.objects.filter(
        kind=Organisation.Kind.PROVIDER, pk__in=holding(("cloud_supplier",), day)
    )
    return listed.exclude(pk__in=sanctioned(day)).order_by("name")


def titles_on(organisation: Organisation, day: dt.date) -> frozenset[str]:
    """The titles that an organisation holds on a day."""
    return frozenset(
        title.title
        for title in organisation.titles.all()
        if title.awarded_date <= day and (title.expires_date is None or day <= title.expires_date)
    )


def holders(titles: Iterable[str], day: dt.date) -> models.QuerySet[Title, Any]:
    """Ids of the organisations that hold any of some titles on a day, as a subquery."""
    held = Title.objects.filter(title__in=list(titles), awarded_date__lte=day)
    return held.filter(models.Q(expires_date=None) | models.Q(expires_date__gte=day)).values(
        "organisation"
    )


def profile_of(actor: Actor) -> ExpertProfile | None:
    """What an expert has stated about themself, if anything."""
    return ExpertProfile.objects.filter(user_id=actor.user_id).first()


def ties_of(actor: Actor) -> models.QuerySet[Tie]:
    """The ties that somebody has declared and not taken back."""
    return Tie.objects.filter(user_id=actor.user_id, withdrawn_at=None).order_by("name", "id")


def organisation_of(actor: Actor) -> Organisation:
    """The organisation an actor speaks for. Organisation.DoesNotExist if there is none."""
    return Organisation.objects.get(pk=actor.organisation_id)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of a question to the resolver: the object if it is ours and public, else the
    address that was told to ask (empty when nobody is known)."""

    code: IdentifierCode
    found: Identifier | None = None
    node: str = ""


def owning_prefix(code: IdentifierCode) -> Prefix | None:
    """The registered prefix that a code stands under."""
    rows = Prefix.objects.select_related("organisation").filter(code__in=code.owners())
    there = {row.code: row for row in rows}
    return there.get(longest_owner(code, there) or "")


def resolve(written: str) -> Resolved:
    """Look an identifier up. What is ours is answered here, another node's by the node of its
    prefix, what nobody knows by the node that is configured. IdentifierFault for no identifier."""
    code = read_identifier(written)
    own = Identifier.objects.select_related("organisation", "prefix").filter(code=code.text)
    found = own.filter(public=True, removed_at=None).first()
    if found is not None:
        return Resolved(code, found)
    prefix = owning_prefix(code)
    if prefix is not None:
        return Resolved(code, node=prefix.node)
    return Resolved(code, node=settings.HANDLE_NODE.rstrip("/"))


def identifiers_of(actor: Actor) -> models.QuerySet[Identifier]:
    """What the actor's organisation has registered and not taken out of use, by code."""
    mine = Identifier.objects.filter(organisation_id=actor.organisation_id, removed_at=None)
    return mine.select_related("prefix").order_by("code")


def identifiers_saying(organisation_id: int, type: str, value: str) -> list[Identifier]:
    """The codes in use of an organisation whose data say a value of a type, by code; one query."""
    rows = Identifier.objects.filter(organisation_id=organisation_id, removed_at=None)
    told = rows.annotate(told=Cast("values", models.TextField())).filter(told__contains=value)
    return [
        one
        for one in told.order_by("code")
        if any(each.get("type") == type and each.get("value") == value for each in one.values)
    ]


def prefixes(organisation_id: int | None = None) -> models.QuerySet[Prefix]:
    """Registered prefixes, of one organisation or all, by code."""
    rows = Prefix.objects.select_related("organisation").order_by("code")
    return rows if organisation_id is None else rows.filter(organisation_id=organisation_id)


def by_uscc(uscc: str) -> Organisation | None:
    """The organisation of a code, if it is registered here."""
    return Organisation.objects.filter(uscc=normal_uscc(uscc)).first()


def provider_by_code(code: str) -> Organisation | None:
    """A registered provider by its code."""
    found = by_uscc(code)
    return found if found and found.kind == Organisation.Kind.PROVIDER else None
