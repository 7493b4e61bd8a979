"""The pages of projects at every desk, as they work without scripts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dengta.funding.models import Claim
from dengta.projects.models import Acceptance, Change, Dispute, Milestone, Project
from tests.cast import ONE_DAY, WAN, Cast, Firm
from tests.projects import stage


def signed_in(cast: Cast, acting: Any) -> Client:
    """A browser of somebody."""
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def ago(days: int) -> dt.datetime:
    """So many days before now: pages act now."""
    return timezone.now() - days * ONE_DAY


def form(cast: Cast, **different: str) -> dict[str, str]:
    """What a firm types into the form of filing."""
    today = timezone.localdate()
    typed = {
        "title": "生产过程数字化改造", "programme": "wuhan_pilot", "goal_level": "2",
        "provider": cast.supplier.organisation.uscc, "supervisor": "",
        "contract_number": "ht-2026-01", "contract_date": (today - ONE_DAY).isoformat(),
        "start_date": "", "due_date": (today + 90 * ONE_DAY).isoformat(), "discount_fen": "20000",
        "lines": "2", "steps": "1",
        "line-1-text": "生产执行系统", "line-1-cost_class": "software", "line-1-unit": "套",
        "line-1-quantity": "1", "line-1-price_fen": "160000",
        "line-2-text": "部署", "line-2-cost_class": "implementation", "line-2-unit": "项",
        "line-2-quantity": "2", "line-2-price_fen": "20000",
        "step-1-title": "系统上线", "step-1-due_date": (today + 60 * ONE_DAY).isoformat(),
    }  # fmt: skip
    return typed | different


def begun(cast: Cast, client: Client) -> Project:
    """A draft that the firm began by the provider's code."""
    stage.listed(cast.firm)
    code = cast.supplier.organisation.uscc
    answer = client.post(reverse("project_new"), {"provider": code, "key": "one"})
    made = Project.objects.get()
    assert answer["Location"] == reverse("project_edit", args=[made.pk])
    return made


def test_a_firm_files_by_hand_step_by_step(cast: Cast) -> None:
    client = signed_in(cast, cast.firm.actor)
    made = begun(cast, client)
    page = reverse("project_edit", args=[made.pk])
    assert client.get(page).status_code == 200

    client.post(page, form(cast) | {"do": "save"})
    shown = client.get(page).content.decode()

    assert "5.4万元" in shown  # 30 % of what counts
    made.refresh_from_db()
    assert (made.list_fen, made.discount_fen, made.contract_number) == (
        20 * WAN, 2 * WAN, "HT-2026-01",
    )  # fmt: skip

    early = client.post(page, form(cast) | {"do": "submit", "agreed_by": "王厂长"})
    assert early.status_code == 422
    assert "合同" in early.content.decode()

    done = client.post(
        page,
        form(cast) | {"do": "submit", "agreed_by": "王厂长", "paper_contract": stage.paper("合同")},
    )
    assert done.status_code == 302
    made.refresh_from_db()
    assert made.state == "county_check"


def test_the_price_is_shared_while_it_is_typed_and_nothing_is_kept(cast: Cast) -> None:
    client = signed_in(cast, cast.firm.actor)
    made = begun(cast, client)

    shown = client.post(reverse("project_split", args=[made.pk]), form(cast)).content.decode()

    assert "企业承担" in shown and "12.6万元" in shown
    made.refresh_from_db()
    assert made.list_fen == 0 and made.title == ""


def test_what_is_typed_and_wrong_stays_on_the_page(cast: Cast) -> None:
    client = signed_in(cast, cast.firm.actor)
    made = begun(cast, client)

    answer = client.post(
        reverse("project_edit", args=[made.pk]),
        form(cast, discount_fen="900000", provider="91420100MA00000000") | {"do": "save"},
    )

    assert answer.status_code == 422
    assert "服务商让利多于合同总价" in answer.content.decode()
    made.refresh_from_db()
    assert made.list_fen == 20 * WAN and made.title == "生产过程数字化改造"


