"""What waits after acceptance stands among the tasks of whoever decides it, and in the menu."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dengta.projects.actions import complaints, usage
from dengta.projects.models import UsageCheck
from dengta.projects.queries.providers import complaints_waiting
from dengta.projects.queries.usage import waiting
from tests.cast import ONE_DAY, Cast
from tests.projects import stage
from tests.projects.test_project_pages import ago, signed_in


def tasks(client: Client) -> str:
    """The list of tasks, as its office reads it."""
    return client.get(reverse("queue")).content.decode()


def test_a_check_of_use_waits_for_its_county_once_it_is_reported_or_late(cast: Cast) -> None:
    project, over = stage.accepted(cast, at=ago(290))
    today = timezone.localdate()
    usage.create_due(over.date() + 190 * ONE_DAY)
    check = UsageCheck.objects.get(project=project)
    link = reverse("official_usage")
    county = signed_in(cast, cast.county)
    assert link in tasks(county)  # stands in the menu of every office
    late = check.due_date + 16 * ONE_DAY
    assert not waiting(cast.county, check.due_date).exists()
    assert waiting(cast.county, late).get() == check
    assert not waiting(cast.next_county, late).exists() and not waiting(cast.city, late).exists()

    usage.report(check, cast.firm.actor, logins=0, users=0, text="车间停产，没有使用。", file=None)
    assert waiting(cast.county, today).get() == check
    assert (
        tasks(county).count(f'href="{link}"') == tasks(signed_in(cast, cast.city)).count(link) + 1
    )
    usage.decide(check, cast.county, "partly", "停产期间未用，设备完好。")
    assert not waiting(cast.county, today).exists()


def test_an_answered_complaint_waits_for_the_city(cast: Cast) -> None:
    project, _over = stage.accepted(cast)
    made = complaints.file_complaint(
        cast.firm.actor, cast.supplier.organisation, text="报修一周没有人来，产线停了两天。",
        key="c", project=project,
    )  # fmt: skip
    assert not complaints_waiting(cast.city).exists()
    complaints.answer_complaint(made, cast.supplier.actor, text="已派工程师上门修复。")
    assert complaints_waiting(cast.city).get() == made
    assert not complaints_waiting(cast.county).exists()
    page = signed_in(cast, cast.city).get(reverse("complaint", args=[made.pk])).content.decode()
    assert project.number in page and reverse("official_project", args=[project.pk]) in page
