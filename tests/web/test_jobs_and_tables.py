"""Pages for long work, imports, exports and tokens: who sees what, what is said, what is kept."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.accounts.models import Token
from dengta.accounts.queries import Actor
from dengta.assessment.actions import import_results
from dengta.assessment.models import RecordedResult
from dengta.rights.actions import give_consent
from dengta.trail.actions import open_job
from dengta.trail.models import Job
from tests.cast import Cast
from tests.tables import HEADING, comma_separated, uploaded, xlsx
from tests.working import work


def desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def table(cast: Cast, *levels: str) -> bytes:
    firm = cast.firm.organisation
    rows = [
        [firm.uscc, firm.name, "miit-2022", f"2023-06-{n:02d}", 50, level, ""]
        for n, level in enumerate(levels, 1)
    ]
    return xlsx(结果=[HEADING, *rows])


def hand_in(client: Client, content: bytes, name: str = "结果.xlsx", **more: str) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post("/official/import/", {"file": file, **more})


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# ---------------------------------------------------------------- import


def test_a_table_is_handed_in_worked_on_and_told(cast: Cast) -> None:
    client = desk(cast, cast.city)
    answer = hand_in(client, table(cast, "二级", "三级"))
    job = Job.objects.get()
    assert answer.url == f"/jobs/{job.pk}/"
    waiting = client.get(answer.url).content.decode()
    assert 'hx-trigger="every 2s"' in waiting and "前面还有任务" in waiting
    work()
    done = client.get(answer.url)
    assert "hx-trigger" not in done.content.decode()
    assert "办完，1 处要改" in text(done)
    assert "新记录 1" in text(done) and "结果 第 3 行 F 等级" in text(done)
    assert RecordedResult.objects.get().level == 2
    job.refresh_from_db()
    assert job.rejected is not None
    back = client.get(f"/documents/{job.rejected.pk}/")
    assert b"".join(back)[:2] == b"PK"  # type: ignore[arg-type]
    assert "attachment" in back.headers["Content-Disposition"]


def test_what_htmx_asks_for_is_only_what_changes(cast: Cast) -> None:
    client = desk(cast, cast.city)
    answer = hand_in(client, table(cast, "二级"))
    part = client.get(answer.url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and 'id="job"' in part


def test_the_same_file_leads_to_the_same_job_and_says_so(cast: Cast) -> None:
    client = desk(cast, cast.city)
    content = table(cast, "二级")
    first, again = hand_in(client, content), hand_in(client, content)
    assert first.url == again.url
    assert "没有重复导入" in text(client.get(again.url))


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (None, "", "还没有选择文件"),
        (b"x", "说明.docx", "不是表格文件"),
        (b"", "空.xlsx", "空"),
        (b"0" * (20 * 2**20 + 1), "大.csv", "有 20 MB，超过上限"),
    ],
)
def test_a_file_that_cannot_be_is_refused_on_the_page(
    cast: Cast, content: bytes | None, name: str, said: str
) -> None:
    client = desk(cast, cast.city)
    more = {"instrument": "miit-2022", "correct": "on"}
    if content is None:
        answer = client.post("/official/import/", more)
    else:
        answer = hand_in(client, content, name, **more)
    assert answer.status_code == 422
    assert said in text(answer)
    assert 'value="miit-2022" selected' in answer.content.decode(), "what was chosen is kept"
    assert not Job.objects.exists()


def test_a_file_that_cannot_be_read_is_told_with_the_job(cast: Cast) -> None:
    client = desk(cast, cast.city)
    answer = hand_in(client, comma_separated([HEADING[:3]]), "缺列.csv")
    work()
    assert "缺少列 “测评日期”" in text(client.get(answer.url))
    assert "没有办成" in text(client.get("/jobs/"))


def test_templates_can_be_filled_in_and_handed_in(cast: Cast) -> None:
    client = desk(cast, cast.city)
    for query in ("", "?instrument=miit-2024", "?instrument=gbt-39116-discrete"):
        answer = client.get(f"/official/import/template/{query}")
        assert answer.status_code == 200
        job, _ = import_results(
            cast.city, uploaded(answer.content, f"模板{len(query)}.xlsx", cast.city)
        )
        work()
        job.refresh_from_db()
        assert "只有表头，没有数据行" in job.failure["zh"], "the example alone is no data"
    assert client.get("/official/import/template/?instrument=nonsense").status_code == 404


def test_only_offices_have_the_page(cast: Cast) -> None:
    for acting in (cast.firm.actor, cast.supplier.actor, cast.expert):
        client = desk(cast, acting)
        for address in ("/official/import/", "/official/import/template/", "/official/export/"):
            assert client.get(address).status_code == 403
        assert client.get("/jobs/").status_code == 200


# ---------------------------------------------------------------- jobs


def test_another_office_sees_neither_job_nor_files(cast: Cast) -> None:
    hand_in(desk(cast, cast.city), table(cast, "六级"))
    work()
    job = Job.objects.get()
    assert job.rejected is not None and job.source is not None
    for acting, status in ((cast.province, 200), (cast.next_city, 404), (cast.firm.actor, 404)):
        client = desk(cast, acting)
        for address in (
            f"/jobs/{job.pk}/", f"/documents/{job.rejected.pk}/", f"/documents/{job.source.pk}/"
        ):  # fmt: skip
            answer = client.get(address)
            assert answer.status_code == status
            if answer.streaming:
                assert b"".join(answer)[:2] == b"PK"  # type: ignore[arg-type]


def test_lists_of_jobs_ask_the_database_as_often_however_long(cast: Cast) -> None:
    from dengta.core.shapes import Text

    client = desk(cast, cast.city)
    asked = []
    for many in (1, 15):
        for n in range(many):
            open_job(cast.city, "record_results", Text("导入", "Import"), key=f"{many}/{n}")
        client.get("/jobs/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/jobs/")
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_many_faults_are_shown_in_pages(cast: Cast) -> None:
    client = desk(cast, cast.city)
    answer = hand_in(client, table(cast, *["六级"] * 25, *["七级"] * 4))
    work()
    first, second = client.get(answer.url), client.get(f"{answer.url}?page=2")
    assert "29 处要改" in text(first)
    assert text(second).count("第 30 行") == 1


# ---------------------------------------------------------------- export


def test_few_rows_come_at_once_and_many_as_a_job(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for firm in (cast.firm, cast.rival):
        cast.assessed(firm)
        give_consent(firm.actor, "statistics")
    client = desk(cast, cast.city)
    at_once = client.get("/official/export/?what=assessments&form=csv")
    assert at_once.headers["Content-Type"].startswith("text/csv")
    lines = b"".join(at_once).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]
    assert len(lines) == 3
    asked = desk(cast, cast.county).get("/official/export/?what=assessments&form=csv")
    assert len(b"".join(asked).decode("utf-8-sig").splitlines()) == 2  # type: ignore[arg-type]
    monkeypatch.setattr("dengta.core.shapes.Policy.practised", lambda *_: 1)
    large = client.get("/official/export/?what=assessments&form=csv&region=420100")
    assert "共 2 行，在后台生成" in text(large)
    key = re.search(r'name="key" value="(\w+)"', large.content.decode())
    assert key is not None
    body = {"what": "assessments", "form": "csv", "region": "420100", "key": key[1]}
    started = [client.post("/official/export/", body).url for _ in range(2)]
    assert started[0] == started[1], "sent twice it is one job"
    work()
    assert "导出的行数 2" in text(client.get(started[0]))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("what=answers", "请先选定评测指标"),
        ("what=assessments&level=9", "9"),
        ("what=assessments&since=昨天", "有 1 处需要修改"),
        ("what=nonsense", "有 1 处需要修改"),
    ],
)
def test_an_export_that_cannot_be_is_said(cast: Cast, query: str, said: str) -> None:
    answer = desk(cast, cast.city).get(f"/official/export/?{query}")
    assert answer.status_code == 422
    assert said in text(answer)


def test_an_export_of_nothing_is_said(cast: Cast) -> None:
    answer = desk(cast, cast.city).get("/official/export/?what=ratings")
    assert "按这些条件没有数据" in text(answer)


# ---------------------------------------------------------------- one's own


def test_a_firm_takes_its_own_data_away_and_nobody_elses(cast: Cast) -> None:
    cast.assessed(cast.firm)
    cast.assessed(cast.rival)
    client = desk(cast, cast.firm.actor)
    data = json.loads(client.get("/enterprise/export/?form=json").content)
    assert data["organisation"]["uscc"] == cast.firm.organisation.uscc
    (assessment,) = data["assessments"]
    assert len(assessment["answers"]) == 31
    assert cast.rival.organisation.uscc not in json.dumps(data)
    book = client.get("/enterprise/export/")
    assert b"".join(book)[:2] == b"PK"  # type: ignore[arg-type]
    assert client.get("/enterprise/export/?form=exe").status_code == 404
    assert desk(cast, cast.city).get("/enterprise/export/").status_code == 403


# ---------------------------------------------------------------- tokens


def test_a_token_shows_its_secret_once(cast: Cast) -> None:
    client = desk(cast, cast.firm.actor)
    made = client.post("/tokens/", {"name": "夜间同步", "days": "30"})
    secret = re.search(r'id="secret" value="(dengta_[\w-]+)"', made.content.decode())
    assert secret is not None
    assert made.headers["Cache-Control"] == "no-store"
    listed = client.get("/tokens/").content.decode()
    assert "夜间同步" in listed and secret[1] not in listed
    again = client.post("/tokens/", {"name": "夜间同步", "days": "30"})
    assert again.status_code == 422
    assert "您已有名为“夜间同步”的令牌" in text(again)
    assert Token.objects.count() == 1


def test_a_token_is_revoked_by_its_owner_only(cast: Cast) -> None:
    desk(cast, cast.firm.actor).post("/tokens/", {"name": "夜间同步", "days": "30"})
    token = Token.objects.get()
    address = f"/tokens/{token.pk}/revoke/"
    assert desk(cast, cast.rival.actor).post(address).status_code == 404
    assert desk(cast, cast.firm.actor).get(address).status_code == 405
    assert desk(cast, cast.firm.actor).post(address).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None


@pytest.mark.parametrize("body", [{}, {"name": "x"}, {"name": "x", "days": "9999"}, {"days": "1"}])
def test_a_token_that_cannot_be_is_told_by_field(cast: Cast, body: dict[str, str]) -> None:
    answer = desk(cast, cast.firm.actor).post("/tokens/", body)
    assert answer.status_code == 422
    assert "需要修改" in text(answer)