def test_days_that_cannot_be_are_refused_at_their_fields(cast: Cast) -> None:
    client = signed_in(cast, cast.firm.actor)
    made, today = begun(cast, client), timezone.localdate()
    page = reverse("project_edit", args=[made.pk])
    day = {n: (today + n * ONE_DAY).isoformat() for n in (-9, -3, 1, 90, 91)}
    for wrong, field, why in (
        ({"contract_date": day[1]}, "contract_date", "签订日期"),
        ({"contract_date": day[-3], "start_date": day[-9]}, "start_date", "早于签订日期"),
        ({"start_date": day[90], "due_date": day[1]}, "due_date", "早于开工日期"),
        ({"due_date": day[90], "step-1-due_date": day[91]}, "step-1-due_date", "晚于约定完工日期"),
        ({"contract_date": day[-3], "step-1-due_date": day[-9]}, "step-1-due_date", "早于签订"),
    ):
        answer = client.post(page, form(cast, **wrong) | {"do": "save"})
        shown = answer.content.decode()
        assert answer.status_code == 422, field
        assert why in shown.split(f'id="id_{field}_error"', 1)[1][:600], field

    project = stage.under_way(cast, cast.rival, at=ago(20))
    stage.delivered(cast, project, cast.rival, at=ago(9))
    ended = reverse("project_step", args=[project.pk, "finish"])
    rival = signed_in(cast, cast.rival.actor)
    for n, why in ((-30, "早于开工日期"), (1, "还没有到")):
        said = (today + n * ONE_DAY).isoformat()
        answer = rival.post(ended, {"finished_date": said})
        shown = answer.content.decode().split('id="finished_date_error"', 1)[1]
        assert (answer.status_code, why in shown[:600], said in shown[:900]) == (422, True, True)


def test_an_autosave_answers_nothing_and_keeps_what_is_sound(cast: Cast) -> None:
    client = signed_in(cast, cast.firm.actor)
    made = begun(cast, client)
    page = reverse("project_edit", args=[made.pk])

    answer = client.post(page, form(cast, title="自动保存的"), HTTP_X_AUTOSAVE="1")

    assert answer.status_code == 204
    made.refresh_from_db()
    assert made.title == "自动保存的"


def post(cast: Cast, acting: Any, project: Project, step: str, **typed: Any) -> Any:
    """A step taken on the page of one's desk, which is looked at before and after."""
    client = signed_in(cast, acting)
    name = {"enterprise": "project", "provider": "provider_project"}.get(
        acting.role, "official_project"
    )
    page = reverse(name, args=[project.pk])
    assert client.get(page).status_code == 200
    answer = client.post(f"{page}{step}/", typed)
    if answer.status_code == 302:
        assert client.get(page).status_code == 200
    return answer


def test_the_whole_way_on_the_pages(cast: Cast) -> None:
    """From the county's check to the claim, each step on the page of whoever takes it."""
    boss = stage.supervisor(cast)
    project = stage.filed(cast, at=ago(70), supervised_by=boss)
    assert post(cast, cast.county, project, "start").status_code == 302
    step = Milestone.objects.get()
    shot = {
        "on": step.pk, "need": "screenshot", "file": stage.paper("截图"), "system": "精益MES",
        "taken_date": timezone.localdate().isoformat(), "logins": "310", "users": "25",
    }  # fmt: skip
    assert post(cast, cast.supplier.actor, project, "prove", **shot).status_code == 302
    told = {"on": step.pk, "report": "系统已上线并稳定运行。"}
    assert post(cast, cast.supplier.actor, project, "report", **told).status_code == 302
    assert post(cast, cast.firm.actor, project, "confirm", on=step.pk).status_code == 302
    today = timezone.localdate().isoformat()
    assert post(
        cast, cast.supplier.actor, project, "finish", finished_date=today
    ).status_code == 302  # fmt: skip
    seen = {
        "kind": "completion", "seen_date": today, "progress": "100", "key": "k",
        "text": "合同内容全部完成，系统运行正常。",
    }  # fmt: skip
    assert post(cast, boss.actor, project, "log", **seen).status_code == 302
    for need in ("usage", "invoice", "payment"):
        sent = {
            "need": need, "file": stage.paper(f"{need}材料"), "taken_date": today,
            "system": "精益MES", "logins": "999", "users": "30",
        }  # fmt: skip
        assert post(cast, cast.firm.actor, project, "attach", **sent).status_code == 302
    words = {"summary": stage.SUMMARY, "effect_efficiency": "12", "key": "a"}
    assert post(cast, cast.firm.actor, project, "ask", **words).status_code == 302
    made = Acceptance.objects.get()
    answers = {f"flag_{flag['id']}": "已核实，属实。" for flag in made.flags}
    assert post(cast, cast.county, project, "pass", **answers).status_code == 302
    stars = {"provider_stars": "4", "result_stars": "5"}
    assert post(cast, cast.firm.actor, project, "rate", **stars).status_code == 302
    rating = stage.rated(cast, cast.firm, at=timezone.now())
    visit = {
        "visit_date": today, "visitors": "刘科长、陈工", "rating": rating, "invoiced": "180000",
        "paid": "180000", "eligible": "180000", "minutes": stage.MINUTES, "real": "1",
        "effect_efficiency": "11",
    }  # fmt: skip
    assert post(cast, cast.city, project, "visit", **visit).status_code == 302
    assert post(cast, cast.city, project, "publish").status_code == 302
    early = post(cast, cast.city, project, "accept")
    assert early.status_code == 422 and "公示到" in early.content.decode()


