"""A platform is evaluated by what it reported, and leaves the pool by a decision it can answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.accounts.queries import Actor
from dengta.catalogue.actions import entries
from dengta.catalogue.actions.platforms import confirm_month, report_month
from dengta.catalogue.models import Entry
from dengta.core.workdays import add_workdays
from dengta.programmes.actions import award_days
from dengta.programmes.actions import proceedings as act
from dengta.programmes.actions.effects import restore
from dengta.programmes.actions.evaluating import evaluate
from dengta.programmes.models import Award, Proceeding
from dengta.programmes.queries.awards import evaluations_shown
from dengta.registry.queries import policy, titles_on
from dengta.trail.actions import NotAllowed, StepRefused
from dengta.trail.models import Document, Notice
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.programmes.given import awarded, round_of

JANUARY, FEBRUARY = dt.date(2026, 1, 1), dt.date(2026, 2, 1)
EFFECT = add_workdays(DAY, 15) + ONE_DAY
WHY = "一月和二月如数上报，服务企业增长。"


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=False):
        yield


@pytest.fixture
def award(cast: Cast) -> Award:
    """A platform that was selected, in the pool, with two months reported, one confirmed."""
    made = awarded(
        cast, round=round_of(cast, "platform_enterprise"), number="HB-PT-2026-0001",
        day=dt.date(2026, 1, 5),
    )  # fmt: skip
    entry = entries.enrol(
        "platform", cast.firm.organisation, "楚天工业互联网平台", award=made.number,
        selected_by="省经信厅", selected_in="2026 年第一批", expires=None, key="platform/1",
    )  # fmt: skip
    report(cast, entry, JANUARY, 100)
    confirm_month(report(cast, entry, FEBRUARY, 126), cast.province)
    return made


def report(cast: Cast, entry: Entry, month: dt.date, number: int) -> Any:
    paper = Document.objects.create(
        fingerprint="0" * 64, name="后台.pdf", media_type="application/pdf", size=1, at=MOMENT
    )
    figures = {metric.id: number for metric in policy().pool.metrics}
    return report_month(entry, month, figures, paper, cast.firm.actor)


def platform() -> Entry:
    return Entry.objects.get(kind="platform")


def opened(cast: Cast, award: Award, **different: Any) -> Proceeding:
    given = {
        "first": JANUARY, "last": FEBRUARY, "result": "qualified", "grounds": WHY, "key": "e",
    }  # fmt: skip
    return evaluate(award, platform(), cast.province, **given | different)


def decided(cast: Cast, case: Proceeding, **more: str) -> Proceeding:
    act.serve(case, cast.province, notice="拟评为合格。")
    act.defend(case, cast.firm.actor, text="三月又增加二十家。")
    act.decide(case, cast.province, decision="评为合格。", **more)
    return case


def test_an_evaluation_freezes_what_was_reported_and_is_shown_once_it_stands(
    cast: Cast, award: Award
) -> None:
    case = opened(cast, award)
    assert opened(cast, award) == case
    assert case.terms["figures"]["firms"] == {"first": 100, "last": 126, "sum": 226}
    counts = [case.terms[name] for name in ("months", "reported", "confirmed", "findings")]
    assert counts == [2, 2, 1, 0]
    decided(cast, case, result="excellent")
    assert evaluations_shown(EFFECT, award) == []
    assert award_days.due(EFFECT).in_effect == 1
    (shown,) = evaluations_shown(EFFECT, award)
    assert (shown.terms["result"], shown.terms["figures"]) == ("excellent", case.terms["figures"])
    award.refresh_from_db()
    assert award.state == "in_force" and platform().state == "published"
    last = EFFECT + policy().practised("evaluation_shown_days", EFFECT) * ONE_DAY
    assert evaluations_shown(last, award) and not evaluations_shown(last + ONE_DAY, award)


def test_a_result_that_the_policy_does_not_publish_is_shown_to_nobody(
    cast: Cast, award: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = decided(cast, opened(cast, award))
    silent = policy().practised
    monkeypatch.setattr(
        type(policy()), "practised",
        lambda self, id, day: 0 if id == "evaluation_shown_days" else silent(id, day),
    )  # fmt: skip
    award_days.due(EFFECT)
    case.refresh_from_db()
    assert (case.state, evaluations_shown(EFFECT, award)) == ("closed", [])


def test_what_cannot_be_evaluated_says_why(cast: Cast, award: Award) -> None:
    for different, said in (
        ({"last": MOMENT.date()}, "2026年3月 还没有结束"),
        ({"first": FEBRUARY, "last": JANUARY}, "晚于截止月份"),
        ({"result": "nonsense"}, "选择评价结果"),
        ({"grounds": " "}, "写明事由"),
    ):
        with pytest.raises(StepRefused, match=said):
            opened(cast, award, **different)
    with pytest.raises(NotAllowed):
        evaluate(
            award, platform(), cast.city, first=JANUARY, last=FEBRUARY, result="qualified",
            grounds=WHY, key="x",
        )  # fmt: skip
    with pytest.raises(StepRefused):
        act.open_proceeding(award, cast.province, "evaluation", grounds=WHY, key="y")
    decided(cast, opened(cast, award))
    award_days.due(EFFECT)
    with pytest.raises(StepRefused, match="已经评价过"):
        opened(cast, award, first=FEBRUARY, key="again")


def test_a_removal_runs_beside_an_evaluation_and_there_is_one_of_each(
    cast: Cast, award: Award
) -> None:
    case = opened(cast, award)
    removal = charged(cast, award, "revocation")
    renamed = renaming(cast, award, key="n")
    with pytest.raises(StepRefused, match=f"跟踪评价 {case.number}"):
        opened(cast, award, key="e2")
    for kind in ("revocation", "warning", "rectification"):
        with pytest.raises(StepRefused, match=f"撤销认定 {removal.number}"):
            charged(cast, award, kind, key=f"c-{kind}")
    with pytest.raises(StepRefused, match=f"名称变更 {renamed.number}"):
        renaming(cast, award, key="n2")
    act.dismiss(removal, cast.province, note="已恢复运行。")
    charged(cast, award, "warning", key="later")


def test_an_evaluation_stands_though_the_award_is_to_be_rectified_and_a_renaming_waits(
    cast: Cast, award: Award
) -> None:
    case = opened(cast, award)
    mending = charged(cast, award, "rectification")
    act.serve(mending, cast.province, notice="拟责令整改。")
    act.defend(mending, cast.firm.actor, text="已在整改。")
    act.decide(mending, cast.province, decision="限期整改。", until=EFFECT + 90 * ONE_DAY)
    decided(cast, case)
    renamed = renaming(cast, award, key="n")
    assert award_days.due(EFFECT).in_effect == 2
    award.refresh_from_db()
    assert award.state == "rectifying"
    assert [one.pk for one in evaluations_shown(EFFECT, award)] == [case.pk]
    act.take_up(renamed, cast.province)
    with pytest.raises(StepRefused, match="限期整改”，不能准予名称变更"):
        act.decide(renamed, cast.province, decision="准予变更。")
    assert Proceeding.objects.get(pk=renamed.pk).state == "heard"
    restore(award, cast.province, note="整改合格。")
    act.decide(renamed, cast.province, decision="准予变更。")
    award.refresh_from_db()
    assert award.holder_name == "江城平台有限公司"


def renaming(cast: Cast, award: Award, key: str) -> Proceeding:
    return act.open_proceeding(
        award, cast.firm.actor, "renaming", grounds="公司改名。", name="江城平台有限公司", key=key,
        file=SimpleUploadedFile("执照.pdf", b"%PDF-1.4 new", "application/pdf"),
    )  # fmt: skip


def charged(cast: Cast, award: Award, kind: str, key: str = "charge") -> Proceeding:
    return act.open_proceeding(award, cast.province, kind, grounds="连续六个月停运。", key=key)


# ---------------------------------------------------------------- pages


def desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def test_the_province_evaluates_a_platform_on_its_page_and_everybody_reads_the_result(
    cast: Cast, award: Award
) -> None:
    province, page = desk(cast, cast.province), f"/official/platforms/{platform().pk}/record/"
    assert page in province.get("/official/platforms/").content.decode()
    shown = province.get(f"{page}?first=2026-01&last=2026-02").content.decode()
    assert "2 个月中上报 2 个月，核定 1 个月" in shown and ">126<" in shown
    assert province.get(f"{page}?first=2026-02&last=x").status_code == 200
    typed = {"key": "k", "first": "2026-01", "last": "2026-02", "result": "unqualified"}
    silent = province.post(f"{page}evaluate/", typed)
    assert (silent.status_code, "请写明评价意见" in silent.content.decode()) == (422, True)
    for _ in range(2):
        sent = province.post(f"{page}evaluate/", typed | {"grounds": WHY})
        assert sent.status_code == 302
    case = Proceeding.objects.get()
    told = province.get(sent["Location"]).content.decode()
    assert "100 → 126" in told and "不合格" in told
    act.serve(case, cast.province, notice="拟评为不合格。")
    firm = desk(cast, cast.firm.actor)
    assert case.number in firm.get(f"/desk/platforms/{platform().pk}/").content.decode()
    act.defend(case, cast.firm.actor, text="已补报。")
    decide = f"/official/proceedings/{case.pk}/decide/"
    answer = province.post(
        decide, {"step": "decide", "decision": "补报属实，评为合格。", "result": "qualified"}
    )
    assert answer.status_code == 302
    award_days.due(EFFECT)
    public = Client().get(f"/awards/{award.code}/").content.decode()
    assert "补报属实" in public and "2026年1月 至 2026年2月" in public


def test_a_platform_that_is_to_leave_is_told_can_answer_and_then_is_out_of_the_pool(
    cast: Cast, award: Award
) -> None:
    province, entry = desk(cast, cast.province), platform()
    page = f"/official/platforms/{entry.pk}/record/"
    assert desk(cast, cast.city).post(f"{page}exit/", {"grounds": "x"}).status_code == 422
    assert not Proceeding.objects.exists()
    sent = province.post(f"{page}exit/", {"key": "k", "grounds": "连续六个月停运。"})
    assert sent.status_code == 302
    case = Proceeding.objects.get(kind="revocation")
    told = province.get(page).content.decode()
    assert "建立评价" in told and "exit/" not in told, "an evaluation runs beside it"
    act.serve(case, cast.province, notice="拟撤销认定，可陈述申辩。")
    assert Notice.objects.filter(user_id=cast.firm.actor.user_id).last() is not None
    act.defend(case, cast.firm.actor, text="正在迁移机房。")
    act.decide(case, cast.province, decision="停运属实，撤销认定，退出资源池。")
    assert platform().state == "published"
    award_days.due(EFFECT)
    entry = platform()
    assert (entry.state, "停运属实" in entry.removed_reason) == ("removed", True)
    assert "platform_enterprise" not in titles_on(cast.firm.organisation, EFFECT + ONE_DAY)
    firm = desk(cast, cast.firm.actor)
    left = firm.get(f"/desk/platforms/{entry.pk}/").content.decode()
    assert "停运属实" in left and "上报一个月" not in left
    with pytest.raises(StepRefused, match="不用再报"):
        report(cast, entry, dt.date(2025, 12, 1), 90)
    assert "停运属实" in province.get(page).content.decode()


def test_offices_see_the_platforms_of_their_territory_in_the_same_queries(
    cast: Cast, award: Award
) -> None:
    other = desk(cast, cast.official("other", "city", "420500"))
    assert other.get(f"/official/platforms/{platform().pk}/record/").status_code == 404
    province, asked = desk(cast, cast.province), []
    for some in (1, 3):
        for n in range(some):
            entries.enrol(
                "platform", cast.firm.organisation, f"平台{some}{n}", award="", selected_by="",
                selected_in="", expires=None, key=f"p/{some}/{n}",
            )  # fmt: skip
        province.get("/official/platforms/")
        with CaptureQueriesContext(connection) as queries:
            assert province.get("/official/platforms/").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_an_enterprise_that_was_awarded_a_tier_is_shown_as_the_operator_of_a_platform(
    cast: Cast, award: Award
) -> None:
    firm, page = cast.firm.organisation, f"/providers/{cast.firm.organisation.uscc}/"
    entry = Client().get(f"/catalogue/{platform().slug}/").content.decode()
    assert page in entry and "平台企业" in entry
    listed = Client().get("/providers/?role=platform").content.decode()
    assert firm.name in listed and page in listed
    shown = Client().get(page)
    assert shown.status_code == 200 and "平台企业" in shown.content.decode()
    assert Client().get(f"/providers/{cast.rival.organisation.uscc}/").status_code == 404
    with time_machine.travel(MOMENT + 1500 * ONE_DAY, tick=False):
        assert firm.name not in Client().get("/providers/").content.decode()
