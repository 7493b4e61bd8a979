"""Every address of the platform, for every role: a GET never writes, English is English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models, reset_queries
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, path

from dengta import demo
from dengta.accounts.models import User
from dengta.core.policy import shipped
from tests.house.languages import chinese_in_english

# What signing in and staying signed in has to remember is no business of the page.
KEPT_BY_THE_FRAME = re.compile(r"\bdjango_session\b|\baxes_")
WRITE = re.compile(r"^\s*(?:INSERT|UPDATE|DELETE|REPLACE|MERGE|TRUNCATE|ALTER|DROP|CREATE)\b", re.I)
PLACES = {
    "pk": ("1", "2", "999999"),
    "item": ("q1", "quality", "nonsense"),
    "step": ("submit", "pass", "nonsense"),
    "programme": ("cloud_voucher", "srdi", "nonsense"),
    "target": ("lighthouses", "cloud_enterprises", "nonsense"),
    "what": ("listed", "late", "claims", "nonsense"),
    "region": ("420100", "429004", "nonsense"),
    "language": ("zh", "en", "nonsense"),
    "section": ("firm", "scene", "nonsense"),
    "part": ("letter", "summary", "nonsense"),
    "paper": ("1", "2", "999999"),
    "claim": ("1", "2", "999999"),
    "code": ("ABCDEFGHJKLM", "ABCD-EFGH-JKLM", "nonsense"),
    # Of the interface.
    "rest": ("nowhere", "jobs/x", "nonsense"),
    "kind": ("source", "result", "nonsense"),
    "instrument": ("miit-2024", "siri", "nonsense"),
    "evidence": ("1", "2", "999999"),
    # Of the books.
    "account": ("pool/cloud-voucher-2026", "bank/outgoing", "nonsense"),
    "uscc": ("91420102XY00001A26", "nonsense", "%20"),
    "form": ("beancount", "xlsx", "nonsense"),
    # Of the pool.
    "slug": ("package-f4ea7129a0", "product-d9eb72c261", "nonsense"),
    "field": ("auto_parts", "420100", "nonsense"),
    # Of loans.
    "product": ("commercial_credit", "digital_economy_fund", "nonsense"),
    "firm": ("1", "2", "999999"),
    "month": ("1", "2", "999999"),
    "file": ("1", "2", "999999"),
    "fund": ("pilot-city-2026", "scenario-2026", "nonsense"),
}
PARAMETER = re.compile(r"<\w+:(\w+)>")


def addresses() -> list[str]:
    """Every route, each parameter filled with something that exists and something that does not."""
    routes = _routes(get_resolver().url_patterns)
    return sorted({address for route in routes for address in _filled(route)})


def _routes(patterns: list[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route


def _filled(route: str) -> Iterator[str]:
    for choice in range(3 if PARAMETER.search(route) else 1):
        yield PARAMETER.sub(lambda name, choice=choice: PLACES[name[1]][choice], route)


def read(client: Client, address: str) -> HttpResponse:
    """The answer to a GET, read to its end, which closes the file of a document."""
    response = client.get(address)
    if response.streaming:
        for _ in response:
            pass
    return response


def writes(queries: list[dict[str, str]]) -> list[str]:
    """The statements that change something, but for what the frame keeps."""
    statements = [query["sql"] for query in queries]
    return [sql[:160] for sql in statements
            if WRITE.match(sql) and not KEPT_BY_THE_FRAME.search(sql)]  # fmt: skip


def visited(client: Client, address: str) -> tuple[HttpResponse, list[str]]:
    """The answer to a GET, and what is wrong with it: it broke, or it wrote into the database."""
    reset_queries()
    with CaptureQueriesContext(connection) as captured:
        response = read(client, address)
    if response.status_code >= 500:
        return response, [f"GET {address}: {response.status_code}"]
    return response, [f"GET {address}: {sql}" for sql in writes(captured.captured_queries)]


@pytest.fixture
def small_province(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(demo, "ENTERPRISES", 20)
    monkeypatch.setattr(demo, "PROVIDERS", 4)
    monkeypatch.setattr(demo, "EXPERTS", 1)
    demo.populate()


ROLES = ("", "firm", "provider", "expert", "county", "city", "province")


def desks() -> Iterator[tuple[str, Client]]:
    """A client for the public and for each role, signed in."""
    for username in ROLES:
        client = Client(raise_request_exception=False)
        if username:
            user = User.objects.get(username=username)
            client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        yield username or "the public", client


def test_a_get_never_writes_and_english_pages_are_english(small_province: None) -> None:
    """On one engine the pages are read in English, on the other in Chinese, so that in both rounds
    together each address is asked for in either language, and none twice."""
    english = connection.vendor == "sqlite"
    data = "\n".join(_data())
    found = []
    for who, client in desks():
        client.cookies["django_language"] = "en" if english else "zh-hans"
        for address in addresses():
            response, faults = visited(client, address)
            found += [f"{who}: {fault}" for fault in faults]
            # The gallery has invented texts that show what a component looks like.
            if english and is_page(response) and address != "/gallery/":
                leaks = sorted(set(chinese_in_english(response.content.decode(), data)))
                found += [f"{who}: {address}: {leaks[:5]}"] if leaks else []
    assert found == []


def is_page(response: HttpResponse) -> bool:
    return response.get("Content-Type", "").startswith("text/html")


def _data() -> Iterator[str]:
    """What people and offices wrote, and the names of documents, stay in their language."""
    policy = shipped()
    for thing in (*policy.programmes, *policy.targets, *policy.funds, *policy.plans):
        source = thing.source
        yield from (source.document, source.item, f"{source.document}（{source.number}）")
    for model in apps.get_models():
        if model.__module__.startswith("dengta."):
            names = [field.name for field in model._meta.local_fields
                     if isinstance(field, models.CharField | models.TextField)]  # fmt: skip
            for row in model._default_manager.values_list(*names):
                yield from (str(value) for value in row if value)


def test_chinese_on_an_english_page_is_found() -> None:
    page = """<html lang="en"><script>"未显示"</script><a lang="zh-Hans">中文</a>
    <h1 title="提示">Vouchers of 武汉演示有限公司</h1><p>还差一项</p></html>"""
    assert chinese_in_english(page, "武汉演示有限公司") == ["还差一项"]


def page_that_writes(request: HttpRequest) -> HttpResponse:
    User.objects.create_user(username="by-a-get")
    return HttpResponse("done")


urlpatterns = [path("looks-harmless/", page_that_writes)]


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_a_page_that_writes_is_found() -> None:
    _, found = visited(Client(), "/looks-harmless/")
    assert len(found) == 1
    assert "INSERT" in found[0]


def test_money_in_tables_is_in_the_unit_of_the_heading_and_one_table_has_one() -> None:
    """See `in_yuan` of the template filters: exact 元 against paper, 万元 in overviews."""
    cell = re.compile(r"<t[dh][^>]*>(?:<[^>]+>)*\{\{ [^{}]*\|(?:wan|yuan)\b|\{% exact ")
    wrong = []
    for template in sorted(Path("dengta/web/templates").rglob("*.html")):
        for table in re.findall(r"<table\b.*?</table>", template.read_text(), re.DOTALL):
            units = {unit for unit in ("yuan", "wan") if f"|in_{unit}" in table}
            headed = {unit for unit in ("yuan", "wan") if f"unit_{unit} %" in table}
            headed |= {"yuan"} if "（元）" in table else set()
            if cell.search(table) or len(units) > 1 or not units <= headed:
                wrong.append(template.name)
    assert wrong == []
