"""The steps of an assessment as pages: every kind of question, what figures lead to, two people at
one step, files, an edition that ended."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.accounts.models import User
from dengta.accounts.queries import Actor
from dengta.assessment.actions import Given, save_answers, start, submit
from dengta.assessment.actions.evidence import attach
from dengta.assessment.models import Assessment
from dengta.assessment.queries import answers_of, item_ids
from dengta.assessment.queries.evidence import evidence_of
from dengta.registry.models import EnterpriseYear
from dengta.registry.queries import policy
from dengta.rights.actions import give_consent
from tests.cast import MOMENT, Cast
from tests.editions import new_edition
from tests.pictures import encoded, photo, uploaded

BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), BACKEND)
    return client


@pytest.fixture
def draft(cast: Cast) -> Assessment:
    return cast.draft(cast.firm)


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.firm.actor)


def step(draft: Assessment, item: str) -> str:
    return f"/enterprise/assessment/{draft.pk}/{item}/"


def page(answer: HttpResponse) -> str:
    return answer.content.decode()


def quietly(client: Client, draft: Assessment, item: str, **typed: Any) -> HttpResponse:
    """What the page sends while somebody types."""
    answer: HttpResponse = client.post(step(draft, item), typed, headers={"X-Autosave": "1"})
    return answer


def begun(cast: Cast, instrument: str) -> Assessment:
    give_consent(cast.firm.actor, "assessment", at=MOMENT)
    return start(cast.firm.actor, instrument=instrument, at=MOMENT)


@pytest.mark.parametrize("instrument", ["miit-2024", "siri", "eu-dma", "gbt-39116-process"])
def test_every_step_of_every_instrument_shows_its_question_and_its_choices(
    cast: Cast, client: Client, instrument: str
) -> None:
    draft = begun(cast, instrument)
    asked = policy().instruments[instrument]
    for item in item_ids(draft):
        answer = client.get(step(draft, item))
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        choices = page(answer).count('class="choice"')
        question = next((q for q in asked.questions if q.id == item), None)
        if question is None:
            assert choices == 6, "levels 0 to 4, and that it does not apply"
        else:
            assert choices == len(question.options) + len(question.columns) * (
                len(question.rows) or 1
            )


def test_rows_are_kept_as_they_are_answered(cast: Cast, client: Client) -> None:
    draft = begun(cast, "eu-dma")
    rows = policy().instruments["eu-dma"].questions[0].rows
    typed = {f"row_{rows[0].id}": "2", f"row_{rows[2].id}": "1"}
    assert client.post(step(draft, "q1"), typed).status_code == 302
    assert answers_of(draft)["q1"] == "2-1-------"
    shown = page(client.get(step(draft, "q1")))
    assert len(re.findall(r"<input[^>]*checked", shown)) == 2


def test_figures_lead_to_the_answer_and_say_the_sum_back(client: Client, draft: Assessment) -> None:
    typed = {"figure_machines_digital": "120", "figure_machines_total": " 300 "}
    said = json.loads(quietly(client, draft, "q2", **typed).content)
    assert said == {
        "seen": "1-1-1", "answer": "C", "note": "120 ÷ 300 = 40%，对应 C：超过 20%，不超过 40%。",
    }  # fmt: skip
    assert answers_of(draft) == {"q2": "C", "machines_digital": "120", "machines_total": "300"}
    assert "120 ÷ 300 = 40%" in page(client.get(step(draft, "q2")))
    again = client.post(step(draft, "q2"), typed | {"answer": "E", "seen": "1-1-1"}, follow=True)
    assert "按您填的数，120 ÷ 300 = 40%，对应 C" in page(again)
    assert answers_of(draft)["q2"] == "C"


def test_without_figures_a_band_is_chosen_directly(client: Client, draft: Assessment) -> None:
    client.post(step(draft, "q2"), {"answer": "E", "figure_machines_total": "300"})
    assert answers_of(draft) == {"q2": "E", "machines_total": "300"}


def test_a_change_is_read_from_two_periods_and_a_small_one_may_be_called_flat(
    client: Client, draft: Assessment
) -> None:
    typed = {"figure_pass_rate_now": "98.5", "figure_pass_rate_before": "97"}
    said = json.loads(quietly(client, draft, "q13", **typed).content)
    assert said["answer"] == "C"
    assert "比上期增加 1.55%，对应 C" in said["note"]
    typed = {
        "figure_cost_now": "1005", "figure_cost_before": "1000",
        "figure_income_now": "2000", "figure_income_before": "2000", "answer": "B",
    }  # fmt: skip
    said = json.loads(quietly(client, draft, "q15", **typed).content)
    assert said["answer"] == "B"
    assert "折算后比上期增加 0.5%" in said["note"]
    assert "也可以" in said["note"]


@pytest.mark.parametrize(
    ("now", "before", "says"),
    [
        ("97", "97", "与上期相同，对应 B"),
        ("97", "0", "上期为 0，对应 C"),
        ("96", "97", "降低 1.03%"),
    ],
)
def test_a_change_is_said_back_in_words(
    client: Client, draft: Assessment, now: str, before: str, says: str
) -> None:
    typed = {"figure_pass_rate_now": now, "figure_pass_rate_before": before}
    assert says in json.loads(quietly(client, draft, "q13", **typed).content)["note"]


@pytest.mark.parametrize("whole", ["0", ""])
def test_where_figures_say_nothing_the_choice_stands(
    client: Client, draft: Assessment, whole: str
) -> None:
    typed = {"figure_machines_digital": "12", "figure_machines_total": whole, "answer": "B"}
    said = json.loads(quietly(client, draft, "q2", **typed).content)
    assert (said["answer"], said["note"]) == ("B", "")


def test_a_figure_shared_by_two_steps_is_typed_once(client: Client, draft: Assessment) -> None:
    typed = {"figure_machines_digital": "120", "figure_machines_total": "300"}
    client.post(step(draft, "q2"), typed)
    assert 'value="300"' in page(client.get(step(draft, "q3")))


def test_the_firms_record_fills_in_what_it_knows_and_says_so(
    cast: Cast, client: Client, draft: Assessment
) -> None:
    EnterpriseYear.objects.filter(organisation=cast.firm.organisation).update(
        employees=183, revenue_fen=6_000_125_049
    )
    shown = page(client.get(step(draft, "q14")))
    assert 'value="183"' in shown
    assert 'value="6000.13"' in shown, "rounded half-up to what the figure takes"
    assert shown.count("来自企业档案") == 2
    assert answers_of(draft) == {}, "a look writes nothing"
    client.post(step(draft, "q14"), {"figure_staff_now": "190", "figure_income_now": "6000.13"})
    shown = page(client.get(step(draft, "q14")))
    assert 'value="190"' in shown
    assert "来自企业档案" not in shown


@pytest.mark.parametrize(
    ("item", "typed", "says"),
    [
        ("q2", {"figure_machines_total": "三百"}, "“三百” 不是数"),
        ("q2", {"figure_machines_total": "-5"}, "超出范围"),
        ("q13", {"figure_pass_rate_now": "120"}, "请写 0 至 100 的数"),
        ("q1", {"answer": ["A", "B"]}, "互相矛盾"),
        ("q1", {"answer": ["Z"]}, "Z"),
        ("quality", {"answer": "9"}, "9"),
        ("quality", {"answer": "NA"}, "还需要写明理由"),
        ("q5", {"remark": "长" * 5000, "answer": "C"}, "写了 5000 字，最多 2000 字"),
    ],
)
def test_what_cannot_be_is_said_and_all_that_was_typed_stays(
    client: Client, draft: Assessment, item: str, typed: dict[str, Any], says: str
) -> None:
    answer = client.post(step(draft, item), typed)
    assert answer.status_code == 422
    assert says in page(answer)
    for value in typed.values():
        if isinstance(value, str) and len(value) > 1 and value != "NA":
            assert value in page(answer)
    assert answers_of(draft) == {}
    refused = quietly(client, draft, item, **typed)
    assert refused.status_code == 422
    assert says in json.loads(refused.content)["text"]


def test_a_remark_is_counted_as_it_is_seen(client: Client, draft: Assessment) -> None:
    lines = "\r\n".join(["一" * 99] * 20)
    assert client.post(step(draft, "q5"), {"answer": "C", "remark": lines}).status_code == 302
    assert draft.answers.get(item="q5").remark == "\n".join(["一" * 99] * 20)


def test_a_scenario_that_does_not_apply_is_kept_with_its_reason(
    client: Client, draft: Assessment
) -> None:
    client.post(step(draft, "warehousing"), {"answer": "NA", "reason": "成品直接交货"})
    assert answers_of(draft) == {"warehousing": "NA"}
    checked = page(client.get(step(draft, "check")))
    assert "场景不适用：成品直接交货" in checked
    assert ">不适用<" in checked, "and in the strip"


# ---------------------------------------------------------------- two people


def test_a_colleague_who_was_faster_is_shown_beside_what_was_typed(
    cast: Cast, client: Client, draft: Assessment
) -> None:
    colleague = cast.colleague(cast.firm)
    typed = {"figure_machines_digital": "90", "figure_machines_total": "300", "seen": "0-0-0"}
    save_answers(draft, colleague, {
        "q2": Given("C", remark="车间已确认"), "machines_digital": "110", "machines_total": "300",
    })  # fmt: skip
    quiet = quietly(client, draft, "q2", **typed)
    assert quiet.status_code == 409
    assert "李同事在 " in json.loads(quiet.content)["text"]
    answer = client.post(step(draft, "q2"), typed | {"remark": "按台账"})
    assert answer.status_code == 409
    for both in ("李同事", "110", "90", "车间已确认", "按台账", "用这里填的"):
        assert both in page(answer)
    assert 'value="90"' in page(answer), "the form has what was typed here"
    assert answers_of(draft)["machines_digital"] == "110", "and nothing was overwritten"
    seen = re.search(r'name="seen" value="([\d-]+)"', page(answer))
    assert seen
    chosen = client.post(step(draft, "q2"), typed | {"seen": seen[1], "remark": "按台账"})
    assert chosen.status_code == 302
    assert answers_of(draft)["machines_digital"] == "90"


def test_the_same_screen_sent_twice_changes_nothing_the_second_time(
    client: Client, draft: Assessment
) -> None:
    for _ in range(2):
        sent = client.post(step(draft, "q5"), {"answer": "C", "seen": "0"})
        assert sent.status_code == 302
    assert draft.answers.get(item="q5").version == 1


def test_a_screen_is_not_overtaken_by_itself(client: Client, draft: Assessment) -> None:
    said = json.loads(quietly(client, draft, "q5", answer="C", seen="0").content)
    said = json.loads(quietly(client, draft, "q5", answer="D", seen=said["seen"]).content)
    sent = client.post(step(draft, "q5"), {"answer": "E", "seen": said["seen"]})
    assert sent.status_code == 302
    assert answers_of(draft) == {"q5": "E"}


@pytest.mark.parametrize("seen", ["", "x", "1-2-3-4-5", "-", "9" * 400])
def test_a_screen_that_does_not_say_what_it_saw_overwrites_nothing(
    cast: Cast, client: Client, draft: Assessment, seen: str
) -> None:
    save_answers(draft, cast.colleague(cast.firm), {"q5": "C"})
    assert client.post(step(draft, "q5"), {"answer": "D", "seen": seen}).status_code == 409
    assert answers_of(draft) == {"q5": "C"}


# ---------------------------------------------------------------- files


def jpeg(seed: int, name: str = "现场.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, encoded(photo(seed)), content_type="image/jpeg")


def test_files_are_kept_with_what_was_typed_and_taken_back(
    client: Client, draft: Assessment
) -> None:
    files = [SimpleUploadedFile("台账.pdf", b"%PDF-1.7"), SimpleUploadedFile("片.mp4", b"x")]
    answer = client.post(
        step(draft, "q5"), {"answer": "C", "do": "attach", "photo": jpeg(1), "files": files}
    )
    assert answer.status_code == 422, "one of three cannot be kept"
    assert "“片.mp4”的格式不能作为材料" in page(answer)
    assert [one.document.name for one in evidence_of(draft, "q5")] == ["现场.jpg", "台账.pdf"]
    assert answers_of(draft) == {"q5": "C"}
    first = evidence_of(draft, "q5")[0]
    answer = client.post(
        step(draft, "q5"), {"answer": "D", "seen": "1", "do": f"take-back-{first.pk}"}
    )
    assert answer["Location"] == step(draft, "q5") + "#evidence"
    assert [one.document.name for one in evidence_of(draft, "q5")] == ["台账.pdf"]
    assert answers_of(draft) == {"q5": "D"}


def test_files_are_kept_though_an_answer_is_to_be_mended(client: Client, draft: Assessment) -> None:
    typed = {"figure_machines_total": "三百", "photo": jpeg(1)}
    answer = client.post(step(draft, "q2"), typed)
    assert answer.status_code == 422
    assert "现场.jpg" in page(answer)
    assert evidence_of(draft, "q2").count() == 1


def test_a_number_of_evidence_that_is_not_ours_is_said(
    cast: Cast, client: Client, draft: Assessment
) -> None:
    theirs = attach(cast.draft(cast.rival), cast.rival.actor, "q5", uploaded(photo(1)))
    answer = client.post(step(draft, "q5"), {"do": f"take-back-{theirs.pk}"})
    assert answer.status_code == 422
    assert "不在本次测评里" in page(answer)


def test_a_document_is_opened_by_who_may(cast: Cast, client: Client, draft: Assessment) -> None:
    one = attach(draft, cast.firm.actor, "q5", uploaded(photo(1)))
    address = f"/documents/{one.document_id}/"
    shown = client.get(address)
    assert shown["Content-Type"] == "image/jpeg"
    assert b"".join(shown.streaming_content) == encoded(photo(1))  # to its end, which closes it
    assert signed_in(cast.rival.actor).get(address).status_code == 404
    assert signed_in(cast.county).get(address).status_code == 404, "a draft is the firm's own"
    save_answers(draft, cast.firm.actor, cast.answers())
    submit(draft, cast.firm.actor, at=MOMENT)
    shown = signed_in(cast.county).get(address)
    assert b"".join(shown.streaming_content) == encoded(photo(1))


# ---------------------------------------------------------------- the way through


@pytest.mark.parametrize(
    ("item", "do", "to"),
    [
        ("q5", "", "q6"),
        ("q5", "back", "q4"),
        ("q1", "back", "q2"),
        ("decision_support", "", "check"),
    ],
)
def test_a_step_leads_on_and_back_and_keeps_what_was_typed(
    client: Client, draft: Assessment, item: str, do: str, to: str
) -> None:
    answer = client.post(step(draft, item), {"answer": "B" if item[0] == "q" else "1", "do": do})
    assert answer["Location"] == step(draft, to)
    assert item in answers_of(draft)


def test_leaving_keeps_what_was_typed(client: Client, draft: Assessment) -> None:
    answer = client.post(step(draft, "q5"), {"answer": "C", "do": "exit"})
    assert answer["Location"] == "/enterprise/assessment/"
    assert answers_of(draft) == {"q5": "C"}


def test_contradictions_stand_side_by_side_before_submission_and_with_the_result(
    cast: Cast, client: Client, draft: Assessment
) -> None:
    save_answers(draft, cast.firm.actor, cast.answers() | {"q2": "A", "q3": "E", "q5": "A"})
    shown = page(client.get(step(draft, "check")))
    assert "前后不一致，请核对" in shown
    assert "联网设备的比例高于数字化设备的比例" in shown
    conflicts = shown[shown.index('id="conflicts"') :]
    for item in ("q2", "q3"):
        assert step(draft, item) in conflicts
    answer = client.post(step(draft, "check"), {"pledge": "yes"})
    assert answer["Location"] == f"/enterprise/assessment/{draft.pk}/", "they do not block"
    draft.refresh_from_db()
    kept = {one["id"]: one for one in draft.result["contradictions"]}
    assert [side["item"] for side in kept["connected_over_digital"]["sides"]] == ["q3", "q2"]


def test_a_figure_against_the_firms_own_record_is_flagged(
    cast: Cast, client: Client, draft: Assessment
) -> None:
    save_answers(draft, cast.firm.actor, {"staff_now": "18"})
    shown = page(client.get(step(draft, "check")))
    assert "/enterprise/record/" in shown[shown.index('id="conflicts"') :]
    assert step(draft, "q14") in shown


def test_a_draft_that_was_given_up_leads_to_the_overview(client: Client, draft: Assessment) -> None:
    client.post(f"/enterprise/assessment/{draft.pk}/discard/")
    assert client.get(step(draft, "q1"))["Location"] == "/enterprise/assessment/"
    assert client.get(step(draft, "check"))["Location"] == "/enterprise/assessment/"


def test_an_ended_edition_is_said_on_every_step_and_one_click_goes_on(
    cast: Cast, tmp_path: Path
) -> None:
    with new_edition(tmp_path):
        draft, client = cast.draft(cast.firm), signed_in(cast.firm.actor)
        give_consent(cast.firm.actor, "assessment")
        save_answers(draft, cast.firm.actor, cast.answers())
        for where in ("q1", "check"):
            shown = page(client.get(step(draft, where)))
            assert "中小企业数字化水平评测指标（2024年版）已停用" in shown
            assert f"/enterprise/assessment/{draft.pk}/carry/" in shown
        refused = client.post(step(draft, "check"), {"pledge": "yes"})
        assert refused.status_code == 422
        assert "点“换到新版”" in page(refused)
        went = client.post(f"/enterprise/assessment/{draft.pk}/carry/", follow=True)
        assert "带来 30 项，还有 1 项要补" in page(went)
        assert went.redirect_chain[-1][0].endswith("/q15/")
        old = page(client.get("/enterprise/assessment/"))
        assert "换到新版" not in old


def test_the_overview_says_what_moved_and_what_an_old_result_is_worth_now(
    cast: Cast, tmp_path: Path
) -> None:
    with new_edition(tmp_path):
        cast.assessed(cast.firm, "B", 1)
        cast.assessed(cast.firm, "C", 3, at=MOMENT.replace(month=5))
        shown = page(signed_in(cast.firm.actor).get("/enterprise/assessment/"))
    assert "16 个场景提升" in shown
    assert "按中小企业数字化水平评测指标（2026年版）折算" in shown
    assert "有 1 项没有对应的答案" in shown
    assert shown.index("T1") < shown.index("T0")


def counted(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_a_step_asks_few_questions_of_the_database_however_much_is_filled_in(
    cast: Cast, client: Client, draft: Assessment
) -> None:
    first = counted(client, step(draft, "q5"))
    save_answers(draft, cast.firm.actor, cast.answers())
    for n in range(5):
        attach(draft, cast.firm.actor, "q5", uploaded(photo(n, (80, 60))))
    assert counted(client, step(draft, "q5")) == first <= 9
    with CaptureQueriesContext(connection) as seen:
        client.post(step(draft, "q5"), {"answer": "C", "seen": "1"})
    assert len(seen) <= 14


def test_the_overview_and_the_check_ask_the_same_however_much_there_is(
    cast: Cast, client: Client
) -> None:
    cast.assessed(cast.firm)
    draft = cast.draft(cast.firm)
    few = counted(client, "/enterprise/assessment/"), counted(client, step(draft, "check"))
    save_answers(draft, cast.firm.actor, cast.answers())
    for n in range(3):
        attach(draft, cast.firm.actor, f"q{n + 1}", uploaded(photo(n, (80, 60))))
    submit(draft, cast.firm.actor, at=MOMENT)
    draft = cast.draft(cast.firm)
    save_answers(draft, cast.firm.actor, cast.answers("C", 3))
    many = counted(client, "/enterprise/assessment/"), counted(client, step(draft, "check"))
    assert many == few