def test_a_claim_is_two_clicks_from_its_evidence(cast: Cast) -> None:
    project, _ = stage.accepted(cast, at=ago(120))
    client = signed_in(cast, cast.firm.actor)
    page = reverse("project", args=[project.pk])
    assert "申领补助" in client.get(page).content.decode()

    answer = client.post(reverse("project_claim", args=[project.pk]))

    claim = Claim.objects.get()
    assert answer["Location"] == reverse("claim_edit", args=[claim.pk])
    assert page in client.get(reverse("claim", args=[claim.pk])).content.decode()
    assert reverse("claim", args=[claim.pk]) in client.get(page).content.decode()


def test_a_change_is_asked_agreed_and_approved_on_the_pages(cast: Cast) -> None:
    project = stage.under_way(cast, at=ago(10))
    later = (timezone.localdate() + 120 * ONE_DAY).isoformat()
    asked = {"kind": "due", "due_date": later, "note": "设备到货延迟。", "key": "c"}
    assert post(cast, cast.supplier.actor, project, "change", **asked).status_code == 302
    change = Change.objects.get()
    assert post(cast, cast.firm.actor, project, "change-agree", on=change.pk).status_code == 302
    assert post(cast, cast.county, project, "change-approve", on=change.pk).status_code == 302
    project.refresh_from_db()
    assert project.due_date is not None and project.due_date.isoformat() == later


def test_anybody_sees_what_is_in_publicity_and_objects(cast: Cast) -> None:
    made, _ = stage.visited(cast, at=ago(80))
    post(cast, cast.city, made.project, "publish")
    public = Client()
    assert cast.firm.organisation.name in public.get(reverse("acceptances")).content.decode()
    page = reverse("acceptance", args=[made.pk])
    assert "11" in public.get(page).content.decode()

    typed = {
        "name": "赵明", "contact": "027-87230000", "key": "obj",
        "text": "该企业并未使用这套系统，车间仍用纸质工单。",
    }  # fmt: skip
    answer = public.post(page, typed)
    again = public.post(page, typed)

    dispute = Dispute.objects.get()
    assert answer["Location"] == again["Location"] == reverse("dispute", args=[dispute.code])
    assert "赵明" not in public.get(answer["Location"]).content.decode()
    words = "经现场复核，系统在用，纸质工单为备份。"
    assert post(
        cast, cast.city, made.project, "dismiss", on=dispute.pk, note=words
    ).status_code == 302  # fmt: skip
    assert words in public.get(answer["Location"]).content.decode()
    wrong = public.post(page, typed | {"name": "1", "key": "other"})
    assert wrong.status_code == 422


@pytest.mark.parametrize("who", ["rival", "supplier", "next_county"])
def test_a_stranger_sees_nothing_of_a_draft_or_of_another_county(cast: Cast, who: str) -> None:
    project = stage.draft(cast)
    found = getattr(cast, who)
    acting = found.actor if isinstance(found, Firm) else found
    name = {"enterprise": "project", "provider": "provider_project"}.get(
        acting.role, "official_project"
    )

    answer = signed_in(cast, acting).get(reverse(name, args=[project.pk]))

    assert answer.status_code == 404


def test_lists_ask_the_same_number_of_queries_for_any_number_of_projects(cast: Cast) -> None:
    desks = [
        (cast.firm.actor, "projects"), (cast.supplier.actor, "provider_projects"),
        (cast.county, "official_projects"), (cast.city, "official_projects"),
    ]  # fmt: skip

    def counts() -> list[int]:
        found = []
        for acting, name in desks:
            client = signed_in(cast, acting)
            with CaptureQueriesContext(connection) as seen:
                assert client.get(reverse(name) + "?state=all").status_code == 200
            found.append(len(seen))
        return found

    stage.under_way(cast, at=ago(10))
    counts()
    few = counts()
    for _ in range(4):
        stage.under_way(cast, at=ago(10))

    assert counts() == few
