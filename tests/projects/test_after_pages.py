"""The pages after acceptance, at the firm and at its offices, as they work without scripts."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dengta.accounts.queries import SYSTEM
from dengta.catalogue.models import Entry
from dengta.funding.actions import claims
from dengta.projects.actions import usage
from dengta.projects.models import UsageCheck
from dengta.trail.actions import begin
from tests.cast import ONE_DAY, WAN, Cast
from tests.funding import claims_cast
from tests.funding.paying import pay_claim
from tests.projects import stage
from tests.projects.test_claim_of_a_project import claimed
from tests.projects.test_project_pages import ago, signed_in


def test_use_is_reported_and_found_and_an_unused_one_leads_to_its_clawback(cast: Cast) -> None:
    project, over = stage.accepted(cast, at=ago(290))
    firm, county, province = (
        signed_in(cast, who) for who in (cast.firm.actor, cast.county, cast.province)
    )
    claims_cast.budget(fen=100 * WAN, at=over)
    claim = claimed(cast, project, at=over)
    claims.take(claim, "pass", cast.county, at=over)
    claims.approve(claim, cast.city, at=over)
    usage.create_due(timezone.localdate())
    check = UsageCheck.objects.get()
    page = reverse("project_results", args=[project.pk])
    taken = timezone.localdate()
    typed = {"logins": "1200", "users": "31", "text": "车间每天在用。",
             "taken_date": taken.isoformat()}  # fmt: skip
    assert "填报使用情况" in firm.get(page).content.decode()
    bare = firm.post(reverse("usage_report", args=[check.pk]), typed)
    assert bare.status_code == 422 and "运行截图" in bare.content.decode()
    sent = firm.post(
        reverse("usage_report", args=[check.pk]), typed | {"file": stage.paper("登录记录")}
    )
    assert sent["Location"] == page
    check.refresh_from_db()
    paper = reverse("document", args=[check.evidence_id])
    shown = county.get(paper)
    assert (shown.status_code, shown["Content-Type"]) == (200, "application/pdf")
    assert b"".join(shown)  # read to its end, which closes the file

    listed = county.get(reverse("official_usage")).content.decode()
    assert cast.firm.organisation.name in listed and "1,200" in listed
    seen = reverse("official_project_results", args=[project.pk])
    told = county.get(seen).content.decode()
    assert "find_unused" in told and f"截取于 {taken.year}" in told
    decide = reverse("usage_decide", args=[check.pk])
    assert county.post(decide, {"step": "find_unused", "note": ""}).status_code == 422
    done = county.post(decide, {"step": "find_unused", "note": "现场看到系统已停用。"})
    assert done["Location"] == seen

    assert "立案追回" not in province.get(seen).content.decode()  # nothing was paid
    pay_claim(claim, at=over)
    body = province.get(seen).content.decode()
    assert f"claim={claim.number}" in body
    link = body.split(reverse("clawback_new"))[1].split('"')[0].replace("&amp;", "&")
    form = province.get(reverse("clawback_new") + link).content.decode()
    assert "系统已停用" in form and "54000" in form


def test_a_firm_agrees_to_its_case_and_takes_it_back(cast: Cast) -> None:
    project, _over = stage.accepted(cast, at=ago(120))
    firm, page = signed_in(cast, cast.firm.actor), reverse("project_results", args=[project.pk])
    case = reverse("project_case", args=[project.pk])
    asked = firm.get(page).content.decode()
    assert "同意公开为案例" in asked and "/programmes/lighthouse/" in asked
    assert firm.post(case, {"do": "agree", "agreed_by": ""}).status_code == 422
    assert firm.post(case, {"do": "agree", "agreed_by": "王厂长"})["Location"] == page
    entry = Entry.objects.get(kind="case")
    public = reverse("catalogue_entry", args=[entry.slug])
    assert public in firm.get(page).content.decode()
    assert Client().get(public).status_code == 200
    assert firm.post(case, {"do": "take_back"}).status_code == 302
    assert "已下架" in Client().get(public).content.decode()


def test_strangers_find_no_results(cast: Cast) -> None:
    project, _over = stage.accepted(cast, at=ago(120))
    for who, name in (
        (cast.rival.actor, "project_results"), (cast.next_county, "official_project_results"),
    ):  # fmt: skip
        assert signed_in(cast, who).get(reverse(name, args=[project.pk])).status_code == 404


def test_the_list_asks_the_same_number_of_queries_for_any_number(cast: Cast) -> None:
    project, _over = stage.accepted(cast, at=ago(290))
    usage.create_due(timezone.localdate())
    county = signed_in(cast, cast.county)

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            body = county.get(reverse("official_usage")).content.decode()
        assert cast.firm.organisation.name in body
        return len(seen)

    count()
    few = count()
    for months in (12, 18, 24):
        due = timezone.localdate() - 30 * ONE_DAY
        begin(UsageCheck(project=project, months=months, due_date=due), by=SYSTEM)
    assert count() == few
