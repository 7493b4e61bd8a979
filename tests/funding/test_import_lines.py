"""导入费用明细: sound rows come in, each other cell is named with what to do about it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from dengta.funding.actions import claims_filling, claims_import
from dengta.funding.models import Claim
from tests.cast import MOMENT, Cast
from tests.funding.claims_cast import pilot
from tests.funding.test_claim_pages import signed_in
from tests.tables import comma_separated, xlsx

HEADING = [column.names[0] for column in claims_import.COLUMNS]
TOMORROW = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
NUMBER = "2642202600008888{:04d}"


def row(n: int, **different: str) -> list[str]:
    """A sound row of the template, but for what is different."""
    sound = {
        "费用类别": "软件", "费用内容": f"生产执行系统模块{n}", "发票号码": NUMBER.format(n),
        "发票行": "1", "开票日期": "2026-05-01", "发票总额": "50000", "金额": "1,300.50",
    } | different  # fmt: skip
    return [sound.get(name, "") for name in HEADING]


@pytest.fixture
def claim(cast: Cast) -> Claim:
    pilot(cast, cast.firm)
    return claims_filling.begin_claim(cast.firm.actor, "wuhan-pilot", at=MOMENT)


def brought(claim: Claim, cast: Cast, *rows: list[str]) -> claims_import.Imported:
    file = SimpleUploadedFile("费用.csv", comma_separated([HEADING, *rows]))
    return claims_import.import_lines(claim, cast.firm.actor, file)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("金额", "1.234", "小数点后最多两位"),
        ("金额", "-3", "须大于 0"),
        ("金额", "五万", "不是数字"),
        ("金额", "50001", "大于发票总额"),
        ("发票号码", "12ab", "8 位数字"),
        ("发票代码", "123", "10 位或 12 位"),
        ("发票行", "第一", "请写数字"),
        ("开票日期", TOMORROW, "不能晚于今天"),
        ("开票日期", "2026-13-40", "没有这一天"),
        ("费用类别", "火箭", "请从中选"),
        ("费用内容", "", "是空的"),
    ],
)
def test_a_cell_that_the_form_would_not_take_is_not_imported_either(
    claim: Claim, cast: Cast, column: str, value: str, said: str
) -> None:
    done = brought(claim, cast, row(1), row(2, **{column: value}))
    assert done.added == 1
    (fault,) = done.faults
    assert (fault["row"], fault["column"].split(" ")[1], said in fault["zh"]) == (3, column, True)


def test_what_arithmetic_of_a_spreadsheet_leaves_behind_is_no_part_of_an_amount(
    claim: Claim, cast: Cast
) -> None:
    cells = [*row(1)[:6], 50_000, 0.1 + 0.2]
    done = claims_import.import_lines(
        claim, cast.firm.actor, SimpleUploadedFile("费用.xlsx", xlsx(费用=[HEADING[:8], cells]))
    )
    assert not done.faults and claim.lines.get().amount_fen == 30


def test_a_line_of_an_invoice_comes_in_once(claim: Claim, cast: Cast) -> None:
    """Again as it was it is passed over; with another amount it is named, in whichever file."""
    done = brought(claim, cast, row(1), row(1), row(1, 金额="1200"), row(1, 发票行="2"))
    assert (done.added, done.there) == (2, 1)
    assert [(one["row"], "第 2 行重复" in one["zh"]) for one in done.faults] == [(4, True)]
    again = brought(claim, cast, row(1), row(1, 费用内容="另一种写法", 发票行="01"))
    assert (again.added, again.there) == (0, 1)
    assert "已填的第 1 行重复" in again.faults[0]["zh"]


def test_the_page_names_the_file_and_asks_for_one_where_there_is_none(
    claim: Claim, cast: Cast
) -> None:
    firm, page = signed_in(cast, cast.firm.actor), reverse("claim_edit", args=[claim.pk])
    content = comma_separated([HEADING, row(1), row(2, 金额="五万")])
    file = SimpleUploadedFile("七月费用.csv", content)
    sent = firm.post(page, {"do": "import", "table": file})
    assert sent.status_code == 422
    for words in ("“七月费用.csv”有 1 处要修改", "新增 1 行费用", "第 3 行"):
        assert words in sent.content.decode(), words
    none = firm.post(page, {"do": "import"})
    assert none.status_code == 422 and "还没有选择文件" in none.content.decode()
