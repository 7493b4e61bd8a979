from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from dengta.registry.actions import Refused, find_invite, invite, join, leave, revoke_invite
from dengta.registry.models import Invite, Membership
from dengta.registry.queries import actor_of, members_of
from tests.cast import MOMENT, PASSWORD, Cast

WEEK = dt.timedelta(days=7)


def test_a_colleague_joins_once_and_acts_for_the_firm(cast: Cast) -> None:
    firm = cast.firm
    _, code = invite(firm.actor, " 王  工 ", at=MOMENT)
    user = join(code, username="wang", password=PASSWORD, at=MOMENT)
    acting = actor_of(user)
    assert acting is not None
    assert (acting.organisation_id, acting.name) == (firm.organisation.pk, "王 工")
    with pytest.raises(Refused, match="已用过"):
        join(code, username="wang2", password=PASSWORD, at=MOMENT)
    assert members_of(firm.actor).count() == 2


def test_a_link_holds_for_seven_days_and_can_be_taken_back(cast: Cast) -> None:
    _, late = invite(cast.firm.actor, "李工", at=MOMENT)
    assert find_invite(late, at=MOMENT + WEEK - dt.timedelta(seconds=1)) is not None
    assert find_invite(late, at=MOMENT + WEEK) is None
    made, code = invite(cast.firm.actor, "赵工", at=MOMENT)
    assert revoke_invite(cast.rival.actor, made.pk) is False
    assert revoke_invite(cast.firm.actor, made.pk) is True
    with pytest.raises(Refused, match="已撤回"):
        join(code, username="zhao", password=PASSWORD, at=MOMENT)
    assert Invite.objects.filter(used_at=None).count() == 2


def test_a_taken_sign_in_name_leaves_the_link_good(cast: Cast) -> None:
    _, first = invite(cast.firm.actor, "甲", at=MOMENT)
    _, second = invite(cast.firm.actor, "乙", at=MOMENT)
    join(first, username="same", password=PASSWORD, at=MOMENT)
    with pytest.raises(Refused, match="已有人使用"):
        join(second, username="same", password=PASSWORD, at=MOMENT)
    join(second, username="another", password=PASSWORD, at=MOMENT)


def test_the_last_member_stays_and_others_can_be_removed(cast: Cast) -> None:
    firm = cast.firm
    with pytest.raises(Refused, match="最后一位"):
        leave(firm.actor, firm.actor.user_id)
    _, code = invite(firm.actor, "王工", at=MOMENT)
    user = join(code, username="wang", password=PASSWORD, at=MOMENT)
    assert leave(cast.rival.actor, user.pk) is False
    assert leave(firm.actor, user.pk) is True
    assert actor_of(user) is None
    assert Membership.objects.filter(user=user).count() == 0


def test_the_pages_invite_and_let_somebody_in(cast: Cast, client: Client) -> None:
    client.force_login(cast.user(cast.firm.actor))
    assert client.post("/members/", {"name": " "}).status_code == 422
    page = client.post("/members/", {"name": "王工"})
    assert page.headers["Cache-Control"] == "no-store"
    link = page.context["link"].removeprefix("http://testserver")
    visitor = Client()
    assert "王工" in visitor.get(link).content.decode()
    wrong = visitor.post(link, {"username": "wang", "password": PASSWORD, "password_again": "x"})
    assert wrong.status_code == 422
    right = {"username": "wang", "password": PASSWORD, "password_again": PASSWORD, "agreed": "on"}
    assert visitor.post(link, right).status_code == 302
    assert "wang" in client.get("/members/").content.decode()
    assert Client().get(link).status_code == 422
