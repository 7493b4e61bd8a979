"""重复线索, 防重登记: who sees and decides what, what is taken away, a total put right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from python_calamine import CalamineWorkbook

from dengta.accounts.queries import Actor
from dengta.funding.models import Hit, InvoiceCeiling
from dengta.trail.actions import keep_document
from dengta.trail.models import Document
from tests.cast import MOMENT, WAN, Cast, Firm
from tests.funding.register_cast import SERVER, alike, file, invoice, matter

HITS, REGISTER = "/official/hits/", "/official/register/"
NUMBER = "26420000000000009001"


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=False):
        yield


def desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def photo(firm: Firm, quality: int) -> Document:
    """The same machine, saved more or less well."""
    picture = Image.linear_gradient("L").rotate(30).resize((90, 80))
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=quality)
    name = f"设备{quality}.jpg"
    upload = SimpleUploadedFile(name, kept.getvalue(), content_type="image/jpeg")
    return keep_document(upload, by=firm.actor)


def test_a_list_shows_open_hits_by_weight_with_what_is_at_stake(cast: Cast) -> None:
    hit = alike(cast)
    said = text(desk(cast, cast.county).get(HITS))
    assert "1 条线索，所在申领共 10万元" in said
    assert hit.filing.organisation.name in said and "涉及 100,000.00 元，相似度 100" in said
    assert "没有符合条件的线索" in text(desk(cast, cast.county).get(f"{HITS}?state=dismissed"))
    assert "没有符合条件的线索" in text(desk(cast, cast.county).get(f"{HITS}?kind=picture"))
    assert "没有符合条件的线索" in text(desk(cast, cast.next_city).get(HITS))
    assert desk(cast, cast.firm.actor).get(HITS).status_code == 403


def test_an_official_reads_both_claims_and_decides_with_a_reason(cast: Cast) -> None:
    hit = alike(cast)
    client = desk(cast, cast.county)
    page = client.get(f"{HITS}{hit.pk}/")
    said = text(page)
    assert SERVER in said and "文字相同" in said
    assert cast.firm.organisation.uscc in said and cast.rival.organisation.uscc in said
    assert "材料由硚口区的经信部门和省经信厅查看" in said
    seen = page.context["seen"]
    answer = client.post(f"{HITS}{hit.pk}/step/", {"step": "dismiss", "version": seen})
    assert answer.status_code == 422 and "需要写明理由" in text(answer)
    sent = {"step": "dismiss", "version": seen, "note": "两份合同不同。"}
    assert "不属重复" in text(client.post(f"{HITS}{hit.pk}/step/", sent, follow=True))
    answer = client.post(f"{HITS}{hit.pk}/step/", sent)  # a double click
    assert answer.status_code == 422 and "刚刚已由他人办理" in text(answer)
    assert desk(cast, cast.next_city).get(f"{HITS}{hit.pk}/").status_code == 404
    stranger = desk(cast, cast.next_county)
    assert "现在没有需要您办理的事项" in text(stranger.get(f"{HITS}{hit.pk}/"))


def test_pictures_stand_beside_each_other_for_those_who_may_see_the_papers(cast: Cast) -> None:
    one, other = photo(cast.rival, 90), photo(cast.firm, 40)
    assert one.picture and one.fingerprint != other.fingerprint
    cast.voucher("district_check", cast.rival, contract=one)
    cast.voucher("district_check", cast.firm, contract=other)
    hit = Hit.objects.get(kind="picture")
    page = desk(cast, cast.province).get(f"{HITS}{hit.pk}/").content.decode()
    for document in (one, other):
        assert f'<img class="w-100" src="/documents/{document.pk}/"' in page
    page = desk(cast, cast.county).get(f"{HITS}{hit.pk}/").content.decode()
    assert f'src="/documents/{other.pk}/"' in page and f"/documents/{one.pk}/" not in page


def test_clues_are_taken_away_as_a_table_with_firms_by_their_names(cast: Cast) -> None:
    for firm in (cast.firm, cast.rival):
        type(firm.organisation).objects.filter(pk=firm.organisation.pk).update(phone="027-7")
    hit = alike(cast)
    client = desk(cast, cast.province)
    answer = client.get("/official/lists/hits/xlsx/?state=open")
    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer)))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 3 and rows[0][0] == "线索编号"
    line = next(row for row in rows if row[1] == "描述相近")
    assert line[:5] == [hit.number, "描述相近", "待处理，暂停付款", 100, 100_000]
    assert cast.firm.organisation.uscc in line and hit.other.number in line
    related = next(row for row in rows if row[1] == "关联关系")
    words = f"{cast.firm.organisation.name} 与 {cast.rival.organisation.name} 的电话相同"
    assert words in related[17]
    table = b"".join(client.get("/official/lists/hits/csv/")).decode("utf-8-sig")
    assert table.count("\n") == 3
    assert client.get("/official/lists/hits/pdf/").status_code == 404


def test_the_list_and_a_hit_take_as_many_queries_for_few_as_for_many(cast: Cast) -> None:
    client, counts = desk(cast, cast.province), []
    for many in (2, 4):
        for _ in range(many):
            file(matter(cast.firm), texts=(SERVER,))
        hit = Hit.objects.order_by("pk")[0]
        for page in (HITS, f"{HITS}{hit.pk}/", f"{REGISTER}firm/{hit.filing.organisation.uscc}/"):
            client.get(page)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert client.get(page).status_code == 200
            counts.append(len(asked))
    assert counts[:3] == counts[3:]


def test_a_number_leads_to_whoever_holds_it(cast: Cast) -> None:
    thing = matter(cast.rival)
    file(thing, invoice(f"042001-{NUMBER[:8]}", 4 * WAN, "3"))
    client = desk(cast, cast.county)
    for typed in ("042001 26420000", "26420000"):
        said = text(client.get(REGISTER, {"q": typed}))
        assert "042001-26420000#3" in said and thing.number in said and "占用中" in said
        assert "总额 100,000.00 元，已申领 40,000.00 元" in said
    assert "没有人占用这个号码" in text(client.get(REGISTER, {"q": "26420001"}))
    assert client.get(f"{REGISTER}firm/{cast.rival.organisation.uscc}/").status_code == 404
    own = desk(cast, cast.next_county).get(f"{REGISTER}firm/{cast.rival.organisation.uscc}/")
    assert "有效申领的费用共 4万元" in text(own)


def test_a_wrong_total_is_put_right_with_a_reason_by_an_office_of_a_claimant(cast: Cast) -> None:
    file(matter(cast.rival), invoice(NUMBER, 4 * WAN, "1"), totals={NUMBER: 5 * WAN})
    page = f"{REGISTER}invoice/{InvoiceCeiling.objects.get().pk}/"
    sent = {"total": "100000", "seen": str(5 * WAN), "reason": "已看发票原件。"}
    assert desk(cast, cast.county).post(page, sent).status_code == 422
    client = desk(cast, cast.next_county)
    assert client.post(page, sent | {"reason": ""}).status_code == 422
    assert client.post(page, sent | {"total": "39999.99"}).status_code == 422
    said = text(client.post(page, sent, follow=True))
    assert "总额 100,000.00 元" in said and "由 50,000.00 元改为 100,000.00 元" in said
    assert "已看发票原件。" in said
    assert "刚刚已被改为" in text(client.post(page, sent))
