"""Every address of the platform, for every role: a GET never writes, English is English."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models, reset_queries
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, path, resolve
from django.views.defaults import page_not_found, permission_denied

from dengta import demo, urls
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
LINK = re.compile(r'href="(/[^"?#]*)')
TRIES = 3
"""So many links to a page are followed by a desk that has not seen it."""
# What leads elsewhere, or nowhere without what was typed or a token.
ELSEWHERE = {
    "nowhere", "acceptances/objections/<slug:code>/", "accounts/login/error/", "accounts/new/",
    "accounts/sign-in/", "accounts/signup/", "desk/", "language/", "join/<slug:code>/",
    "enterprise/policies/fact/", "objections/<slug:code>/", "api/v1/", "api/v1/<path:rest>",
    "api/v1/applications/<int:pk>", "api/v1/applications/<int:pk>/form",
    "api/v1/instruments/<instrument>", "api/v1/jobs/<int:pk>/files/<kind>",
    "api/v1/rounds/<int:pk>/publicity", "api/v1/verify/<code>",
}  # fmt: skip
# What a province of twenty firms has nothing for: the tests of these pages run on both engines.
UNSEEN = ELSEWHERE | {
    "applications/<int:pk>/papers/", "applications/awards/<int:pk>/",
    "applications/awards/<int:pk>/certificate/<slug:language>/", "awards/<slug:code>/",
    "desk/complaints/<int:pk>/", "enterprise/assessment/<int:pk>/<slug:item>/",
    "enterprise/assessment/<int:pk>/check/", "enterprise/claims/<int:pk>/edit/",
    "enterprise/clawbacks/<int:pk>/", "enterprise/clawbacks/<int:pk>/letters/<slug:part>/",
    "enterprise/needs/<int:pk>/record.json", "enterprise/projects/<int:pk>/",
    "enterprise/projects/<int:pk>/edit/", "enterprise/projects/<int:pk>/results/",
    "enterprise/vouchers/<int:pk>/edit/", "entries/<int:pk>/edit/", "expert/reviews/<int:pk>/",
    "objections/<int:pk>/new/", "official/awards/<int:pk>/",
    "official/awards/<int:pk>/certificate/<slug:language>/",
    "official/books/firm/<slug:uscc>/", "official/copies/<str:uscc>/", "official/hits/<int:pk>/",
    "official/letters/<int:pk>/<slug:part>/", "official/loans/lists/<int:pk>/file/",
    "official/objections/<int:pk>/", "official/pilots/<int:pk>/import/<int:file>/",
    "official/proceedings/<int:pk>/", "official/register/firm/<slug:uscc>/",
    "official/rounds/<int:pk>/instant/", "official/rounds/<int:pk>/list.json",
    "provider/diagnosis/<int:pk>/", "provider/diagnosis/<int:pk>/report/",
    "rounds/<int:pk>/list.json", "rounds/<int:pk>/publications/<slug:code>.json",
    "rounds/<int:pk>/publicity.csv", "rounds/<int:pk>/publicity.xlsx",
}  # fmt: skip
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


@contextlib.contextmanager
def said_once() -> Iterator[None]:
    """The page that refuses is the same whatever address it refuses: made whole for the first of
    each kind, and for all others answered by its status alone."""
    told: set[int] = set()

    def brief(status: int, whole: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def answer(request: HttpRequest, exception: Exception) -> HttpResponse:
            if status in told:
                return HttpResponse(status=status, content_type="text/plain")
            told.add(status)
            return whole(request, exception)

        return answer

    with pytest.MonkeyPatch.context() as patch:
        for status, whole in ((403, permission_denied), (404, page_not_found)):
            name = f"handler{status}"
            patch.setattr(urls, name, brief(status, whole), raising=False)
        yield


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
    together each address is asked for in either language, and none twice.

    Where the row that an address names is not this desk's, a link that leads to one of its own is
    followed, so that the desk sees every page which the demo has something for.
    """
    english = connection.vendor == "sqlite"
    data = "\n".join(_data())
    found, answers = [], set[tuple[str, int]]()
    for who, client in desks():
        client.cookies["django_language"] = "en" if english else "zh-hans"
        shown, links = set[str](), dict[str, None]()
        with said_once():
            for address in itertools.chain(addresses(), _followed(links, shown)):
                response, faults = visited(client, address)
                found += [f"{who}: {fault}" for fault in faults]
                route = _route(address)
                answers.add((route, response.status_code))
                if response.status_code == 200:
                    shown.add(route)
                if not is_page(response):
                    continue
                page = response.content.decode()
                links |= dict.fromkeys(LINK.findall(page))
                # The gallery has invented texts that show what a component looks like.
                if english and address != "/gallery/":
                    leaks = sorted(set(chinese_in_english(page, data)))
                    found += [f"{who}: {address}: {leaks[:5]}"] if leaks else []
    assert found == []
    seen = {route for route, status in answers if status in (200, 405)}
    assert {route for route, _ in answers} - seen <= UNSEEN


def _followed(links: dict[str, None], shown: set[str]) -> Iterator[str]:
    """Of the links to each page that was not shown yet the first ones, until one is shown."""
    done: set[str] = set()
    tried: Counter[str] = Counter()
    while fresh := [link for link in links if link not in done]:
        for link in fresh:
            done.add(link)
            route = _route(link)
            if route not in shown and tried[route] < TRIES:
                tried[route] += 1
                yield link


def _route(address: str) -> str:
    """The route that leads to an address, from the root's own `/` on."""
    with contextlib.suppress(Resolver404):
        return resolve(address).route or "/"
    return "nowhere"


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
