"""The gallery shows every component; what it shows must live under the content security policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client

import dengta.web

COMPONENTS = Path(dengta.web.__file__).parent / "templates" / "components"
STATIC = Path(dengta.web.__file__).parent / "static" / "dengta"


@pytest.fixture
def page(client: Client) -> str:
    response: HttpResponse = client.get("/gallery/")
    assert response.status_code == 200
    return response.content.decode()


def test_every_component_is_shown_in_the_gallery_or_used_by_one_that_is() -> None:
    gallery = COMPONENTS.parent / "gallery.html"
    sources = {path: path.read_text("utf-8") for path in COMPONENTS.parent.rglob("*.html")}
    seen, front = set[Path](), [gallery, COMPONENTS.parent / "base.html"]
    while front:
        names = re.findall(r'include "components/([a-z_]+\.html)"', sources[front.pop()])
        fresh = {COMPONENTS / name for name in names} - seen
        seen |= fresh
        front += fresh
    assert seen == set(COMPONENTS.glob("*.html"))


def test_no_style_or_script_stands_in_the_page_itself(page: str) -> None:
    assert not re.search(r"<[^>]+\sstyle=", page)
    assert "<style" not in page
    assert not re.search(r"<[^>]+\son[a-z]+=", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_every_icon_that_a_template_names_is_in_the_sprite(page: str) -> None:
    sprite = (STATIC / "icons.svg").read_text("utf-8")
    drawn = set(re.findall(r'<symbol id="([a-z-]+)"', sprite))
    used = set(re.findall(r'icons\.svg#([a-z-]+)"', page))
    for path in COMPONENTS.parent.rglob("*.html"):
        used |= set(re.findall(r'{% icon "([a-z-]+)"', path.read_text("utf-8")))
    assert used <= drawn


def test_ids_are_given_once(page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_every_class_that_a_component_names_is_known_to_the_style_sheet() -> None:
    style = (STATIC / "dengta.css").read_text("utf-8")
    known = set(re.findall(r"\.([a-zA-Z][\w-]*)", style))
    used = set[str]()
    for path in COMPONENTS.glob("*.html"):
        for value in re.findall(r'class="([^"]*)"', path.read_text("utf-8")):
            literal = re.sub(r"{[{%].*?[%}]}", " ", value)
            used |= {name for name in literal.split() if not name.endswith("-")}
    assert used - known == set()


def test_large_type_is_kept_in_a_cookie_and_leads_back_to_the_page(client: Client) -> None:
    answer = client.post("/elder/", {"elder": "1", "next": "/gallery/"})
    assert answer.headers["Location"] == "/gallery/"
    assert 'class="elder"' in client.get("/gallery/").content.decode()


def test_large_type_does_not_send_anybody_to_a_foreign_site(client: Client) -> None:
    answer = client.post("/elder/", {"elder": "1", "next": "https://example.org/"})
    assert answer.headers["Location"] == "/"
