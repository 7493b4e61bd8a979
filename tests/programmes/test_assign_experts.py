from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dengta.assessment.queries.conflicts import conflicts_among, conflicts_of
from dengta.core.assignment_record import verify
from dengta.core.selection import PanelRule
from dengta.programmes.actions import assigning
from dengta.programmes.actions.assigning import ShortOfExperts, assign, find_recusals, lift_recusal
from dengta.programmes.actions.moving import move
from dengta.programmes.models import Recusal, Review, Round
from dengta.programmes.queries.experts import assignment_of, expert_number, found_recusals
from dengta.registry.actions import declare_tie
from dengta.registry.models import ExpertProfile, Organisation
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event, Job, Notice
from tests.cast import Cast
from tests.programmes import rounds_at
from tests.programmes.rounds_at import REVIEWED

DAY = REVIEWED.date()


@pytest.fixture(autouse=True)
def three_each() -> Iterator[None]:
    """Panels of three, four sheets each at the most."""
    with rounds_at.rule_as(panel=PanelRule(size=3, load=4)):
        yield


@pytest.fixture
def round(cast: Cast) -> Round:
    """A round in review with four applications and five experts."""
    made = rounds_at.round_at(cast)
    for _ in range(4):
        rounds_at.application_at(cast, made)
    rounds_at.experts(cast, 5)
    rounds_at.to_review(cast, made)
    rounds_at.drawn(cast, made, 5)
    return made


def shared(round: Round, place: int = 0) -> tuple[Organisation, ExpertProfile]:
    """The firm of one application, and what one expert has stated."""
    firm = round.applications.order_by("id")[place].organisation
    user = round.panelists.order_by("user")[place].user_id
    assert firm is not None
    return firm, ExpertProfile.objects.get(user=user)


def test_each_application_gets_its_panel_and_the_record_proves_it_least(
    cast: Cast, round: Round
) -> None:
    published = assign(round, cast.province, at=REVIEWED)
    assert published == assignment_of(round)
    assert not published.public
    assert verify(published.text.encode()) == ()
    for application in round.applications.all():
        assert application.reviews.filter(state="assigned").count() == 3
    sheets = Review.objects.filter(application__round=round)
    assert Event.objects.filter(flow="review", step="begin").count() == sheets.count() == 12
    told = Notice.objects.filter(event__flow="review")
    assert told.values("user").distinct().count() == told.count() == 5


def test_whoever_changes_the_record_is_found_out(cast: Cast, round: Round) -> None:
    document = json.loads(assign(round, cast.province, at=REVIEWED).text)
    paper, panel = next(iter(document["panels"].items()))
    other = next(e["id"] for e in document["experts"] if e["id"] not in panel)
    worse = json.loads(json.dumps(document))
    worse["panels"][paper] = [other, *panel[1:]]
    assert verify(worse)
    assert verify(document | {"prices": dict.fromkeys(document["prices"], 0)})
    assert verify(document | {"title": "别的批次"})
    assert verify(document | {"panels": 7})
    assert verify(b"\xff")
    assert verify(document) == ()


def test_every_tie_is_found_and_kept_apart_from_the_sheets(cast: Cast, round: Round) -> None:
    firm, works_there = shared(round)
    works_there.employer = firm.name
    works_there.save()
    other, adviser = shared(round, 1)
    declare_tie(
        cast_actor(adviser), kind="adviser", uscc=other.uscc, name=other.name,
        until=dt.date(2025, 1, 1), at=REVIEWED,
    )  # fmt: skip
    third, namesake = shared(round, 2)
    Organisation.objects.filter(pk=third.pk).update(legal_person=str(namesake.user))
    fourth, neighbour = shared(round, 3)
    neighbour.user.phone = fourth.phone
    neighbour.user.save()
    find_recusals(round, at=REVIEWED)
    rows = Recusal.objects.filter(application__round=round)
    kinds = {(r.application.applicant_code, r.user_id, r.kind) for r in rows}
    mine = works_there.user_id
    assert kinds == {
        (firm.uscc, mine, "employer"),
        *((one.uscc, mine, "applicant") for one in (other, third, fourth)),
        (other.uscc, adviser.user_id, "adviser"),
        (third.uscc, namesake.user_id, "legal_person"),
        (fourth.uscc, neighbour.user_id, "phone"),
    }
    assign(round, cast.province, at=REVIEWED)
    for review in Review.objects.filter(application__round=round).select_related("application"):
        assert not [
            k for k in kinds if k[:2] == (review.application.applicant_code, review.user_id)
        ]


def cast_actor(profile: ExpertProfile) -> rounds_at.Actor:
    found = rounds_at.actor_of(profile.user)
    assert found is not None
    return found


