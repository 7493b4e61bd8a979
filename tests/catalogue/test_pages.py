"""Pages of the pool: the list, an entry, comparison; the owner's editor; the province's review."""

from __future__ import annotations

import json
import re
from typing import Any

from django.test import Client

from dengta.accounts.models import User
from dengta.accounts.queries import Actor
from dengta.catalogue.actions import entries
from dengta.catalogue.models import Entry, EntryVersion
from tests.cast import Cast
from tests.catalogue.test_entries import a_package, shown


def seat(acting: Actor) -> Client:
    client = Client()
    user = User.objects.get(pk=acting.user_id)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_anybody_finds_an_entry_by_one_character_and_reads_it_as_a_page_and_as_data(
    cast: Cast,
) -> None:
    entry = shown(cast)
    page = Client().get("/catalogue/", {"q": "溯", "sub_industry": "auto_parts"}).content.decode()
    assert entry.slug in page and "共 1 条" in page
    whole = Client().get(f"/catalogue/{entry.slug}/").content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', whole)
    assert found is not None
    data = json.loads(found[1])
    assert (data["identifier"], data["offers"]["price"]) == (entry.slug, "80000.00")
    told = {one["name"]: one["value"] for one in data["additionalProperty"]}
    assert any("共性场景" in name or "个性场景" in name for name in told)  # which level it lifts to
    listed = Client().get("/api/v1/catalogue/", {"q": "溯"}).json()
    assert [each["slug"] for each in listed["items"]] == [entry.slug]
    said = Client().get(f"/api/v1/catalogue/{entry.slug}/").json()
    assert said["lines"][0]["price_fen"] == 6_000_000 and len(said["measures"]) == 7


def test_an_entry_leads_on_to_its_provider_and_to_a_need_of_the_firms_own(cast: Cast) -> None:
    entry = shown(cast)
    assert entry.organisation is not None
    for visitor, asks in (
        (Client(), True),
        (seat(cast.firm.actor), True),
        (seat(cast.province), False),
    ):
        page = visitor.get(f"/catalogue/{entry.slug}/").content.decode()
        assert f"/providers/{entry.organisation.uscc}/" in page
        assert ("/enterprise/needs/new/?gap=" in page) is asks


def test_nothing_that_somebody_writes_can_end_the_script_of_the_metadata(cast: Cast) -> None:
    version = a_package(cast, summary="</script><script>alert(1)</script>")
    entries.publish(version, cast.province)
    page = Client().get(f"/catalogue/{version.entry.slug}/").content.decode()
    assert "<script>alert" not in page and "\\u003c/script\\u003e" in page


def test_what_was_taken_down_answers_gone_with_the_reason_and_nothing_else(cast: Cast) -> None:
    entry = shown(cast)
    entries.remove(entry, cast.province, "已停止供货")
    answer = Client().get(f"/catalogue/{entry.slug}/")
    page = answer.content.decode()
    assert answer.status_code == 410 and "已停止供货" in page and "扫码报检" not in page
    assert Client().get("/api/v1/catalogue/nonsense/").status_code == 404
    assert Client().get(f"/api/v1/catalogue/{entry.slug}/").json()["content"] == {}
    assert Client().get("/catalogue/never-there/").status_code == 404


def test_at_most_four_stand_side_by_side_and_the_rest_is_said(cast: Cast) -> None:
    slugs = []
    for number in range(5):
        content = {**a_package(cast).content, "deploy_days": 30 - number}
        version = a_package(cast, key=f"k{number}", content=content)
        entries.publish(version, cast.province)
        slugs.append(version.entry.slug)
    page = Client().get("/catalogue/compare/", {"e": [*slugs, "nonsense"]}).content.decode()
    assert page.count("移出比较") == 4 and "有 2 个没有列出" in page
    assert page.count("最少") == 1  # only of what differs


def test_what_was_picked_stays_picked_while_one_looks_for_more(cast: Cast) -> None:
    slugs = []
    for number in range(3):
        version = a_package(cast, key=f"k{number}")
        entries.publish(version, cast.province)
        slugs.append(version.entry.slug)
    alone = Client().get("/catalogue/compare/", {"e": slugs[0]}).content.decode()
    assert f'href="/catalogue/?e={slugs[0]}"' in alone and "再选一个" in alone
    asked = {"e": [slugs[0], "nonsense"], "kind": "case"}
    elsewhere = Client().get("/catalogue/", asked).content.decode()
    assert elsewhere.count(f'name="e" value="{slugs[0]}"') == 1  # it is not in this list
    assert f"kind=package&amp;e={slugs[0]}" in elsewhere
    there = Client().get("/catalogue/", {"e": slugs[0], "kind": "package"}).content.decode()
    assert f'value="{slugs[0]}" checked' in there and "nonsense" not in there


