"""Who sees which need, and the lists of firms and providers."""

from __future__ import annotations

import datetime as dt

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.assessment.queries import Assessment as Assessment
from dengta.assessment.queries import latest_of as latest_of
from dengta.catalogue.models import Entry
from dengta.matching.models import Need as Need
from dengta.matching.models import NeedItem as NeedItem
from dengta.matching.models import Quote as Quote
from dengta.matching.models import QuoteRequest as QuoteRequest
from dengta.matching.queries.quoters import quoters
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, related, within

LIVE = ("sent", "chosen", "passed_over")


def _rows() -> models.QuerySet[Need]:
    return Need.objects.select_related("organisation").prefetch_related("items")


def counted(rows: models.QuerySet[Need]) -> models.QuerySet[Need]:
    """With `asked` requests, `answers` (standing quotes) and `refused` (declined requests)."""
    return rows.annotate(
        asked=models.Count("requests", distinct=True),
        answers=models.Count("quotes", filter=models.Q(quotes__state__in=LIVE), distinct=True),
        refused=models.Count(
            "requests", filter=models.Q(requests__declined_at__isnull=False), distinct=True
        ),
    )


def drafts(actor: Actor) -> models.QuerySet[Need]:
    """The needs of the actor's firm that are not published yet, the latest first."""
    return Need.objects.filter(organisation=actor.organisation_id, state="draft").order_by("-id")


def own(actor: Actor) -> models.QuerySet[Need]:
    """The needs of the actor's firm with how they are answered: those that are not over first, then
    the newest."""
    over = [state.id for state in Need.flow.states if state.final]
    last = models.Case(models.When(state__in=over, then=1), default=0)
    rows = _rows().filter(organisation_id=actor.organisation_id)
    return counted(rows).order_by(last, "-id")


def visible(actor: Actor, pk: int) -> Need:
    """One need that the actor may see. Need.DoesNotExist for any other: a firm sees its own, a
    provider what is open to all or asked of it, an office those of its territory."""
    rows = _rows()
    if actor.role == "enterprise":
        return rows.get(pk=pk, organisation_id=actor.organisation_id)
    if actor.role == "provider":
        return rows.filter(_for_provider(actor)).distinct().get(pk=pk)
    found = rows.get(pk=pk)
    if not actor.covers(found.case_region) or found.published_at is None:
        raise Need.DoesNotExist
    return found


def _for_provider(actor: Actor) -> models.Q:
    mine = models.Q(quotes__provider=actor.organisation_id) | models.Q(
        requests__provider=actor.organisation_id
    )
    return models.Q(published_at__isnull=False) & (mine | models.Q(public=True))


def asked_of(actor: Actor) -> models.QuerySet[Need]:
    """Needs that the provider was asked about or has quoted for, newest first."""
    requests = QuoteRequest.objects.filter(provider=actor.organisation_id)
    quotes = Quote.objects.filter(provider=actor.organisation_id)
    mine = models.Q(pk__in=requests.values("need")) | models.Q(pk__in=quotes.values("need"))
    return _rows().filter(mine, published_at__isnull=False).order_by("-published_at", "-id")


def to_quote(actor: Actor, day: dt.date) -> models.QuerySet[Need]:
    """Needs that the provider was asked about and can still quote for: it has neither quoted nor
    declined."""
    asked = QuoteRequest.objects.filter(provider=actor.organisation_id, declined_at=None)
    done = Quote.objects.filter(provider=actor.organisation_id)
    live = _rows().filter(state__in=("open", "unmatched"), answer_by__gte=day)
    return live.filter(pk__in=asked.values("need")).exclude(pk__in=done.values("need"))


def open_to_all(
    day: dt.date, sub_industry: str = "", scenario: str = "", division: str = ""
) -> models.QuerySet[Need]:
    """Needs that any listed provider may quote for on a day, the soonest to close first, narrowed
    by what is not empty."""
    rows = _rows().filter(state__in=("open", "unmatched"), public=True, answer_by__gte=day)
    if sub_industry:
        rows = rows.filter(sub_industry=sub_industry)
    if scenario:
        rows = rows.filter(pk__in=NeedItem.objects.filter(scenario=scenario).values("need"))
    if division:
        rows = rows.filter(organisation__region_code__startswith=territory(division))
    return counted(rows).order_by("answer_by", "id")


