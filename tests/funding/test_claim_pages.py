"""The pages of claims, as they work without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.funding.actions import claims_filling, claims_submitting
from dengta.funding.models import Claim
from dengta.web.enterprise import claims_edit
from tests.cast import MOMENT, WAN, Cast
from tests.funding.claims_cast import (
    approved_claim,
    budget,
    checked_claim,
    draft_claim,
    line,
    paper,
    pilot,
    reward,
    submitted_claim,
)


def signed_in(cast: Cast, acting: Any) -> Client:
    """A browser of somebody."""
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def base(cast: Cast, **different: str) -> dict[str, str]:
    """What a firm types of the claim itself."""
    typed = {
        "title": "生产过程数字化改造",
        "supplier": cast.supplier.organisation.uscc,
        "contract_number": "HT-1",
        "list_fen": "100000",
        "discount_fen": "",
        "finished_date": timezone.localdate().isoformat(),
        "accepted_date": timezone.localdate().isoformat(),
        "account_name": "本企业",
        "account_number": "622202",
        "bank_name": "湖北银行",
        "fact-abnormal_listed": "no",
        "fact-serious_violation": "no",
        "fact-diagnosis_done": "yes",
    }
    return typed | different


LINE = {
    "line-cost_class": "software",
    "line-text": "生产执行系统",
    "line-invoice_number": "26420000000000000001",
    "line-invoice_line": "1",
    "line-invoice_date": "2026-02-01",
    "line-invoice_total_fen": "100000",
    "line-amount_fen": "100000",
}
FLOW = {"flow-number": "LS1", "flow-paid_date": "2026-02-10", "flow-amount_fen": "100000"}


def test_a_firm_fills_in_step_by_step_and_sees_what_it_would_get(cast: Cast) -> None:
    firm = pilot(cast, cast.firm)
    client = signed_in(cast, firm.actor)
    begun = client.post("/enterprise/claims/new/", {"scheme": "wuhan-pilot", "key": "k1"})
    again = client.post("/enterprise/claims/new/", {"scheme": "wuhan-pilot", "key": "k1"})
    assert begun["Location"] == again["Location"]
    page = begun["Location"]
    half = client.post(page, base(cast) | LINE | {"line-amount_fen": "", "do": "line"})
    assert half.status_code == 422 and "这一行还差这一项。" in half.content.decode()
    claim = Claim.objects.get()
    assert claim.title == "生产过程数字化改造" and not claim.lines.exists()
    done = client.post(page, base(cast) | LINE | FLOW | {"do": "line"})
    assert done.status_code == 302, done.content.decode()[:500]
    shown = client.get(page).content.decode()
    assert all(word in shown for word in ("30,000.00 元", "财政补助", "3万元", "7万元"))
    claim.refresh_from_db()
    assert claim.paid_fen == 10 * WAN and claim.facts["diagnosis_done"] is True
    client.post(page, base(cast) | {"do": "drop_line:1"})
    assert not claim.lines.exists()


def test_typing_is_kept_by_itself_and_mended_where_it_is_wrong(cast: Cast) -> None:
    firm = pilot(cast, cast.firm)
    client = signed_in(cast, firm.actor)
    claim = claims_filling.begin_claim(firm.actor, "wuhan-pilot", at=MOMENT)
    page = f"/enterprise/claims/{claim.pk}/edit/"
    kept = client.post(page, base(cast, list_fen="十万", title="改造"), headers={"X-Autosave": "1"})
    assert kept.status_code == 204
    claim.refresh_from_db()
    assert (claim.title, claim.list_fen) == ("改造", 0)
    wrong = client.post(page, base(cast, supplier="91420102XY00001A26") | {"do": "save"})
    assert wrong.status_code == 422
    assert "没有统一社会信用代码为“91420102XY00001A26”的服务商" in wrong.content.decode()


def test_a_payment_saved_beside_a_wrong_line_is_added_once(cast: Cast) -> None:
    firm = pilot(cast, cast.firm)
    client = signed_in(cast, firm.actor)
    page = client.post("/enterprise/claims/new/", {"scheme": "wuhan-pilot"})["Location"]
    typed = base(cast) | LINE | FLOW
    client.post(page, typed, headers={"X-Autosave": "1"})
    claim = Claim.objects.get()
    assert not claim.lines.exists() and not claim.flows.exists()
    half = client.post(page, typed | {"line-amount_fen": "十万", "do": "submit"})
    assert half.status_code == 422 and 'value="LS1"' not in half.content.decode()
    again = client.post(page, typed | {"do": "flow"})
    assert again.status_code == 302
    assert (claim.lines.count(), claim.flows.count()) == (1, 1)


def test_lines_come_from_a_file_and_faults_are_named_by_cell(cast: Cast) -> None:
    firm = pilot(cast, cast.firm)
    client = signed_in(cast, firm.actor)
    claim = claims_filling.begin_claim(firm.actor, "wuhan-pilot", at=MOMENT)
    page = f"/enterprise/claims/{claim.pk}/edit/"
    rows = (
        "费用类别,费用内容,发票号码,发票行,开票日期,发票总额,金额\n"
        "软件,生产执行系统,26420000000000000001,1,2026-02-01,1000,800.50\n"
        "桌椅,办公桌,26420000000000000002,1,2026-02-01,1000,1000\n"
    )
    file = SimpleUploadedFile("费用.csv", rows.encode())
    answer = client.post(page, base(cast) | {"table": file, "do": "import"})
    text = answer.content.decode()
    assert answer.status_code == 422 and "桌椅" in text and "不是本办法的费用类别" in text
    assert [row.amount_fen for row in claim.lines.all()] == [80050]


def test_a_claim_is_submitted_from_the_page_with_the_terms(cast: Cast) -> None:
    claim = draft_claim(cast)
    client = signed_in(cast, cast.firm.actor)
    page = f"/enterprise/claims/{claim.pk}/edit/"
    assert 'value="2026-02-24"' in client.get(page).content.decode()  # as it was filled in
    typed = base(cast, contract_number=claim.contract_number) | {"do": "submit"}
    bare = client.post(page, typed)
    assert bare.status_code == 422 and "请填写承诺人姓名" in bare.content.decode()
    assert client.post(page, typed | {"agreed_by": "王厂长"}).status_code == 302
    claim.refresh_from_db()
    assert (claim.state, claim.agreed_by) == ("county_check", "王厂长")
    assert "30,000.00" in client.get(f"/enterprise/claims/{claim.pk}/").content.decode()


def test_a_second_click_while_the_first_is_at_work_leads_to_the_claim(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, keep = draft_claim(cast), claims_edit._Desk.keep

    def late(second: Any) -> bool:
        first = Claim.objects.get(pk=claim.pk)
        claims_submitting.submit(first, cast.firm.actor, agreed_by="王", at=MOMENT)
        return keep(second)

    monkeypatch.setattr(claims_edit._Desk, "keep", late)
    typed = base(cast, contract_number=claim.contract_number) | {"do": "submit", "agreed_by": "王"}
    answer = signed_in(cast, cast.firm.actor).post(f"/enterprise/claims/{claim.pk}/edit/", typed)
    assert (answer.status_code, answer.headers["Location"]) == (
        302, f"/enterprise/claims/{claim.pk}/",
    )  # fmt: skip
    assert Claim.objects.get(pk=claim.pk).state == "county_check"


def test_a_reward_needs_one_answer(cast: Cast) -> None:
    claim = reward(cast)
    client = signed_in(cast, cast.firm.actor)
    assert "可领取的奖补" in client.get("/enterprise/claims/").content.decode()
    answer = client.post(
        f"/enterprise/claims/{claim.pk}/confirm/",
        {"account_number": "6222021234567890", "bank_name": "湖北银行", "agreed_by": "王厂长"},
    )
    assert answer.status_code == 302
    claim.refresh_from_db()
    assert claim.state == "province_review"


def test_an_official_cuts_a_line_and_sees_the_amount_before_and_after(cast: Cast) -> None:
    budget()
    claim = checked_claim(cast, None, line(10 * WAN), line(10 * WAN))
    client = signed_in(cast, cast.city)
    page = f"/official/claims/{claim.pk}/"
    assert "机器核对" in client.get(page).content.decode()
    bare = client.post(page + "take/", {"step": "approve", "cut_2": "50000"})
    assert bare.status_code == 422 and "没有写理由" in bare.content.decode()
    done = client.post(page + "take/", {"step": "approve", "cut_2": "50000", "why_2": "含一般设备"})
    assert done.status_code == 302
    shown = client.get(page).content.decode()
    assert "60,000.00" in shown and "45,000.00" in shown and "含一般设备" in shown


def test_all_without_exceptions_pass_in_one_go_and_each_is_answered(cast: Cast) -> None:
    smooth = submitted_claim(cast)
    odd = submitted_claim(cast, None, line(10 * WAN), line(WAN, cost_class="machine"))
    assert (smooth.exceptions, odd.exceptions) == (0, 1)
    answer = signed_in(cast, cast.county).post("/official/claims/pass/", {"all": "1"})
    assert "通过 1 件，没有办理 0 件" in answer.content.decode()
    smooth.refresh_from_db()
    odd.refresh_from_db()
    assert (smooth.state, odd.state) == ("city_review", "county_check")


def test_papers_and_claims_are_for_those_who_may_see_them(cast: Cast) -> None:
    claim = approved_claim(cast)
    kept = claim.papers.first()
    assert kept is not None
    paths = [f"/enterprise/claims/{claim.pk}/", f"/documents/{kept.document_id}/"]
    for path in paths:
        assert signed_in(cast, cast.rival.actor).get(path).status_code == 404
        own = signed_in(cast, cast.firm.actor).get(path)
        assert own.status_code == 200
        if own.streaming:
            assert b"".join(own.streaming_content)  # to its end, which closes it
    assert signed_in(cast, cast.next_city).get(f"/official/claims/{claim.pk}/").status_code == 404
    assert signed_in(cast, cast.province).get(f"/official/claims/{claim.pk}/").status_code == 200


def test_lists_ask_as_many_questions_for_six_as_for_two(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    first, second = submitted_claim(cast), submitted_claim(cast)
    official, firm = signed_in(cast, cast.county), signed_in(cast, cast.firm.actor)
    paths = {"/official/claims/": official, "/enterprise/claims/": firm,
             f"/official/claims/{first.pk}/": official}  # fmt: skip
    counts = {}
    for path, client in paths.items():
        client.get(path)
        with CaptureQueriesContext(connection) as seen:
            client.get(path)
        counts[path] = len(seen)
    for _ in range(4):
        submitted_claim(cast, None, *[line(WAN) for _ in range(4)])
    second.refresh_from_db()
    for path, client in paths.items():
        with django_assert_num_queries(counts[path]):
            client.get(path)


def test_a_paper_is_sent_with_the_form(cast: Cast) -> None:
    firm = pilot(cast, cast.firm)
    claim = claims_filling.begin_claim(firm.actor, "wuhan-pilot", at=MOMENT)
    client = signed_in(cast, firm.actor)
    page = f"/enterprise/claims/{claim.pk}/edit/"
    client.post(page, base(cast) | {"paper_contract": paper("合同"), "do": "papers"})
    (kept,) = claim.papers.filter(removed_at=None)
    assert kept.need == "contract"
    client.post(page, base(cast) | {"do": f"drop_paper:{kept.pk}"})
    assert not claim.papers.filter(removed_at=None).exists()


def test_the_page_of_a_redemption_opens_for_firm_and_offices(cast: Cast) -> None:
    claim = cast.voucher("redeemed").claims.get()
    for acting in (cast.county, cast.city, cast.province):
        page = signed_in(cast, acting).get(f"/official/claims/{claim.pk}/")
        assert "现在计算" in page.content.decode()
    assert (
        signed_in(cast, cast.firm.actor).get(f"/enterprise/claims/{claim.pk}/").status_code == 200
    )
