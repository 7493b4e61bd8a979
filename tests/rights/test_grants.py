from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from dengta.rights.actions import HandedOut, give_grant, hold_grants, log_access, revoke_grant
from dengta.rights.models import AccessLog, Grant
from dengta.rights.queries import grant_for, grants_of
from dengta.trail.actions import NotAllowed, StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, Cast, Firm

UNTIL = DAY + 90 * ONE_DAY


def given(firm: Firm, at: dt.datetime = MOMENT, **different: object) -> Grant:
    """An authorisation for a bank to see code and revenue for a loan."""
    how: dict[str, object] = {
        "recipient": "a-bank", "recipient_name": "某银行", "purpose": "loan/x",
        "scope": ["uscc", "revenue_fen"], "until": UNTIL,
    }  # fmt: skip
    return give_grant(firm.actor, **(how | different), at=at)  # type: ignore[arg-type]


def handed_out(cast: Cast, grant: Grant, *facts: str, at: dt.datetime = MOMENT) -> int:
    """Hand these facts out under a grant, as a list does it."""
    with transaction.atomic():
        held = hold_grants([grant.pk], at=at)
        rows = [HandedOut(grant, facts, "0" * 64)]
        return log_access(held, rows, cast.province, about="BMD-1")


def test_a_grant_given_twice_is_one(cast: Cast) -> None:
    assert given(cast.firm) == given(cast.firm, MOMENT + ONE_DAY)
    grant = Grant.objects.get()
    assert (grant.from_date, grant.until_date, grant.user_id) == (
        DAY, UNTIL, cast.firm.actor.user_id,
    )  # fmt: skip


def test_another_scope_or_term_has_to_wait_until_the_first_is_revoked(cast: Cast) -> None:
    first = given(cast.firm)
    for different in ({"scope": ["uscc"]}, {"until": UNTIL + ONE_DAY}):
        with pytest.raises(StepRefused, match=first.number):
            given(cast.firm, **different)
    assert revoke_grant(cast.firm.actor, first.pk, at=MOMENT) is not None
    second = given(cast.firm, scope=["uscc"])
    assert (second.scope, Grant.objects.count()) == (["uscc"], 2)


def test_one_recipient_and_purpose_says_nothing_of_another(cast: Cast) -> None:
    given(cast.firm)
    firm = cast.firm.organisation.pk
    assert grant_for(firm, "a-bank", "loan/x", DAY) is not None
    assert grant_for(firm, "b-bank", "loan/x", DAY) is None
    assert grant_for(firm, "a-bank", "loan/y", DAY) is None
    assert grant_for(cast.rival.organisation.pk, "a-bank", "loan/x", DAY) is None


@pytest.mark.parametrize("strange", [{"scope": []}, {"scope": ["uscc", "secrets"]},
                                     {"until": DAY - ONE_DAY}])  # fmt: skip
def test_nothing_strangers_and_a_day_gone_are_refused(
    cast: Cast, strange: dict[str, object]
) -> None:
    with pytest.raises(StepRefused):
        given(cast.firm, **strange)
    assert not Grant.objects.exists()


def test_who_speaks_for_no_firm_gives_no_grant(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        give_grant(
            cast.province, recipient="a", recipient_name="某", purpose="x", scope=["uscc"],
            until=UNTIL,
        )  # fmt: skip


def test_a_grant_is_revoked_once_and_by_its_own_firm_only(cast: Cast) -> None:
    grant = given(cast.firm)
    with pytest.raises(Grant.DoesNotExist):
        revoke_grant(cast.rival.actor, grant.pk)
    assert revoke_grant(cast.firm.actor, grant.pk, at=MOMENT + ONE_DAY) == grant
    assert revoke_grant(cast.firm.actor, grant.pk, at=MOMENT + 2 * ONE_DAY) is None
    grant.refresh_from_db()
    assert grant.revoked_at == MOMENT + ONE_DAY


def test_every_handing_out_stands_in_the_log_of_the_firm(cast: Cast) -> None:
    grant = given(cast.firm)
    handed_out(cast, grant, "uscc")
    (shown,) = grants_of(cast.firm.actor)
    (log,) = shown.handed_out.all()
    assert (log.facts, log.recipient_name, log.about, log.sha256) == (
        ["uscc"], "某银行", "BMD-1", "0" * 64,
    )  # fmt: skip
    assert (log.actor_name, log.at) == (cast.province.name, MOMENT)
    assert not grants_of(cast.rival.actor)


def test_nothing_is_handed_out_under_a_grant_that_has_ended(cast: Cast) -> None:
    grant = given(cast.firm)
    past = MOMENT + (UNTIL - DAY) + ONE_DAY
    with pytest.raises(StepRefused, match="撤回或到期"):
        handed_out(cast, grant, "uscc", at=past)
    revoke_grant(cast.firm.actor, grant.pk, at=MOMENT)
    with pytest.raises(StepRefused, match="撤回或到期"):
        handed_out(cast, grant, "uscc")
    assert not AccessLog.objects.exists()


def test_nothing_beyond_the_scope_is_handed_out(cast: Cast) -> None:
    with pytest.raises(StepRefused, match="employees"):
        handed_out(cast, given(cast.firm), "uscc", "employees")
    assert not AccessLog.objects.exists()


def test_a_grant_that_ran_out_is_given_anew_and_the_old_row_stays(cast: Cast) -> None:
    given(cast.firm)
    later = MOMENT + (UNTIL - DAY) + ONE_DAY
    renewed = given(cast.firm, later, until=later.date() + ONE_DAY)
    assert (renewed.from_date, Grant.objects.count()) == (later.date(), 2)