def test_many_firms_at_once_are_as_one_after_the_other(cast: Cast, round: Round) -> None:
    firm, works_there = shared(round)
    works_there.employer_uscc = firm.uscc
    works_there.save()
    firms = [one.organisation for one in round.applications.select_related("organisation")]
    users = [*round.panelists.values_list("user", flat=True), cast.expert.user_id]
    among = conflicts_among(users, [one for one in firms if one], DAY)
    for one in firms:
        assert one is not None
        alone = {(u, one.pk): found for u, found in conflicts_of(users, one, DAY).items() if found}
        assert {pair: found for pair, found in among.items() if pair[1] == one.pk} == alone
    with CaptureQueriesContext(connection) as few:
        found_recusals(round, DAY)
    for _ in range(3):
        again = rounds_at.application_at(cast, round, "draft")
        type(again).objects.filter(pk=again.pk).update(
            state="panel", submitted_at=REVIEWED, policy_digest="x"
        )
    with CaptureQueriesContext(connection) as more:
        found_recusals(round, DAY)
    assert len(few) == len(more)


def test_a_shortage_names_the_smallest_changes_and_each_of_them_helps(
    cast: Cast, round: Round
) -> None:
    panel = list(round.panelists.order_by("id"))
    for one in panel[3:]:
        type(one).objects.filter(pk=one.pk).update(load=0)
    paper = round.applications.order_by("id")[0]
    Recusal.objects.create(
        application=paper, user=panel[0].user, kind="phone", reason={"zh": "电话相同", "en": ""},
        at=REVIEWED,
    )  # fmt: skip
    with pytest.raises(ShortOfExperts) as short:
        assign(round, cast.province, at=REVIEWED)
    assert short.value.shortage.seats == 1
    change = {each.kind: each for each in short.value.shortage.changes}
    pair = paper.number, expert_number(panel[0].user_id)
    assert change["recusals"].pairs == (pair,)
    assert sum(change["experts"].experts.values()) == 1
    assert not Review.objects.exists()
    lift_recusal(Recusal.objects.get(), cast.province, "同号是前台总机，本人无关", at=REVIEWED)
    assign(round, cast.province, at=REVIEWED)


def test_a_load_in_place_of_the_rules_is_on_record(cast: Cast, round: Round) -> None:
    with rounds_at.rule_as(panel=PanelRule(size=3, load=2)):
        with pytest.raises(ShortOfExperts) as short:
            assign(round, cast.province, at=REVIEWED)
        raised = next(c.load for c in short.value.shortage.changes if c.kind == "load")
        assert raised == 3
        published = assign(round, cast.province, load=raised, at=REVIEWED)
    assert json.loads(published.text)["rule"]["load"] == 3


def test_what_an_expert_stated_is_not_lifted_and_what_was_found_only_with_a_reason(
    cast: Cast, round: Round
) -> None:
    paper, expert = round.applications.order_by("id")[0], round.panelists.order_by("id")[0].user
    stated, found = (
        Recusal.objects.create(
            application=paper, user=expert, kind=kind, reason={"zh": "有关", "en": ""}, at=REVIEWED
        )
        for kind in ("declared", "phone")
    )
    with pytest.raises(StepRefused, match="本人申报"):
        lift_recusal(stated, cast.province, "没关系")
    with pytest.raises(StepRefused, match="理由"):
        lift_recusal(found, cast.province, " ")
    with pytest.raises(NotAllowed):
        lift_recusal(found, cast.city, "核实过")
    lift_recusal(found, cast.province, "核实过")
    with pytest.raises(Moved):
        lift_recusal(found, cast.province, "核实过")
    find_recusals(round, at=REVIEWED)
    found.refresh_from_db()
    assert found.lifted_at is not None


def test_it_is_assigned_once_in_the_review_by_the_organiser(cast: Cast, round: Round) -> None:
    with pytest.raises(NotAllowed):
        assign(round, cast.city, at=REVIEWED)
    assign(round, cast.province, at=REVIEWED)
    with pytest.raises(Moved, match="补齐缺位"):
        assign(round, cast.province, at=REVIEWED)
    early = rounds_at.round_at(cast, "closed")
    with pytest.raises(StepRefused, match="进入专家评审后"):
        assign(early, cast.province, at=REVIEWED)


def test_what_changes_while_it_is_computed_is_not_overlooked(
    cast: Cast, round: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve = assigning.core.assign

    def withdrawn_meanwhile(task: object) -> object:
        application = round.applications.order_by("id")[0]
        applicant = application.organisation
        assert applicant is not None
        acting = rounds_at.actor_of(applicant.members.get().user)
        assert acting is not None
        move(application, "withdraw", acting, at=REVIEWED)
        return solve(task)  # type: ignore[arg-type]

    monkeypatch.setattr(assigning.core, "assign", withdrawn_meanwhile)
    with pytest.raises(Moved, match="有变化"):
        assign(round, cast.province, at=REVIEWED)
    assert not Review.objects.exists()


def test_a_large_round_is_assigned_behind_the_pages(
    cast: Cast, round: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assigning, "AT_ONCE", 2)
    job = assigning.start_assigning(round, cast.province, key="once")
    assert assigning.start_assigning(round, cast.province, key="once") == job
    assert isinstance(job, Job)
    assigning.assign_as_job.call(job.pk)
    job.refresh_from_db()
    assert (job.finished, job.failed) == (True, False)
    assert Review.objects.count() == 12
