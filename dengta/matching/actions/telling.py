"""Notices of matching: to the firm, to providers, to the office that helps."""

from __future__ import annotations

from collections.abc import Iterable

from dengta.core.shapes import Text
from dengta.matching.models import Need
from dengta.registry.models import Membership
from dengta.registry.queries import officials_for, people_of
from dengta.trail.actions import notify
from dengta.trail.models import Event


def tell_firm(need: Need, event: Event, said: Text | None = None) -> None:
    """The people of the firm."""
    _tell(need, event, people_of(need.organisation_id), f"/enterprise/needs/{need.pk}/", said)


def tell_providers(
    need: Need, event: Event, providers: Iterable[int], said: Text | None = None
) -> None:
    """The people of some providers, in one query."""
    people = Membership.objects.filter(organisation__in=list(providers))
    users = people.values_list("user", flat=True)
    _tell(need, event, users, f"/provider/needs/{need.pk}/", said)


def tell_office(need: Need, event: Event) -> None:
    """The officials of the county, or of the division where it has none."""
    users = officials_for("county", need.case_region)
    _tell(need, event, users, f"/official/needs/{need.pk}/", None)


def _tell(need: Need, event: Event, users: Iterable[int], link: str, said: Text | None) -> None:
    state = need.flow.state(need.state)
    what = said or state.public
    notify(
        event,
        users,
        subject=Text(
            f"需求 {need.number} {need.title}：{what.zh}",
            f"Need {need.number} {need.title}: {what.en}",
        ),
        body=Text(event.note, event.note),
        link=link,
    )
