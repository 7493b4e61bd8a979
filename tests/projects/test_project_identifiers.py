"""Codes of equipment and contract on the page of their project."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from dengta.registry.actions.identifiers import keep_prefix, register_identifier
from dengta.registry.models import Identifier
from dengta.registry.queries import identifiers_saying
from tests.cast import MOMENT, Cast
from tests.projects import stage
from tests.projects.test_project_pages import signed_in

CODE = "88.118.2/ZB-0001"


def test_the_firm_gives_a_code_from_the_project_and_every_desk_finds_it(cast: Cast) -> None:
    project = stage.under_way(cast)
    firm, page = signed_in(cast, cast.firm.actor), reverse("project", args=[project.pk])
    assert "登记标识先要有前缀" in firm.get(page).content.decode()
    keep_prefix(cast.province, "88.118.2", cast.firm.organisation, at=MOMENT)
    step = reverse("project_step", args=[project.pk, "identify"])
    typed = {"code": "88.9.9/ZB-0001", "thing": "equipment", "name": "一号冲压机", "public": "1"}
    wrong = firm.post(step, typed)
    assert wrong.status_code == 422
    assert "前缀还没有登记" in wrong.content.decode() and "88.9.9/ZB" in wrong.content.decode()
    assert firm.post(step, typed | {"thing": "enterprise"}).status_code == 422
    for _ in range(2):
        assert firm.post(step, typed | {"code": CODE}).status_code == 302
    assert Identifier.objects.get().values == [{"type": "PROJECT", "value": project.number}]
    for who, name in (
        (cast.firm.actor, "project"),
        (cast.supplier.actor, "provider_project"),
        (cast.county, "official_project"),
    ):
        shown = signed_in(cast, who).get(reverse(name, args=[project.pk])).content.decode()
        assert reverse("identifier", args=[CODE]) in shown and "一号冲压机" in shown
    assert project.number in Client().get(f"/api/v1/handles/{CODE}").content.decode()
    supplier = signed_in(cast, cast.supplier.actor)
    other = reverse("provider_project_step", args=[project.pk, "identify"])
    assert supplier.post(other, typed).status_code == 404


def test_a_code_keeps_its_project_when_it_is_named_anew(cast: Cast) -> None:
    keep_prefix(cast.province, "88.118.2", cast.firm.organisation, at=MOMENT)
    tie = {"type": "PROJECT", "value": "XM2026-00001"}
    register_identifier(cast.firm.actor, CODE, thing="equipment", name="冲压机", values=[tie])
    register_identifier(cast.firm.actor, CODE, thing="equipment", name="一号冲压机")
    (found,) = identifiers_saying(cast.firm.organisation.pk, "PROJECT", "XM2026-00001")
    assert found.name == "一号冲压机"
    assert identifiers_saying(cast.firm.organisation.pk, "PROJECT", "XM2026-0000") == []
    assert identifiers_saying(cast.rival.organisation.pk, "PROJECT", "XM2026-00001") == []