def answers_of(need: Need) -> int:
    """How many quotes stand for a need that was read `counted`."""
    return int(vars(need)["answers"])


def open_to(actor: Actor, day: dt.date, *, fitting: bool) -> models.QuerySet[Need]:
    """Needs open to all that the provider is not in yet, the soonest to close first; only those
    that its published packages serve, if `fitting`."""
    rows = _rows().filter(state__in=("open", "unmatched"), public=True, answer_by__gte=day)
    rows = rows.exclude(pk__in=asked_of(actor).values("pk"))
    if fitting:
        served = NeedItem.objects.filter(scenario__in=_served(actor.organisation_id))
        rows = rows.filter(pk__in=served.values("need"))
    return rows.order_by("answer_by", "id")


def _served(provider_id: int) -> set[str]:
    """The scenarios that a provider's published packages lift."""
    rows = Entry.objects.filter(
        organisation=provider_id, kind=Entry.Kind.PACKAGE, state="published"
    )
    return set(rows.values_list("current__uses__scenario", flat=True)) - {None}


def request_of(need: Need, provider_id: int) -> QuoteRequest | None:
    """The request by which a provider was asked, if it was."""
    return need.requests.filter(provider=provider_id).first()


def quote_of(need: Need, provider_id: int) -> Quote | None:
    """The provider's last quote for a need: the live one, else the last that ended."""
    rows = need.quotes.filter(provider=provider_id).select_related("provider", "entry", "need")
    live = rows.exclude(state__in=("withdrawn", "lapsed")).first()
    return live or rows.order_by("-id").first()


def quote(actor: Actor, pk: int) -> Quote:
    """One quote of the actor's firm as a provider. Quote.DoesNotExist for any other."""
    rows = Quote.objects.select_related("need__organisation", "provider", "entry__current")
    return rows.get(pk=pk, provider_id=actor.organisation_id)


def quote_for(need: Need, pk: int) -> Quote:
    """One sent quote of a need. Quote.DoesNotExist for any other."""
    rows = need.quotes.select_related("need__organisation", "provider", "entry__current")
    return rows.get(pk=pk, state__in=LIVE)


def requests_of(need: Need) -> models.QuerySet[QuoteRequest]:
    """Who was asked and what they answered."""
    return need.requests.select_related("provider").order_by("asked_at", "id")


def packages_of(provider_id: int) -> models.QuerySet[Entry]:
    """The published packages of a provider."""
    rows = Entry.objects.filter(
        organisation=provider_id, kind=Entry.Kind.PACKAGE, state="published"
    )
    return rows.select_related("current").order_by("name", "id")


def by_ids(ids: list[int], day: dt.date) -> list[Organisation]:
    """Providers that may quote, of those named."""
    return list(quoters(day).filter(pk__in=ids))


def askable(need: Need, day: dt.date, words: str = "", limit: int = 12) -> list[dict[str, object]]:
    """Providers that can be asked: those whose packages serve the need first, then those of the
    same division, then the others by code; never in an order that can be bought. Each {provider,
    serves (scenarios of the need), near, related}; who was asked already is left out."""
    rows = quoters(day).exclude(pk__in=need.requests.values("provider"))
    if words:
        rows = rows.filter(name__contains=words)
    providers = list(rows)
    wanted = {item.scenario for item in need.items.all()}
    pairs = Entry.objects.filter(
        kind=Entry.Kind.PACKAGE, state="published", current__uses__scenario__in=wanted,
        organisation__in=providers,
    ).values_list("organisation", "current__uses__scenario").distinct()  # fmt: skip
    serves: dict[int, set[str]] = {}
    for provider, scenario in pairs:
        if provider is not None and scenario in wanted:
            serves.setdefault(provider, set()).add(scenario)
    here = division_of(need.organisation.region_code)
    found: list[tuple[tuple[int, bool, str], dict[str, object]]] = []
    for each in providers:
        mine, near = serves.get(each.pk, set()), division_of(each.region_code) == here
        row = {
            "provider": each,
            "serves": len(mine),
            "near": near,
            "related": related(need.organisation, each),
        }
        found.append(((-len(mine), not near, each.uscc), row))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])][:limit]


def listed_in(actor: Actor) -> models.QuerySet[Need]:
    """The published needs of an official's territory with how they are answered."""
    firms = within(Organisation.objects.all(), actor.region)
    return counted(_rows().filter(published_at__isnull=False, organisation__in=firms))
