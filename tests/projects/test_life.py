"""A project from its filing to its acceptance."""

from __future__ import annotations

from dengta.trail.models import Event
from tests.cast import Cast
from tests.projects import stage


def test_a_project_goes_from_filing_to_accepted(cast: Cast) -> None:
    project, over = stage.accepted(cast)

    assert project.state == "accepted"
    assert project.accepted_date == over.date()
    assert project.after["level"] == 2
    assert project.enterprise_fen + project.discount_fen + project.public_fen == project.list_fen
    assert [e.step for e in Event.objects.filter(flow="project", thing_id=project.pk)] == [
        "begin", "file", "start", "finish", "ask", "accept",
    ]  # fmt: skip
