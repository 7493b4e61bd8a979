"""The pages of a list, its publicity, objections and the document, for organiser and public."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from dengta.accounts.models import User
from dengta.accounts.queries import Actor
from dengta.programmes.actions.listing import announce, make_list
from dengta.programmes.models import Application, Award, Objection, Publication
from dengta.programmes.queries.lists import why_this_place
from tests.cast import MOMENT, Cast
from tests.programmes.ranked import a_round, reviewed, states
from tests.programmes.test_objections import evidence, in_public

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pages have no clock but the server's; `at(moment)` sets it."""

    def at(moment: dt.datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    at(MOMENT)
    return at


def signed_in(acting: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=acting.user_id), BACKEND)
    return client


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.status_code
    return response.content.decode()


def streamed(address: str) -> bytes:
    """A file that anybody can take away."""
    return b"".join(Client().get(address).streaming_content)  # type: ignore[attr-defined]


def test_from_the_ranking_to_the_document_through_the_pages(cast: Cast, today: Any) -> None:
    round = a_round(cast)
    rows = [reviewed(round, cast.firm, "90"), reviewed(round, cast.rival, "55")]
    desk, at = signed_in(cast.province), f"/official/rounds/{round.pk}"
    assert "2 件已评审结束" in page(desk, f"{at}/list/")
    desk.post(f"{at}/list/step/", {"step": "list"})
    shown = page(desk, f"{at}/list/")
    assert "未达到最低得分" in shown and "到 2026年3月23日 止" in shown
    desk.post(f"{at}/list/step/", {"step": "announce"})
    assert states(rows) == ["proposed", "not_selected"]
    again = desk.post(f"{at}/list/step/", {"step": "announce"})
    assert again.status_code == 422 and "刚刚已由他人办理" in again.content.decode()
    assert "还剩 5 个工作日" in page(desk, f"{at}/publicity/")
    today(MOMENT + dt.timedelta(days=8))
    desk = signed_in(cast.province)
    form = {"document": "鄂经信〔2026〕8号", "day": "2026-03-24"}
    wrong = desk.post(f"{at}/award/", form | {"document": ""})
    assert wrong.status_code == 422 and "还没有填写" in wrong.content.decode()
    desk.post(f"{at}/award/", form)
    assert Award.objects.get().document_number == "鄂经信〔2026〕8号"
    assert "鄂经信〔2026〕8号" in page(desk, f"{at}/publicity/")


def test_only_the_organiser_sees_a_list_that_is_not_public(cast: Cast) -> None:
    from dengta.programmes.actions.listing import make_list

    round = a_round(cast)
    row = reviewed(round, cast.firm)
    make_list(round, cast.province, at=MOMENT)
    row.refresh_from_db()
    assert why_this_place(row) is None
    for address in ("list", "publicity"):
        response = signed_in(cast.city).get(f"/official/rounds/{round.pk}/{address}/")
        assert response.url == f"/rounds/{round.pk}/publicity/"  # type: ignore[attr-defined]
    public = page(Client(), f"/rounds/{round.pk}/publicity/")
    assert "名单还没有公示" in public and row.applicant_name not in public
    for address in ("list.json", "publicity.xlsx", "publicity.csv"):
        page(Client(), f"/rounds/{round.pk}/{address}", 404)
    page(signed_in(cast.city), f"/official/rounds/{round.pk}/list.json", 404)


def test_page_export_and_record_show_the_list_that_is_kept(cast: Cast) -> None:
    round, _ = in_public(cast, cast.firm, cast.rival)
    ranked = list(Application.objects.filter(round=round).order_by("rank"))
    shown = page(Client(), f"/rounds/{round.pk}/publicity/")
    places = [shown.index(row.applicant_name) for row in ranked]
    assert places == sorted(places) and shown.count("提出异议<span") == 2
    file = streamed(f"/rounds/{round.pk}/publicity.xlsx")
    lines = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0).to_python()
    cells = [[int(str(line[0]).split(".")[0]), *line[1:3]] for line in lines[1:]]
    assert cells == [[row.rank, row.number, row.applicant_name] for row in ranked]
    csv = streamed(f"/rounds/{round.pk}/publicity.csv")
    assert csv.decode("utf-8-sig").count("拟入选，公示中") == 2
    record = Client().get(f"/rounds/{round.pk}/list.json").content
    assert record.decode() == Publication.objects.get().text