def test_lists_keep_their_number_of_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(6):
        version = a_package(cast, key=f"k{number}")
        entries.publish(version, cast.province)
        if number in (0, 5):
            Client().get("/catalogue/")
            with django_assert_max_num_queries(4):
                Client().get("/catalogue/")
            with django_assert_max_num_queries(13):
                Client().get(f"/catalogue/{version.entry.slug}/")


def test_an_owner_writes_adds_rows_saves_and_submits_without_a_script(cast: Cast) -> None:
    client = seat(cast.supplier.actor)
    made = client.post("/entries/new/", {"kind": "package", "name": "排产包", "key": "x"})
    again = client.post("/entries/new/", {"kind": "package", "name": "排产包", "key": "x"})
    assert made.status_code == 302 and made["Location"] == again["Location"]
    edit, version = made["Location"], EntryVersion.objects.get()
    sent = {
        "seen": version.digest, "do": "line", "e-name": "排产包", "e-summary": "两周上线。",
        "e-price_from_fen": "1234.5", "e-fit_bps": "88.5", "line-text": "软件",
        "line-cost_class": "software", "line-quantity": "1", "line-unit": "套",
        "line-price_fen": "1000", "line-days": "5", "use-nature": "common",
    }  # fmt: skip
    assert client.post(edit, sent)["Location"].endswith("#lines")
    version.refresh_from_db()
    assert version.content == {"price_from_fen": 123_450, "fit_bps": 8_850}
    assert [line.price_fen for line in version.lines.all()] == [100_000]
    stale = client.post(edit, {**sent, "do": "save", "line-text": ""})
    assert stale.status_code == 422 and "同事刚刚改过" in stale.content.decode()
    fresh = {"seen": version.digest, "e-name": "排产包", "e-fit_bps": "120", "do": "submit"}
    wrong = client.post(edit, fresh)
    assert wrong.status_code == 422 and "需求满足率" in wrong.content.decode()
    other = seat(cast.firm.actor)
    assert other.get(edit).status_code == 404


def test_the_editor_saves_as_one_types_and_says_the_new_print(cast: Cast) -> None:
    version = a_package(cast)
    client, edit = seat(cast.supplier.actor), f"/entries/{version.entry_id}/edit/"
    sent = {"seen": version.digest, "e-name": "新名称", "e-summary": "简介"}
    answer = client.post(edit, sent, headers={"X-Autosave": "1"})
    version.refresh_from_db()
    assert answer.json() == {"seen": version.digest} and version.name == "新名称"
    assert version.lines.count() == 2  # rows are left to their buttons
    stale = client.post(edit, sent, headers={"X-Autosave": "1"})
    assert stale.status_code == 409 and "seen" not in stale.json()


def test_the_province_returns_publishes_takes_down_and_renews(cast: Cast) -> None:
    version = a_package(cast)
    entries.submit(version, cast.supplier.actor)
    office, base = seat(cast.province), f"/official/catalogue/{version.entry_id}/"
    assert "质量追溯包" in office.get("/official/catalogue/").content.decode()
    assert office.post(f"{base}return/", {"note": ""}).status_code == 422
    assert office.post(f"{base}return/", {"note": "补充清单"}).status_code == 302
    entries.submit(version, cast.supplier.actor)
    assert office.post(f"{base}publish/", {"expires": "2020-01-01"}).status_code == 422
    assert office.post(f"{base}publish/", {"expires": ""}).status_code == 302
    assert office.post(f"{base}remove/", {"note": "停产"}).status_code == 302
    assert office.post(f"{base}renew/", {"expires": "2099-12-31"}).status_code == 302
    entry = Entry.objects.get()
    assert entry.state == "published" and str(entry.expires_date) == "2099-12-31"
    county = seat(cast.county)
    assert county.post(f"{base}remove/", {"note": "停产"}).status_code == 422
