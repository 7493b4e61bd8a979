"""Screens of an application: what is typed is kept, merged with what colleagues type, and never
lost; what was returned is open, all the rest is closed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.core.selection import FormField, Selection, Slot
from dengta.core.shapes import Text
from dengta.programmes.actions.checking import check
from dengta.programmes.actions.filling import attach
from dengta.programmes.models import Application, Entry
from tests.cast import Cast
from tests.programmes.conftest import Beside
from tests.programmes.desk import at_desk, draft_now, handed_in, open_now, text_of
from tests.programmes.stage import paper, sound

SEEN = re.compile(r'name="seen" value="([^"]*)"')
QUIETLY = {"X-Autosave": "1"}


@pytest.fixture
def firm(cast: Cast) -> Client:
    return at_desk(cast, cast.firm.actor)


@pytest.fixture
def draft(cast: Cast) -> Application:
    return draft_now(cast, cast.firm)


def screen(draft: Application, section: str = "scene") -> str:
    return f"/applications/{draft.pk}/form/{section}/"


def opened(client: Client, address: str) -> dict[str, str]:
    """What a browser sends of a screen on which nothing was touched."""
    page = text_of(client.get(address))
    found = {"seen": SEEN.findall(page)[0]}
    fields = page[page.index('<form class="step-form"') : page.index('class="step-actions"')]
    for tag in re.findall(r"<input [^>]*>", fields):
        name, value = re.search(r'name="(f-[^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and ('type="radio"' not in tag or " checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, text in re.findall(r'<textarea name="(f-[^"]+)"[^>]*>\s*([^<]*)</textarea>', fields):
        found[name] = text
    for name, body in re.findall(r'<select name="(f-[^"]+)"[^>]*>(.*?)</select>', fields, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    return found


def value(draft: Application, field: str) -> Any:
    row = Entry.objects.filter(application=draft, field=field).first()
    return row.value if row else None


def test_what_is_typed_is_kept_and_what_was_only_known_is_not(
    draft: Application, firm: Client
) -> None:
    typed = opened(firm, screen(draft, "firm"))
    assert typed["f-employees"] == "180" and typed["f-industry_code"] == "36"
    answer = firm.post(screen(draft, "firm"), typed | {"f-employees": "200"}, headers=QUIETLY)
    assert answer.status_code == 200
    assert list(draft.entries.values_list("field", "value", "version")) == [("employees", 200, 1)]
    again = typed | {"f-employees": "210", "seen": answer.json()["seen"]}
    on = firm.post(screen(draft, "firm"), again)
    assert on["Location"] == screen(draft, "scene")
    assert value(draft, "employees") == 210


def test_who_the_applicant_is_stands_there_and_cannot_be_changed(
    cast: Cast, draft: Application, firm: Client
) -> None:
    page = text_of(firm.get(screen(draft, "firm")))
    assert cast.firm.organisation.uscc in page and 'name="f-uscc"' not in page
    assert "江岸区" in page and "来自企业档案，可以修改。" in page
    firm.post(screen(draft, "firm"), opened(firm, screen(draft, "firm")) | {"f-uscc": "X"})
    assert not draft.entries.exists()


def test_two_people_on_one_screen_are_merged(cast: Cast, draft: Application, firm: Client) -> None:
    other = at_desk(cast, cast.colleague(cast.firm))
    mine, theirs = opened(firm, screen(draft)), opened(other, screen(draft))
    assert firm.post(screen(draft), mine | {"f-scene_name": "追溯"}).status_code == 302
    answer = other.post(screen(draft), theirs | {"f-scene_way": "做法"}, headers=QUIETLY)
    assert answer.status_code == 200
    assert (value(draft, "scene_name"), value(draft, "scene_way")) == ("追溯", "做法")


def test_both_values_are_shown_when_two_write_one_field(
    cast: Cast, draft: Application, firm: Client
) -> None:
    other = at_desk(cast, cast.colleague(cast.firm))
    mine, theirs = opened(firm, screen(draft)), opened(other, screen(draft))
    firm.post(screen(draft), mine | {"f-scene_name": "甲的名称"})
    typed = theirs | {"f-scene_name": "乙的名称", "f-scene_way": "乙的做法"}
    quiet = other.post(screen(draft), typed, headers=QUIETLY)
    assert quiet.status_code == 409 and "改过同一项" in quiet.json()["text"]
    clash = other.post(screen(draft), typed)
    page = text_of(clash)
    assert clash.status_code == 409 and "甲的名称" in page and "乙的名称" in page
    assert "data-autosave" not in page
    assert (value(draft, "scene_name"), value(draft, "scene_way")) == ("甲的名称", "乙的做法")
    chosen = typed | {"seen": SEEN.findall(page)[0]}
    other.post(screen(draft), chosen | {"take-scene_name": "theirs"})
    assert value(draft, "scene_name") == "甲的名称"
    assert other.post(screen(draft), chosen | {"take-scene_name": "mine"}).status_code == 302
    assert value(draft, "scene_name") == "乙的名称"


@pytest.mark.parametrize(
    ("section", "field", "typed", "says"),
    [
        ("scene", "scene_pain", "长" * 801, "最多 800 字"),
        ("scene", "online_date", "去年", "不是日期"),
        ("effect", "scene_users", "三十", "不是整数"),
        ("effect", "scene_users", "-1", "0 至 1,000,000"),
        ("effect", "invested_fen", "12.1234567", "小数太长"),
    ],
)
def test_what_cannot_be_is_said_stays_on_the_screen_and_holds_up_nothing_else(
    draft: Application, firm: Client, section: str, field: str, typed: str, says: str
) -> None:
    beside = "scene_way" if section == "scene" else "effect_text"
    sent = opened(firm, screen(draft, section)) | {f"f-{field}": typed, f"f-{beside}": "照常"}
    quiet = firm.post(screen(draft, section), sent, headers=QUIETLY)
    assert quiet.status_code == 422 and says in quiet.json()["text"]
    assert value(draft, beside) == "照常" and value(draft, field) is None
    # What was kept of it is seen as one's own from then on.
    following = sent | {f"f-{beside}": "再改", "seen": quiet.json()["seen"]}
    page = firm.post(screen(draft, section), following)
    assert page.status_code == 422
    assert says in text_of(page) and typed in text_of(page)
    assert value(draft, beside) == "再改"


def test_an_emptied_field_is_empty(draft: Application, firm: Client) -> None:
    firm.post(screen(draft), opened(firm, screen(draft)) | {"f-scene_name": "追溯"})
    firm.post(screen(draft), opened(firm, screen(draft)) | {"f-scene_name": " "})
    assert value(draft, "scene_name") is None


def test_back_and_out_keep_what_was_typed(draft: Application, firm: Client) -> None:
    typed = opened(firm, screen(draft))
    back = firm.post(screen(draft), typed | {"f-scene_name": "一", "do": "back"})
    assert back["Location"] == screen(draft, "firm") and value(draft, "scene_name") == "一"
    typed = opened(firm, screen(draft))
    out = firm.post(screen(draft), typed | {"f-scene_name": "二", "do": "exit"})
    assert out["Location"] == f"/applications/{draft.pk}/" and value(draft, "scene_name") == "二"


def test_only_what_was_returned_is_open(cast: Cast, firm: Client) -> None:
    application = handed_in(cast, cast.firm)
    check(application, cast.county, "return_county", reopen={"scene_pain": "请补充数据"})
    page = text_of(firm.get(screen(application)))
    assert "请补充数据" in page and "第 1 步，共 1 步" in page
    assert 'name="f-scene_pain"' in page and 'name="f-scene_way"' not in page
    for closed in (screen(application, "effect"), f"/applications/{application.pk}/papers/"):
        assert firm.get(closed)["Location"] == f"/applications/{application.pk}/"
    typed = opened(firm, screen(application))
    on = firm.post(screen(application), typed | {"f-scene_pain": "有数据", "f-scene_way": "改"})
    assert on["Location"] == f"/applications/{application.pk}/check/"
    assert value(application, "scene_pain") == "有数据"
    assert value(application, "scene_way") != "改"


def test_papers_are_added_refused_by_name_and_taken_back(draft: Application, firm: Client) -> None:
    address = f"/applications/{draft.pk}/papers/"
    files = [paper("png"), SimpleUploadedFile("录像.mp4", b"x")]
    page = firm.post(address, {"p-files-users_proof": files, "do": "attach-users_proof"})
    assert page.status_code == 422 and "录像.mp4" in text_of(page)
    kept = draft.attachments.get(removed_at=None)
    assert kept.document.name in text_of(page)
    on = firm.post(address, {"do": f"detach-{kept.pk}"})
    assert on["Location"] == f"{address}#slot-users_proof"
    assert not draft.attachments.filter(removed_at=None).exists()
    assert firm.post(address, {})["Location"] == f"/applications/{draft.pk}/check/"


def test_nobody_else_gets_at_a_draft(cast: Cast, draft: Application) -> None:
    addresses = (screen(draft), f"/applications/{draft.pk}/papers/", f"/applications/{draft.pk}/",
                 f"/applications/{draft.pk}/check/")  # fmt: skip
    for acting in (cast.rival.actor, cast.county, cast.province):
        client = at_desk(cast, acting)
        assert [client.get(address).status_code for address in addresses] == [
            404 if acting.role != "province" else 403
        ] * 4
    expired = Client().post(screen(draft), {"f-scene_name": "x"}, headers=QUIETLY)
    assert expired.status_code == 401


def large(beside: Beside, fields: int, slots: int) -> Selection:
    made = tuple(
        FormField(f"field_{n}", f"part_{n % 5}", Text(f"第 {n} 项", f"Field {n}"), "text")
        for n in range(fields)
    )
    kept = tuple(Slot(f"slot_{n}", Text(f"第 {n} 类", f"Slot {n}"), True, ("pdf",), 5)
                 for n in range(slots))  # fmt: skip
    names = {f"part_{n}": Text(f"第 {n} 部分", f"Part {n}") for n in range(5)}
    return beside(f"large_{fields}", sections=names, fields=made, slots=kept)


def test_two_hundred_fields_and_fifty_papers_ask_no_more_than_five(
    cast: Cast, firm: Client, beside: Beside
) -> None:
    counts = []
    for fields, slots, papers in ((5, 1, 1), (200, 10, 50)):
        rule = large(beside, fields, slots)
        draft = draft_now(cast, cast.firm, open_now(cast, rule.id))
        for n in range(papers):
            attach(draft, cast.firm.actor, f"slot_{n % slots}", paper("pdf"))
        Entry.objects.bulk_create(
            Entry(application=draft, field=each.id, value=sound(each), at=draft.created_at)
            for each in rule.fields
        )
        base = f"/applications/{draft.pk}/"
        for address in ("", "form/part_1/", "papers/", "check/"):
            with CaptureQueriesContext(connection) as asked:
                assert firm.get(base + address).status_code == 200
            counts.append(len(asked))
    assert counts[:4] == counts[4:]
