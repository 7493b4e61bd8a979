"""The list of a pilot from a file: looked at first, sound rows listed, the others named by cell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.accounts.queries import Actor
from dengta.core.codes import make_uscc
from dengta.projects.actions import pilots
from dengta.projects.actions.pilot_imports import import_list
from dengta.projects.models import PilotChange, PilotFirm, PilotPlan
from dengta.projects.queries.pilot_sheets import COLUMNS, list_template, preview
from dengta.projects.queries.pilots import TITLE, changes_of, firms_of, replayed
from dengta.registry.actions import sanction
from dengta.registry.queries import policy, titles_on
from dengta.trail.actions import NotAllowed, StepRefused
from dengta.trail.models import Document, Job, Notice
from tests.cast import MOMENT, Cast, Firm
from tests.projects.test_pilot_list import filed
from tests.tables import comma_separated, read, uploaded, xlsx
from tests.working import work

DAY = MOMENT.date()
HEADING = [column.names[0] for column in COLUMNS]


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=False):
        yield


def row(firm: Firm, **cells: str) -> list[str]:
    given = {"uscc": firm.organisation.uscc} | cells
    return [given.get(column.id, "") for column in COLUMNS]


def handed_in(cast: Cast, *rows: Sequence[Any]) -> Document:
    return uploaded(xlsx(名单=[["武汉市试点企业名单"], HEADING, *rows]), "名单.xlsx", cast.city)


def done(job: Job) -> Job:
    work()
    job.refresh_from_db()
    assert not job.failure
    return job


def counts(job: Job) -> tuple[int, ...]:
    return tuple(line["count"] for line in job.summary)


def listed(plan: PilotPlan) -> set[str]:
    return {one.organisation.uscc for one in firms_of(plan) if one.state == "listed"}


def test_sound_rows_are_listed_with_their_log_and_the_others_named_by_cell(cast: Cast) -> None:
    plan = filed(cast)
    left = pilots.list_firm(plan, cast.giant.organisation, cast.city, reason="首批")
    pilots.withdraw_firm(left, cast.city, reason="停产")
    barred = cast.enrol("barred")
    sanction(
        barred.organisation, from_date=DAY, until_date=DAY + dt.timedelta(days=90), source="round",
        grounds="弄虚作假", document_number="鄂经信罚〔2026〕1号", source_id=1, by=cast.province,
    )  # fmt: skip
    unknown = make_uscc("420102", 999_999)
    source = handed_in(
        cast,
        row(cast.firm, name=cast.firm.organisation.name, reason="龙头企业", document_number="1号"),
        [cast.rival.organisation.uscc.lower()],
        row(cast.firm),
        [unknown],
        ["9142XX"],
        row(cast.remote),
        row(cast.giant),
        row(barred),
        row(cast.supplier),
        row(cast.enrol("other"), name="别的公司"),
        row(cast.enrol("trade"), sub_industry="没有的行业"),
        [],
    )
    seen = preview(plan, source, DAY)
    assert ([one.uscc for one in seen.new], seen.there, seen.rejected) == (
        [cast.firm.organisation.uscc, cast.rival.organisation.uscc], 0, 9,
    )  # fmt: skip
    assert PilotFirm.objects.count() == 1  # nothing is written by looking
    job = done(import_list(plan, cast.city, source, reason="首批名单", document_number="2号")[0])
    assert (counts(job), job.fault_count) == ((2, 0, 9), 9)
    assert [(fault["row"], fault["column"]) for fault in job.faults] == [
        *((number, "A 统一社会信用代码") for number in range(5, 12)),
        (12, "B 企业名称"),
        (13, "C 细分行业"),
    ]
    assert all(fault["value"] and fault["zh"] and fault["en"] for fault in job.faults)
    for number, said in (
        (5, "第 3 行"), (6, "没有在平台注册"), (8, "不属于本试点地区"), (9, "重新列入"),
        (10, "鄂经信罚〔2026〕1号"), (11, "登记为服务商"), (12, "别的"), (13, "汽车零部件"),
    ):  # fmt: skip
        (fault,) = [one for one in job.faults if one["row"] == number]
        assert said in fault["zh"] or said in fault["value"], fault
    (rows,) = read(job.rejected).values()
    assert [one[-2] for one in rows[1:]] == list(range(5, 14))
    log = {one.firm.organisation_id: one for one in changes_of(plan).filter(kind="add")}
    own, common = log[cast.firm.organisation.pk], log[cast.rival.organisation.pk]
    assert (own.reason, own.document_number, own.user_id) == ("龙头企业", "1号", cast.city.user_id)
    assert (common.reason, common.document_number) == ("首批名单", "2号")
    assert TITLE in titles_on(cast.firm.organisation, DAY)
    assert Notice.objects.filter(user_id=cast.firm.actor.user_id).count() == 1
    assert replayed(changes_of(plan)) == {one.pk: one.state for one in firms_of(plan)}


def test_the_same_file_twice_lists_nothing_twice(cast: Cast) -> None:
    plan = filed(cast)
    source = handed_in(cast, row(cast.firm), row(cast.rival))
    job, new = import_list(plan, cast.city, source, reason="首批")
    again, anew = import_list(plan, cast.city, source, reason="首批")
    assert (new, anew, again.pk) == (True, False, job.pk)
    assert counts(done(job)) == (2, 0, 0)
    longer = handed_in(cast, row(cast.firm), row(cast.rival), row(cast.giant))
    assert counts(done(import_list(plan, cast.city, longer, reason="增补")[0])) == (1, 2, 0)
    assert (PilotFirm.objects.count(), PilotChange.objects.count()) == (3, 3)


def test_rows_that_went_back_are_mended_and_handed_in_again(cast: Cast) -> None:
    plan = filed(cast)
    source = handed_in(cast, row(cast.firm), row(cast.rival, name="错的名称"))
    first = done(import_list(plan, cast.city, source, reason="首批")[0])
    assert first.rejected is not None
    cast.rival.organisation.name = "错的名称"
    cast.rival.organisation.save()
    second = done(import_list(plan, cast.city, first.rejected, reason="首批")[0])
    assert counts(second) == (1, 0, 0)
    again, new = import_list(plan, cast.city, source, reason="首批")  # it had faults: a new try
    assert new and counts(done(again)) == (0, 2, 0)


def test_who_may_not_and_what_is_no_list_is_refused(cast: Cast) -> None:
    plan = filed(cast)
    source = handed_in(cast, row(cast.firm))
    for actor in (cast.province, cast.firm.actor):
        with pytest.raises(NotAllowed):
            import_list(plan, actor, source, reason="首批")
    with pytest.raises(StepRefused, match="理由"):
        import_list(plan, cast.city, source, reason=" ")
    for content, said in (
        (comma_separated([["企业名称"], ["甲"]]), "缺少列"),
        (comma_separated([HEADING]), "没有数据行"),
    ):
        with pytest.raises(StepRefused, match=said):
            preview(plan, uploaded(content, "名单.csv", cast.city), DAY)
    pilots.close_plan(plan, cast.province, note="期满")
    with pytest.raises(StepRefused, match="备案"):
        import_list(plan, cast.city, source, reason="首批")


def test_the_template_lists_nobody_until_it_is_filled_in(cast: Cast) -> None:
    plan = filed(cast)
    source = uploaded(list_template(plan), "模板.xlsx", cast.city)
    with pytest.raises(StepRefused, match="没有数据行"):
        preview(plan, source, DAY)
    assert read(source)["试点企业名单"][1][2] == policy().sub_industries["auto_parts"].name.zh


def test_any_number_of_firms_is_listed_in_the_same_statements(cast: Cast) -> None:
    plan, asked = filed(cast), []
    for some in (2, 9):
        firms = [cast.enrol(f"firm-{some}-{n}") for n in range(some)]
        wanted = [pilots.Wanted(one.organisation, "首批") for one in firms]
        with CaptureQueriesContext(connection) as queries:
            assert pilots.list_firms(plan, wanted, cast.city) == {}
        asked.append(len(queries))
    assert asked[0] == asked[1]


# ---------------------------------------------------------------- pages


def desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def test_an_office_hands_a_file_in_looks_and_confirms_once(cast: Cast) -> None:
    plan = filed(cast)
    city, page = desk(cast, cast.city), f"/official/pilots/{plan.pk}/import/"
    assert "名单模板" in city.get(page).content.decode()
    assert city.get(f"{page}template/").content[:2] == b"PK"
    assert city.post(page, {}).status_code == 422
    wrong = city.post(page, {"file": SimpleUploadedFile("名单.txt", b"x")})
    assert (wrong.status_code, "名单.txt" in wrong.content.decode()) == (422, True)
    content = xlsx(名单=[HEADING, row(cast.firm), row(cast.remote)])
    sent = city.post(page, {"file": SimpleUploadedFile("名单.xlsx", content)})
    assert sent.status_code == 302
    shown = city.get(sent["Location"])
    assert "可以列入 1 家，已在名单内 0 家，有问题 1 行" in shown.content.decode()
    assert "A 统一社会信用代码" in shown.content.decode()
    assert not PilotFirm.objects.exists()
    silent = city.post(sent["Location"], {"reason": ""})
    assert (silent.status_code, "写明列入理由" in silent.content.decode()) == (422, True)
    confirmed = [city.post(sent["Location"], {"reason": "首批"})["Location"] for _ in range(2)]
    assert confirmed[0] == confirmed[1]
    work()
    assert listed(plan) == {cast.firm.organisation.uscc}
    assert "列入名单" in city.get(confirmed[0]).content.decode()
    assert cast.firm.organisation.name in city.get(f"/official/pilots/{plan.pk}/").content.decode()
    # Neither another office's file nor another place's plan.
    other = desk(cast, cast.official("other", "city", "420500"))
    assert other.get(sent["Location"]).status_code == 404
    broken = city.post(page, {"file": SimpleUploadedFile("坏.xlsx", b"PK\x03\x04rubbish")})
    unread = city.get(broken["Location"])
    assert (unread.status_code, "坏.xlsx 已损坏" in unread.content.decode()) == (422, True)
