"""What a firm sees of its assessment, what anybody may verify, what an office orders."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dengta.accounts.queries import Actor
from dengta.assessment.models import Assessment
from dengta.reports.queries import written
from dengta.rights.actions import give_consent
from dengta.trail.models import Job
from tests.cast import MOMENT, ONE_DAY, Cast
from tests.reports.conftest import best_answers, pdf_text, submitted  # noqa: F401

Submit = Callable[..., Assessment]


def signed_in(client: Client, cast: Cast, acting: Actor) -> Client:
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def firm(client: Client, cast: Cast) -> Client:
    return signed_in(client, cast, cast.firm.actor)


def page(client: Client, address: str, status: int = 200, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == status
    return response.content.decode()


# ---------------------------------------------------------------- result and PDF


def test_the_result_shows_peers_changes_road_programmes_and_how_to_verify(
    firm: Client, cast: Cast
) -> None:
    give_consent(cast.firm.actor, "policy_matching", at=MOMENT)
    cast.assessed(cast.firm, "B", 2)
    last = cast.assessed(cast.firm, "C", 3, at=MOMENT + 90 * ONE_DAY)
    last.refresh_from_db()
    shown = page(firm, f"/enterprise/assessment/{last.pk}/")
    for words in (
        "等级与门槛", "与同行相比", "企业太少，不显示", "与以往相比", "2 → 3 级", "转型路线",
        "现在就符合", written(last.verify_code or ""), "qr-code", "下载报告 PDF",
    ):  # fmt: skip
        assert words in shown, words


def test_a_first_result_has_no_changes_and_no_programmes_without_consent(
    firm: Client, cast: Cast
) -> None:
    shown = page(firm, f"/enterprise/assessment/{cast.assessed(cast.firm).pk}/")
    assert "与以往相比" not in shown
    assert "去授权" in shown


@pytest.mark.parametrize(("language", "words"), [("zh", "测评报告"), ("en", "SMEDigital")])
def test_the_pdf_is_downloaded_in_either_language(
    firm: Client, cast: Cast, language: str, words: str
) -> None:
    done = cast.assessed(cast.firm)
    response = firm.get(f"/enterprise/assessment/{done.pk}/report/{language}/")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert quote(cast.firm.organisation.name) in response.headers["Content-Disposition"]
    said = pdf_text(response.content)
    assert words in said
    done.refresh_from_db()
    assert f"http://testserver{reverse('verify_code', args=[done.verify_code])}" in said


def test_there_is_no_pdf_of_a_draft_of_anothers_or_in_another_language(
    firm: Client, cast: Cast
) -> None:
    other = cast.assessed(cast.rival)
    mine = cast.assessed(cast.firm)
    draft = cast.draft(cast.firm)
    page(firm, f"/enterprise/assessment/{other.pk}/report/zh/", 404)
    page(firm, f"/enterprise/assessment/{mine.pk}/report/fr/", 404)
    page(firm, f"/enterprise/assessment/{draft.pk}/report/zh/", 404)
    page(firm, f"/enterprise/assessment/{other.pk}/roadmap/", 404)


# ---------------------------------------------------------------- roadmap


def verdict(shown: str) -> str:
    found = re.search(r'class="road-verdict.*?<span>(.*?)</span>', shown, re.DOTALL)
    assert found
    return found[1]


def test_the_roadmap_aims_at_the_next_level_without_a_limit(firm: Client, cast: Cast) -> None:
    done = cast.assessed(cast.firm, "B", 2)
    shown = page(firm, f"/enterprise/assessment/{done.pk}/roadmap/")
    level = (done.level or 0) + 1
    assert f"升到{'零一二三四'[level]}级，最少自付" in verdict(shown)
    assert "不限" in shown
    assert 'type="range"' in shown
    assert "申请服务券" in shown
    assert "已算进来" in shown


def test_a_budget_that_is_too_small_says_what_is_reached_and_what_is_short(
    firm: Client, cast: Cast
) -> None:
    done = cast.assessed(cast.firm, "B", 2)
    address = f"/enterprise/assessment/{done.pk}/roadmap/"
    near = verdict(page(firm, f"{address}?target=4&budget=100"))
    assert "这个预算最高可到" in near
    assert "预算还差" in near
    assert "这个预算还升不了级" in verdict(page(firm, f"{address}?target=2&budget=0"))


def test_with_htmx_only_the_answer_comes_and_the_address_is_kept(firm: Client, cast: Cast) -> None:
    done = cast.assessed(cast.firm, "B", 2)
    address = f"/enterprise/assessment/{done.pk}/roadmap/?target=3&budget=50"
    response = firm.get(address, headers={"HX-Request": "true"})
    shown = response.content.decode()
    assert shown.lstrip().startswith('<div id="road-answer"')
    assert "<html" not in shown
    assert response.headers["HX-Replace-Url"] == address
    assert "HX-Request" in response.headers["Vary"]


@pytest.mark.parametrize("asked", ["target=9", "target=x", "budget=-1", "budget=1e9", "target=0"])
def test_what_no_slider_can_be_is_refused_with_the_mend(
    firm: Client, cast: Cast, asked: str
) -> None:
    done = cast.assessed(cast.firm, "B", 2)
    shown = page(firm, f"/enterprise/assessment/{done.pk}/roadmap/?{asked}", 422)
    assert re.search("要填 [0-9]+ 到 [0-9]+ 的整数", shown)
    assert "最少自付" in shown


def test_at_the_top_and_without_prices_the_page_says_so(
    firm: Client,
    cast: Cast,
    submitted: Submit,  # noqa: F811
) -> None:
    done = submitted(best_answers())
    assert "已是最高等级" in page(firm, f"/enterprise/assessment/{done.pk}/roadmap/")
    assert "已是最高等级" in page(firm, f"/enterprise/assessment/{done.pk}/")


def test_the_roadmap_of_a_draft_leads_back_to_it(firm: Client, cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    response = firm.get(f"/enterprise/assessment/{draft.pk}/roadmap/")
    assert response.headers["Location"] == f"/enterprise/assessment/{draft.pk}/check/"


# ---------------------------------------------------------------- verification


def test_anybody_verifies_a_code_and_sees_no_answers(client: Client, cast: Cast) -> None:
    done = cast.assessed(cast.firm, "C", 3)
    done.refresh_from_db()
    shown = page(client, f"/verify/{done.verify_code}/")
    assert "报告属实" in shown
    assert cast.firm.organisation.name in shown
    assert "企业自评" in shown
    assert cast.firm.organisation.uscc not in shown
    assert client.get(f"/verify/{done.verify_code}/").headers["X-Robots-Tag"] == "noindex"


def test_a_typed_code_leads_to_its_page(client: Client, cast: Cast) -> None:
    done = cast.assessed(cast.firm)
    done.refresh_from_db()
    code = done.verify_code or ""
    typed = f"/verify/?code={written(code).lower()}"
    assert client.get(typed).headers["Location"] == f"/verify/{code}/"
    dashed = client.get(f"/verify/{written(code)}/")
    assert dashed.headers["Location"] == f"/verify/{code}/"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "还没有填核验码"),
        ("abc", "有 3 位"),
        ("A" * 61, "填的内容太长"),
        ("—— ··", "还没有填核验码"),
    ],
)
def test_what_is_no_code_gets_a_sentence(client: Client, db: None, typed: str, words: str) -> None:
    assert words in page(client, f"/verify/?code={quote(typed)}", 422)


def test_a_code_that_nobody_has_is_said_so_and_can_be_typed_again(client: Client, db: None) -> None:
    shown = page(client, "/verify/ABCDEFGHJKLM/", 404)
    assert "没有核验码为 ABCD-EFGH-JKLM 的报告" in shown
    assert 'value="ABCD-EFGH-JKLM"' in shown


# ---------------------------------------------------------------- batches


def order(client: Client, **fields: str) -> int:
    form = {"instrument": "miit-2024", "region": "420100", "key": "k1"} | fields
    return client.post("/official/reports/", form).status_code


def counted(cast: Cast) -> None:
    give_consent(cast.firm.actor, "statistics", at=MOMENT)
    cast.assessed(cast.firm)


def test_an_office_sees_how_many_and_orders_them_once(client: Client, cast: Cast) -> None:
    counted(cast)
    signed_in(client, cast, cast.city)
    assert "1 家企业" in page(client, "/official/reports/")
    assert order(client) == order(client) == 302
    (job,) = Job.objects.all()
    assert job.arguments["site"] == "http://testserver/"
    form = {"instrument": "miit-2024", "region": "420100", "key": "k1"}
    assert client.post("/official/reports/", form).headers["Location"] == f"/jobs/{job.pk}/"


def test_a_choice_outside_the_office_is_refused_with_the_mend(client: Client, cast: Cast) -> None:
    counted(cast)
    signed_in(client, cast, cast.city)
    assert order(client, region="429004") == 422
    shown = page(client, "/official/reports/?region=429004", 422)
    assert "“429004”不在可选的地区里，请从列表中选择" in shown
    assert not Job.objects.exists()


def test_nobody_to_report_on_is_said_so(client: Client, cast: Cast) -> None:
    signed_in(client, cast, cast.city)
    assert "没有符合的企业" in page(client, "/official/reports/")
    assert order(client) == 422


def test_firms_do_not_order_batches(firm: Client, db: None) -> None:
    page(firm, "/official/reports/", 403)


def test_the_result_asks_no_more_for_a_long_history(firm: Client, cast: Cast) -> None:
    def asked(done: Assessment) -> int:
        with CaptureQueriesContext(connection) as captured:
            page(firm, f"/enterprise/assessment/{done.pk}/")
        return len(captured)

    cast.assessed(cast.firm, "B", 2)
    second = cast.assessed(cast.firm, "C", 3, at=MOMENT + ONE_DAY)
    asked(second)
    few = asked(second)
    for days in range(2, 6):
        last = cast.assessed(cast.firm, "C", 3, at=MOMENT + days * ONE_DAY)
    assert asked(last) == few


def test_an_office_downloads_the_report_of_a_firm_of_its_territory(
    client: Client, cast: Cast
) -> None:
    done = cast.assessed(cast.firm)
    signed_in(client, cast, cast.city)
    response = client.get(f"/official/assessments/{done.pk}/report/zh/")
    assert cast.firm.organisation.name in pdf_text(response.content)
    signed_in(client, cast, cast.next_city)
    page(client, f"/official/assessments/{done.pk}/report/zh/", 404)