def test_somebody_objects_and_finds_the_answer_by_the_code(cast: Cast, today: Any) -> None:
    _, (row,) = in_public(cast, cast.firm)
    public, address = Client(), f"/objections/{row.pk}/new/"
    key = page(public, address).split('name="key" value="')[1].split('"')[0]
    form = {"name": "王建国", "contact": "13800000000", "unit": "", "key": key,
            "text": "该场景的使用单位证明系伪造。"}  # fmt: skip
    missing = public.post(address, form)
    assert missing.status_code == 422 and "还没有附证据" in missing.content.decode()
    vague = public.post(address, form | {"name": "路人甲1", "evidence": evidence()})
    assert vague.status_code == 422 and "不像真实姓名" in vague.content.decode()
    assert "没有保留，请重新选择" in vague.content.decode()
    for _ in range(2):  # a double click, or a retry after a lost reply
        sent = public.post(address, form | {"evidence": evidence()})
    filed = Objection.objects.get()
    assert sent.url == f"/objections/{filed.code}/"  # type: ignore[attr-defined]
    told = page(public, f"/objections/{filed.code}/")
    assert "已收到" in told and "王建国" not in told and "13800000000" not in told
    assert page(public, "/objections/?code=ABCDEFGHJKLM", 404).count("ABCDEFGHJKLM") >= 1
    desk = signed_in(cast.province)
    seen = page(desk, f"/official/objections/{filed.pk}/")
    assert "王建国" in seen and f"/documents/{filed.evidence_id}/" in seen
    page(signed_in(cast.city), f"/official/objections/{filed.pk}/", 404)
    step = f"/official/objections/{filed.pk}/step/"
    desk.post(step, {"step": "accept", "note": ""})
    assert states([row]) == ["held"]
    short = desk.post(step, {"step": "dismiss", "note": "不成立"})
    assert short.status_code == 422
    desk.post(step, {"step": "dismiss", "note": "经走访核实，使用证明属实。"})
    assert "经走访核实" in page(public, f"/objections/{filed.code}/")
    assert states([row]) == ["proposed"]
    today(MOMENT + dt.timedelta(days=8))
    late = public.post(address, form | {"key": "late", "evidence": evidence()})
    assert late.status_code == 422 and "已经结束" in late.content.decode()


def test_a_list_of_any_length_takes_the_same_number_of_queries(cast: Cast) -> None:
    def asked(firms: int) -> list[int]:
        round, _ = in_public(
            cast, *(cast.enrol(f"f{firms}-{n}") for n in range(firms))
        )  # fmt: skip
        desk, found = signed_in(cast.province), []
        for client, address in (
            (Client(), f"/rounds/{round.pk}/publicity/"),
            (desk, f"/official/rounds/{round.pk}/list/"),
            (desk, f"/official/rounds/{round.pk}/publicity/"),
        ):
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                page(client, address)
            found.append(len(captured))
        return found

    assert asked(2) == asked(7)


def test_an_applicant_reads_why_it_has_its_place(cast: Cast) -> None:
    marks = {"effect": "251/3", "spread": "80"}
    round = a_round(cast, places=1)
    rows = [reviewed(round, cast.enrol(f"f{n}"), "251/3", marks=marks) for n in range(2)]
    make_list(round, cast.province, at=MOMENT)
    announce(round, cast.province, at=MOMENT)
    for row in rows:
        row.refresh_from_db()
    last = max(rows, key=lambda row: row.rank or 0)
    why = why_this_place(last)
    assert why is not None and (why.rank, why.of, why.outcome) == (2, 2, "none")
    assert why.compared is not None and "按事先公布的种子排定" in why.compared.zh
    told = render_to_string("parts/place.html", {"why": why})
    assert "1 个名额已满" in told and "83.667" in told
