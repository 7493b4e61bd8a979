"""Who takes part in a project: only in a role that it was admitted in, named by the firm or, for
those who deliver with it, by the provider."""

from __future__ import annotations

import pytest
from django.urls import reverse

from dengta.projects.actions import milestones, parties
from dengta.projects.models import Party, Project
from dengta.projects.queries.projects import of
from dengta.registry.models import ProviderRole
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event, Notice
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast, Firm
from tests.projects import stage
from tests.projects.test_project_pages import signed_in


def admitted(cast: Cast, role: str, username: str = "helper", **different: str) -> Firm:
    """A provider that was admitted in a role a year ago."""
    made = cast.enrol(
        username, kind="provider", industry_code="65",
        **{"name": f"武汉{username}服务有限公司"} | different,
    )  # fmt: skip
    ProviderRole.objects.create(
        organisation=made.organisation, role=role, from_date=DAY - 365 * ONE_DAY
    )
    return made


def test_a_party_joins_once_in_a_role_it_was_admitted_in_and_sees_the_project(cast: Cast) -> None:
    project, helper = stage.under_way(cast), admitted(cast, "subcontractor")
    for share in (3 * WAN, 5 * WAN):
        parties.join(
            project, cast.supplier.actor, helper.organisation, "subcontractor", share_fen=share,
            at=MOMENT,
        )  # fmt: skip
    assert (Party.objects.get().share_fen, of(helper.actor).get()) == (5 * WAN, project)
    assert Event.objects.filter(flow="project_party", thing_id=project.pk).count() == 1
    assert Notice.objects.filter(user_id=helper.actor.user_id).count() == 1
    parties.leave(project, cast.firm.actor, Party.objects.get(), at=MOMENT)
    assert not of(helper.actor).exists()


def test_nobody_joins_in_another_role_above_the_price_or_after_the_end(cast: Cast) -> None:
    project, helper = stage.under_way(cast), admitted(cast, "subcontractor")
    firm, who = cast.firm.actor, helper.organisation
    with pytest.raises(StepRefused, match="没有“律师事务所”的认定（现有角色：分包商）"):
        parties.join(project, firm, who, "law_firm", at=MOMENT)
    with pytest.raises(StepRefused, match="没有“分包商”的认定"):
        parties.join(project, firm, who, "subcontractor", at=MOMENT - 400 * ONE_DAY)
    with pytest.raises(StepRefused, match="超过合同总价"):
        parties.join(project, firm, who, "subcontractor", share_fen=21 * WAN, at=MOMENT)
    with pytest.raises(StepRefused, match="不用再登记"):
        parties.join(project, firm, cast.supplier.organisation, "subcontractor", at=MOMENT)
    assert not Party.objects.exists()
    stage.delivered(cast, project, at=MOMENT)
    milestones.finish(project, firm, finished_date=DAY, at=MOMENT)
    with pytest.raises(Moved):
        parties.join(project, firm, who, "subcontractor", at=MOMENT)


def test_the_provider_names_who_delivers_the_firm_also_who_helps_and_nobody_else(
    cast: Cast,
) -> None:
    project = stage.under_way(cast)
    lawyer = admitted(cast, "law_firm").organisation
    with pytest.raises(StepRefused, match="您可以登记的参与角色"):
        parties.join(project, cast.supplier.actor, lawyer, "law_firm", at=MOMENT)
    for other in (cast.rival.actor, cast.county, cast.city):
        with pytest.raises(NotAllowed):
            parties.join(project, other, lawyer, "law_firm", at=MOMENT)
    parties.join(project, cast.firm.actor, lawyer, "law_firm", at=MOMENT)
    assert Party.objects.get().role == "law_firm"
    with pytest.raises(StepRefused):
        parties.leave(project, cast.supplier.actor, Party.objects.get())


def test_nobody_related_to_the_supervisor_joins(cast: Cast) -> None:
    supervisor = stage.supervisor(cast)
    project = stage.under_way(cast, supervised_by=supervisor)
    cousin = admitted(cast, "subcontractor").organisation
    cousin.phone = supervisor.organisation.phone = "027-1111 2222"
    cousin.save()
    supervisor.organisation.save()
    with pytest.raises(StepRefused, match="监理须独立"):
        parties.join(project, cast.firm.actor, cousin, "subcontractor", at=MOMENT)
    assert not Party.objects.exists()


def test_by_the_page_wrong_input_is_kept_and_pressed_twice_it_is_one(cast: Cast) -> None:
    project, helper = stage.under_way(cast), admitted(cast, "subcontractor")
    firm = signed_in(cast, cast.firm.actor)
    step = reverse("project_step", args=[project.pk, "party-join"])
    typed = {"party": helper.organisation.uscc, "role": "subcontractor", "share": "三万"}
    wrong = firm.post(step, typed)
    assert wrong.status_code == 422 and "三万" in wrong.content.decode()
    assert firm.post(step, typed | {"party": "91420100XX"}).status_code == 422
    for _ in range(2):
        assert firm.post(step, typed | {"share": "30000"}).status_code == 302
    supplier = signed_in(cast, cast.supplier.actor)
    for client, page in (
        (firm, "project"),
        (supplier, "provider_project"),
        (signed_in(cast, cast.county), "official_project"),
        (signed_in(cast, helper.actor), "provider_project"),
    ):
        shown = client.get(reverse(page, args=[project.pk])).content.decode()
        assert helper.organisation.name in shown and "30,000" in shown
        names = client is firm or client is supplier
        assert ("party-join" in shown) == names
    party = Party.objects.get()
    gone = reverse("project_step", args=[project.pk, "party-leave"])
    assert firm.post(gone, {"on": party.pk}).status_code == 302
    assert firm.post(gone, {"on": party.pk}).status_code == 404
    assert Project.objects.get(pk=project.pk).state == "under_way"
