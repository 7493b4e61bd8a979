from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.accounts.models import User
from dengta.core.selection import PanelRule
from dengta.programmes.models import Panelist, Review, Round
from tests.cast import Cast
from tests.programmes import rounds_at

MARKS = {"need": "80", "effect": "75", "spread": "90", "open": "60", "method": "70"}


@pytest.fixture(autouse=True)
def three_each() -> Iterator[None]:
    """Panels of three, four sheets each at the most."""
    with rounds_at.rule_as(panel=PanelRule(size=3, load=4)):
        yield


@pytest.fixture
def round(cast: Cast) -> Round:
    """A round in review with two applications and four people to draw from."""
    made = rounds_at.round_at(cast)
    for _ in range(2):
        rounds_at.application_at(cast, made)
    rounds_at.experts(cast, 4)
    rounds_at.to_review(cast, made)
    return made


@pytest.fixture
def official(cast: Cast, client: Client) -> Client:
    """The province's official, signed in."""
    client.force_login(cast.user(cast.province))
    return client


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def filled(seen: int = 0, **different: str) -> dict[str, str]:
    marks = {f"mark-{id}": mark for id, mark in (MARKS | different).items()}
    return marks | {"seen": str(seen), "opinion": "值得推广"}


def said(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_the_panel_is_led_from_the_draw_to_the_end_by_its_page(
    official: Client, round: Round
) -> None:
    here = f"/official/rounds/{round.pk}/panel/"
    assert "下一步：公布种子承诺" in said(official, here)
    wrong = official.post(f"{here}commit/", {"count": "很多"})
    assert (wrong.status_code, "“很多”不是整数" in wrong.content.decode()) == (422, True)
    official.post(f"{here}commit/", {"count": "4", "floor-36": "2"})
    assert "可以开抽" in said(official, here)
    official.post(f"{here}draw/{round.draws.get().pk}/")
    assert round.panelists.count() == 4
    assert "核查回避，然后分配专家" in said(official, here)
    official.post(f"{here}check/")
    official.post(f"{here}assign/", {"key": "a"})
    assert "还有 6 份没有锁定" in said(official, here)
    going = Panelist.objects.order_by("id")[0]
    official.post(f"{here}leave/{going.pk}/", {"note": "出差"})
    assert "请补齐缺位" in said(official, here)
    official.post(f"{here}assign/", {"key": "b"})
    for place, review in enumerate(Review.objects.filter(state="assigned")):
        rounds_at.marked(review, 60 + 25 * (place % 2))
    assert "下一步：汇总计分" in said(official, here)
    official.post(f"{here}close/")
    assert "需要合议" in said(official, here)
    refused = official.post(f"{here}finish/")
    assert refused.status_code == 422
    for application in round.applications.filter(to_discuss=True):
        official.post(f"{here}discuss/{application.pk}/", {"minutes": "合议一致"})
    assert "下一步：结束评审" in said(official, here)
    official.post(f"{here}finish/", {"key": "c"})
    assert set(round.applications.values_list("state", flat=True)) == {"site_visit"}
    public = said(Client(), f"/rounds/{round.pk}/draw/")
    for one in round.publications.all():
        assert f"/rounds/{round.pk}/publications/{one.digest}.json" in public


def test_a_shortage_is_explained_with_the_way_out(
    cast: Cast, official: Client, round: Round
) -> None:
    rounds_at.drawn(cast, round, 4)
    for one in round.panelists.order_by("id")[:2]:
        Panelist.objects.filter(pk=one.pk).update(load=0)
    here = f"/official/rounds/{round.pk}/panel/"
    answer = official.post(f"{here}assign/", {"key": "a"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "至少缺 2 个席位" in page
    assert "增加专家" in page


def test_what_is_not_public_is_for_the_organiser_alone(
    cast: Cast, official: Client, round: Round
) -> None:
    rounds_at.drawn(cast, round, 4)
    rounds_at.assigned(cast, round)
    kept = round.publications.get(kind="assignment")
    address = f"/rounds/{round.pk}/publications/{kept.digest}.json"
    assert official.get(address).content.decode() == kept.text
    here = f"/official/rounds/{round.pk}/panel/"
    expert = Panelist.objects.order_by("id")[0].user
    for stranger, status in ((Client(), 302), (signed_in(expert), 403)):
        assert stranger.get(address).status_code == 404
        assert stranger.get(here).status_code == status
    city = signed_in(cast.user(cast.city))
    assert city.get(here).status_code == 403
    assert official.post(f"{here}nonsense/").status_code == 404
    assert official.get("/rounds/999/draw/").status_code == 404


def test_an_expert_writes_saves_and_locks_a_sheet(cast: Cast, round: Round) -> None:
    rounds_at.drawn(cast, round, 4)
    review = rounds_at.assigned(cast, round)[0]
    mine, here = signed_in(review.user), f"/expert/reviews/{review.pk}/"
    assert f'href="{here}"' in said(mine, "/expert/reviews/")
    kept = mine.post(f"{here}keep/", {"mark-need": "80", "seen": "0"})
    assert kept.json() == {"seen": "1"}
    stale = mine.post(f"{here}keep/", {"mark-need": "20", "seen": "0"})
    assert (stale.status_code, "另一个页面或设备" in stale.json()["text"]) == (409, True)
    wrong = mine.post(f"{here}keep/", {"mark-need": "八十", "seen": "1"})
    assert (wrong.status_code, "“八十”" in wrong.json()["text"]) == (422, True)
    clash = mine.post(here, filled(0, need="20"))
    page = clash.content.decode()
    assert clash.status_code == 409
    assert 'value="20"' in page and "另一处：80" in page.replace("\n", "")
    open_ = mine.post(here, {"mark-need": "20", "seen": "1", "then": "lock", "pledge": "yes"})
    assert (open_.status_code, "还有 4 项没有评分" in open_.content.decode()) == (422, True)
    unsigned = mine.post(here, filled(1) | {"then": "lock"})
    assert "承诺" in unsigned.content.decode()
    done = mine.post(here, filled(1) | {"then": "lock", "pledge": "yes"})
    assert done.status_code == 302
    review.refresh_from_db()
    assert (review.state, review.opinion) == ("locked", "值得推广")
    after = said(mine, here)
    assert "更正评分" in after
    assert "76.25" in after  # 0.2·80 + 0.25·75 + 0.25·90 + 0.2·60 + 0.1·70
    other = Review.objects.exclude(user=review.user)[0]
    for address in (f"/expert/reviews/{other.pk}/", f"/expert/reviews/{other.pk}/papers/1/"):
        assert mine.get(address).status_code == 404
    assert mine.post(f"/expert/reviews/{other.pk}/withdraw/", {"note": "x"}).status_code == 404


def test_an_expert_corrects_stands_aside_and_leaves(cast: Cast, round: Round) -> None:
    people = rounds_at.drawn(cast, round, 4)
    sheets = rounds_at.assigned(cast, round)
    two = next(u for u in people if sum(s.user_id == u.user_id for s in sheets) == 2)
    first, second = (s for s in sheets if s.user_id == two.user_id)
    rounds_at.marked(first, 80)
    mine = signed_in(first.user)
    refused = mine.post(f"/expert/reviews/{first.pk}/correct/", filled() | {"key": "k"})
    assert (refused.status_code, "更正要写明理由" in refused.content.decode()) == (422, True)
    sent = filled() | {"key": "k", "reason": "看漏附件"}
    for _ in range(2):
        assert mine.post(f"/expert/reviews/{first.pk}/correct/", sent).status_code == 302
    assert first.corrections.count() == 1
    assert "看漏附件" in said(mine, f"/expert/reviews/{first.pk}/")
    mine.post(f"/expert/reviews/{second.pk}/withdraw/", {"note": "有合作"})
    second.refresh_from_db()
    assert second.state == "withdrawn"
    panelist = Panelist.objects.get(user=two.user_id)
    mine.post(f"/expert/panels/{panelist.pk}/leave/", {"note": "出国"})
    panelist.refresh_from_db()
    assert panelist.left_reason == "出国"
    assert mine.post(f"/expert/panels/{panelist.pk}/leave/", {"note": "出国"}).status_code == 404


def test_lists_ask_the_database_no_more_when_they_are_longer(
    cast: Cast, official: Client, round: Round
) -> None:
    rounds_at.drawn(cast, round, 3)
    rounds_at.assigned(cast, round)
    panel, own = f"/official/rounds/{round.pk}/panel/", "/expert/reviews/"
    mine = signed_in(Panelist.objects.order_by("id")[0].user)

    def counted(client: Client, address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as found:
            client.get(address)
        return len(found)

    before = counted(official, panel), counted(mine, own)
    for _ in range(2):
        rounds_at.application_at(cast, round)
    rounds_at.experts(cast, 2)
    rounds_at.drawn(cast, round, 3)
    official.post(f"{panel}assign/", {"key": "b"})
    assert Review.objects.filter(state="assigned").count() == 12
    assert (counted(official, panel), counted(mine, own)) == before
