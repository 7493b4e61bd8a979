"""Identifiers: only the owner of a prefix gives codes under it; what is ours is resolved here, the
rest is sent on."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from dengta.registry.actions import Refused
from dengta.registry.actions.identifiers import (
    deregister_identifier,
    keep_prefix,
    register_identifier,
)
from dengta.registry.models import Identifier, Prefix
from dengta.trail.actions import NotAllowed
from tests.cast import MOMENT, Cast

OWN = "88.118.2"
CODE = "88.118.2/ZB-0001"


@pytest.fixture
def prefix(cast: Cast) -> Prefix:
    return keep_prefix(cast.province, OWN, cast.firm.organisation, at=MOMENT)


def test_the_owner_of_a_prefix_gives_a_code_once(cast: Cast, prefix: Prefix) -> None:
    for name in ("冲压机", "一号冲压机"):
        register_identifier(cast.firm.actor, CODE, thing="equipment", name=name, at=MOMENT)
    kept = Identifier.objects.get()
    assert (kept.name, kept.prefix, kept.removed_at) == ("一号冲压机", prefix, None)


def test_nobody_else_gives_codes_under_it(cast: Cast, prefix: Prefix) -> None:
    with pytest.raises(Refused, match="属于") as refused:
        register_identifier(cast.rival.actor, CODE, thing="equipment", name="冲压机")
    assert refused.value.field == "code"
    with pytest.raises(Refused, match="还没有登记"):
        register_identifier(cast.rival.actor, "88.118.25/x", thing="equipment", name="冲压机")
    with pytest.raises(Refused, match="缺少后缀"):
        register_identifier(cast.firm.actor, f"{OWN}/", thing="equipment", name="冲压机")
    assert not Identifier.objects.exists()


def test_a_prefix_belongs_to_one_and_only_the_province_says_to_whom(
    cast: Cast, prefix: Prefix
) -> None:
    with pytest.raises(Refused, match="同一前缀只属于一家"):
        keep_prefix(cast.province, OWN, cast.rival.organisation)
    with pytest.raises(NotAllowed):
        keep_prefix(cast.county, "88.118.3", cast.rival.organisation)
    with pytest.raises(Refused, match="https://") as refused:
        keep_prefix(cast.province, "88.118.3", cast.rival.organisation, node="ftp:x")
    assert refused.value.field == "node"
    assert Prefix.objects.get() == prefix


def test_our_own_is_answered_in_the_form_of_a_handle(
    cast: Cast, prefix: Prefix, client: Client
) -> None:
    register_identifier(
        cast.firm.actor, CODE, thing="product", name="变速箱",
        values=[{"type": "MODEL", "value": "BS-6"}], at=MOMENT,
    )  # fmt: skip
    answer = client.get(f"/api/v1/handles/{CODE}")
    told = answer.json()
    assert (answer.status_code, told["responseCode"], told["handle"]) == (200, 1, CODE)
    said = {each["type"]: each["data"]["value"] for each in told["values"]}
    assert (said["NAME"], said["USCC"], said["MODEL"]) == (
        "变速箱",
        cast.firm.organisation.uscc,
        "BS-6",
    )
    assert len({each["index"] for each in told["values"]}) == len(told["values"])
    page = client.get(f"/identifiers/{CODE}/")
    assert page.status_code == 200
    assert "变速箱" in page.content.decode()


def test_one_code_stands_for_one_object(cast: Cast, prefix: Prefix) -> None:
    register_identifier(cast.firm.actor, CODE, thing="product", name="变速箱", at=MOMENT)
    with pytest.raises(Refused, match="只标一个对象"):
        register_identifier(cast.firm.actor, CODE, thing="equipment", name="冲压机")
    again = register_identifier(cast.firm.actor, CODE, thing="product", name="六速变速箱")
    assert (again.thing, again.name, again.at) == ("product", "六速变速箱", MOMENT)


def test_what_is_private_or_gone_is_not_there(cast: Cast, prefix: Prefix, client: Client) -> None:
    kept = register_identifier(
        cast.firm.actor, CODE, thing="product", name="变速箱", public=False, at=MOMENT
    )
    assert client.get(f"/api/v1/handles/{CODE}").json()["responseCode"] == 100
    register_identifier(cast.firm.actor, CODE, thing="product", name="变速箱", at=MOMENT)
    assert client.get(f"/api/v1/handles/{CODE}").status_code == 200
    assert deregister_identifier(cast.rival.actor, kept.pk) is False
    assert deregister_identifier(cast.firm.actor, kept.pk) is True
    assert deregister_identifier(cast.firm.actor, kept.pk) is False
    assert client.get(f"/api/v1/handles/{CODE}").status_code == 404
    with pytest.raises(Refused, match="已注销"):
        register_identifier(cast.firm.actor, CODE, thing="equipment", name="另一台", at=MOMENT)


def test_the_rest_is_sent_on_to_the_node_that_may_know(
    cast: Cast, client: Client, settings: Settings
) -> None:
    keep_prefix(cast.province, "88.200.1", cast.rival.organisation, node="https://node.test/")
    sent = client.get("/api/v1/handles/88.200.1/部件")
    assert (sent.status_code, sent["Location"]) == (
        302,
        "https://node.test/api/handles/88.200.1/%E9%83%A8%E4%BB%B6",
    )
    assert client.get("/api/v1/handles/88.300.1/x").status_code == 404
    settings.HANDLE_NODE = "https://top.test/"
    assert client.get("/api/v1/handles/88.300.1/x")["Location"].startswith("https://top.test/api/")
    wrong = client.get("/api/v1/handles/nonsense")
    assert wrong.status_code == 422
    assert wrong.json()["error"]["field"] == "code"


def test_a_firm_registers_its_code_on_its_page(cast: Cast, prefix: Prefix) -> None:
    firm, province = Client(), Client()
    backend = "django.contrib.auth.backends.ModelBackend"
    firm.force_login(cast.user(cast.firm.actor), backend)
    province.force_login(cast.user(cast.province), backend)
    wrong = firm.post(
        "/desk/identifiers/", {"code": "88.9.9/x", "thing": "product", "name": "齿轮"}
    )
    assert wrong.status_code == 422
    assert "还没有登记" in wrong.content.decode()
    assert "齿轮" in wrong.content.decode()
    sent = {"code": CODE, "thing": "product", "name": "齿轮", "public": "on"}
    assert firm.post("/desk/identifiers/", sent).status_code == 302
    assert CODE in firm.get("/desk/identifiers/").content.decode()
    unknown = province.post("/official/prefixes/", {"code": "88.118.9", "uscc": "x"})
    assert (unknown.status_code, "没有代码" in unknown.content.decode()) == (422, True)
    ours = {"code": "88.118.9", "uscc": cast.rival.organisation.uscc}
    assert province.post("/official/prefixes/", ours).status_code == 302
    assert firm.get("/official/prefixes/").status_code == 403
