"""Providers are scored once a month from the facts of their projects, with a record that gives the
same points again."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.core.provider_scores import ProjectFact, replay
from dengta.projects.actions.scores import keep_scores
from dengta.projects.models import Project, ProviderScore
from dengta.projects.queries.providers import facts_of, scores_bps
from tests.cast import MOMENT, ONE_DAY, Cast
from tests.projects import stage

MONTH = dt.date(2026, 7, 1)


def test_a_month_is_scored_once_and_can_be_computed_again(cast: Cast) -> None:
    for name in ("one", "two", "three"):
        stage.visited(cast, cast.enrol(name))
    assert keep_scores(MONTH) >= 1
    assert keep_scores(MONTH + dt.timedelta(days=20)) == 0
    kept = ProviderScore.objects.get(organisation=cast.supplier.organisation)
    again = replay(kept.record)
    assert (again.points_milli, again.stars) == (kept.points_milli, kept.stars)
    assert len(kept.record["facts"]) == 3
    assert {one["stars"] for one in kept.record["facts"]} == {4}


def test_too_few_facts_give_no_points_and_say_so(cast: Cast) -> None:
    stage.under_way(cast)
    keep_scores(MONTH)
    kept = ProviderScore.objects.get(organisation=cast.supplier.organisation)
    assert (kept.points_milli, kept.stars) == (None, None)
    assert cast.supplier.organisation.pk not in scores_bps(MONTH)
    page = Client().get(f"/providers/{cast.supplier.organisation.uscc}/").content.decode()
    assert "暂不评分" in page
    assert cast.firm.organisation.name not in page


def test_facts_of_many_are_read_by_the_same_few_queries(cast: Cast) -> None:
    stage.under_way(cast)
    supplier, other = cast.supplier.organisation.pk, cast.rival.organisation.pk
    with CaptureQueriesContext(connection) as one:
        facts_of([supplier], MOMENT.date())
    for name in ("one", "two"):
        stage.under_way(cast, cast.enrol(name))
    with CaptureQueriesContext(connection) as many:
        facts = facts_of([supplier, other], MOMENT.date())
    assert len(one) == len(many)
    assert len(facts[supplier].projects) == 3


def test_what_is_overdue_counts_as_late_and_what_came_after_the_day_not_yet(cast: Cast) -> None:
    project = stage.under_way(cast)
    provider, due = project.provider_id, project.due_date
    assert due is not None

    def fact(day: dt.date) -> ProjectFact:
        (found,) = facts_of([provider], day)[provider].projects
        return found

    assert fact(due).on_time is None
    assert fact(due + ONE_DAY).on_time is False
    Project.objects.filter(pk=project.pk).update(
        finished_date=due, accepted_date=due + 9 * ONE_DAY, state="accepted"
    )
    assert (fact(due + ONE_DAY).on_time, fact(due + ONE_DAY).first_try) == (True, None)
    assert fact(due + 9 * ONE_DAY).first_try is True
