"""The pages of matching: from gaps to a choice, by what each desk sees and sends."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.matching.actions import needs as actions
from dengta.matching.models import Choice, Need, Quote
from tests.cast import ONE_DAY, WAN, Cast, Firm
from tests.matching.market import Market

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Market:
    """The market of today, since pages go by the clock."""
    now = timezone.now()
    monkeypatch.setattr("tests.matching.market.MOMENT", now)
    monkeypatch.setattr("tests.matching.market.VALID", timezone.localdate(now) + 60 * ONE_DAY)
    made = Market(cast)

    def listed(made: Firm, year: int = 0) -> None:
        Cast.list_supplier(cast, made, timezone.localdate().year)

    monkeypatch.setattr(cast, "list_supplier", listed)
    return made


def client_of(cast: Cast, who: Actor | Firm, language: str = "") -> Client:
    """Somebody signed in."""
    client = Client()
    acting = who.actor if isinstance(who, Firm) else who
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    if language:
        client.cookies["django_language"] = language
    return client


def test_gaps_become_a_need_and_the_draft_is_kept_as_typed(market: Market) -> None:
    cast = market.cast
    cast.assessed(cast.firm, level=1, at=timezone.now() - ONE_DAY)
    client = client_of(cast, cast.firm)
    page = client.get("/enterprise/needs/new/?gap=quality")
    text = page.content.decode()
    assert 'value="quality" checked' in text
    higher = client.get("/enterprise/needs/new/?gap=quality:1&gap=scheduling:4&gap=sales:nine")
    rows = {each["id"]: each for each in [*higher.context["gaps"], *higher.context["others"]]}
    ticked = {id: next(n for n, _, on in each["options"] if on)
              for id, each in rows.items() if each["ticked"]}  # fmt: skip
    assert ticked["quality"] > 1 and ticked["scheduling"] == 4  # never below what is there
    sent = {
        "title": "质量上系统", "text": "", "public": "yes", "key": "k", "want": ["quality"],
        "to-quality": "1", "budget_fen": "20",
    }  # fmt: skip
    wrong = client.post("/enterprise/needs/new/", sent)
    assert wrong.status_code == 422
    assert "要高于现有等级 1" in wrong.content.decode()
    assert 'value="20"' in wrong.content.decode()
    for _ in range(2):  # pressed twice
        done = client.post("/enterprise/needs/new/", sent | {"to-quality": "2"})
        assert done.status_code == 302
    need = Need.objects.get()
    assert [(i.scenario, i.from_level, i.to_level) for i in need.items.all()] == [("quality", 1, 2)]
    edited = client.post(
        f"/enterprise/needs/{need.pk}/edit/", sent | {"to-quality": "3", "title": "质量"}
    )
    assert edited.status_code == 302
    need.refresh_from_db()
    assert (need.title, need.items.get().to_level) == ("质量", 3)


def test_recommendations_say_what_fits_from_whom_at_what_price_and_why(market: Market) -> None:
    cast = market.cast
    market.provider("便宜服务商", price=8 * WAN)
    market.provider("贵的服务商", price=12 * WAN)
    cast.assessed(cast.firm, level=1, at=timezone.now() - ONE_DAY)
    text = client_of(cast, cast.firm).get("/enterprise/needs/fitting/").content.decode()
    assert text.index("160,000.00") < text.index("240,000.00")
    assert "采购管理达到二级" in text or "达到二级" in text
    assert "还没有评分，按中间值计。" in text
    english = client_of(cast, cast.firm, "en").get("/enterprise/needs/fitting/?gap=quality")
    assert english.status_code == 200


def test_a_provider_quotes_by_the_page_and_mends_what_was_wrong(market: Market) -> None:
    made = market.provider("one")
    need = market.need(made)
    client = client_of(market.cast, made)
    assert need.title in client.get("/provider/needs/").content.decode()
    entry = str(market.package(made).pk)
    begun = client.post(f"/provider/needs/{need.pk}/quote/", {"entry": entry, "key": "k"})
    quote = Quote.objects.get()
    address = f"/provider/quotes/{quote.pk}/"
    assert begun["Location"] == address
    page = client.get(address)
    form: dict[str, Any] = {"do": "send", "days": "40", "discount_fen": "", "text": "含培训"}
    form |= {"valid_until": str(timezone.localdate() + 5 * ONE_DAY)}
    rows = page.context["rows"]
    form |= {"line-TOTAL_FORMS": "3", "line-INITIAL_FORMS": "2"}
    for at, row in enumerate(rows):
        for field in row:
            form[f"line-{at}-{field.name}"] = field.value() or ""
    wrong = client.post(address, form)
    assert wrong.status_code == 422
    assert "至少要有效 15 天" in wrong.content.decode()
    form["valid_until"] = str(timezone.localdate() + 60 * ONE_DAY)
    form["line-2-text"] = "多写一行"
    bad = client.post(address, form)
    assert "这一行还差这一项" in bad.content.decode()
    form["line-2-text"] = ""
    assert client.post(address, form).status_code == 302
    quote.refresh_from_db()
    assert (quote.state, quote.list_fen, quote.lines.count()) == ("sent", 20 * WAN, 2)
    assert client.post(address, form | {"do": "mend", "discount_fen": "5000"}).status_code == 302
    quote.refresh_from_db()
    assert quote.discount_fen == 500_000
    assert client.post(address, {"do": "withdraw"}).status_code == 302
    quote.refresh_from_db()
    assert quote.state == "withdrawn"
    assert client.get(address).status_code == 302


def test_a_firm_publishes_compares_and_chooses_with_a_reason(market: Market) -> None:
    cast = market.cast
    made = [market.provider(f"服务商{n}", price=(10 + n) * WAN) for n in range(3)]
    need = market.draft()
    client = client_of(cast, cast.firm)
    address = f"/enterprise/needs/{need.pk}/"
    assert "建议至少 3 家" in client.get(address).content.decode()
    wrong = client.post(f"{address}step/publish/", {"step": "publish", "days": "99"})
    assert wrong.status_code == 422
    asked = [str(each.organisation.pk) for each in made]
    client.post(f"{address}step/publish/", {"step": "publish", "days": "8", "provider": asked})
    need.refresh_from_db()
    assert need.requests.count() == 3
    quotes = [market.quote(need, each, at=timezone.now()) for each in made]
    page = client.get(address)
    assert [row["quote"] for row in page.context["quotes"]] == quotes
    given = {"seen": page.context["seen"], "quote": str(quotes[2].pk), "reason": "好"}
    refused = client.post(f"{address}choose/", given)
    assert "排在第一位的是" in refused.content.decode()
    assert refused.status_code == 422
    given["reason"] = "它的系统和我们集团的连得上，售后在本地。"
    for _ in range(2):
        assert client.post(f"{address}choose/", given).status_code == 302
    assert Choice.objects.get().quote == quotes[2]
    record = client.get(f"{address}record.json")
    assert record["Content-Type"] == "application/json"
    undone = client.post(f"{address}step/unchoose/", {"step": "unchoose", "note": "合同没谈拢"})
    assert undone.status_code == 302
    assert Choice.objects.get().undone_reason == "合同没谈拢"


def test_an_office_helps_where_nobody_answers(market: Market) -> None:
    cast = market.cast
    made = market.provider("one")
    need = market.need()
    assert need.answer_by is not None
    actions.raise_due(need.answer_by + ONE_DAY, timezone.now())
    client = client_of(cast, cast.county)
    board = client.get("/official/needs/").content.decode()
    assert need.title in board
    address = f"/official/needs/{need.pk}/"
    assert client.post(f"{address}help/", {"step": "help", "note": ""}).status_code == 422
    client.post(f"{address}help/", {"step": "help", "note": "已联系两家。"})
    invited = {"step": "reopen", "days": "5", "provider": [str(made.organisation.pk)]}
    assert client.post(f"{address}reopen/", invited).status_code == 302
    need.refresh_from_db()
    assert (need.state, need.office_note, need.requests.count()) == ("open", "已联系两家。", 1)
    assert client_of(cast, cast.next_county).get(address).status_code == 404


@pytest.mark.parametrize("address", ["/enterprise/needs/", "/provider/needs/", "/official/needs/"])
def test_lists_take_as_many_queries_for_six_needs_as_for_two(market: Market, address: str) -> None:
    made = market.provider("one")
    cast = market.cast
    desks: dict[str, Actor] = {
        "enterprise": cast.firm.actor, "provider": made.actor, "official": cast.city,
    }  # fmt: skip
    client = client_of(cast, desks[address.split("/")[1]])
    market.quote(market.need(made), made, at=timezone.now())
    market.need(made)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _ in range(4):
        market.quote(market.need(made), made, at=timezone.now())
    with CaptureQueriesContext(connection) as many:
        assert client.get(address).status_code == 200
    assert len(many) == len(few)
