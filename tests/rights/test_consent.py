from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from dengta.rights.actions import give_consent, revoke_consent
from dengta.rights.models import Consent
from dengta.rights.queries import PURPOSES, allowed, consents_of
from tests.cast import DAY, MOMENT, ONE_DAY, Cast

YEAR = 365 * ONE_DAY


def test_consent_given_twice_is_one(cast: Cast) -> None:
    first = give_consent(cast.firm.actor, "assessment", at=MOMENT)
    again = give_consent(cast.firm.actor, "assessment", at=MOMENT + ONE_DAY)
    assert first == again
    consent = Consent.objects.get()
    assert (consent.given_at, consent.until_date) == (MOMENT, DAY + YEAR)
    assert consent.user_id == cast.firm.actor.user_id


def test_consent_to_one_purpose_is_no_consent_to_another(cast: Cast) -> None:
    give_consent(cast.firm.actor, "assessment", at=MOMENT)
    firm = cast.firm.organisation.pk
    assert [p for p in PURPOSES if allowed(firm, p, DAY)] == ["assessment"]


def test_consent_of_one_firm_is_no_consent_of_another(cast: Cast) -> None:
    give_consent(cast.firm.actor, "assessment", at=MOMENT)
    assert not allowed(cast.rival.organisation.pk, "assessment", DAY)


@pytest.mark.parametrize(("days", "holds"), [(0, True), (365, True), (366, False)])
def test_consent_runs_out_after_a_year(cast: Cast, days: int, holds: bool) -> None:
    give_consent(cast.firm.actor, "assessment", at=MOMENT)
    day = DAY + dt.timedelta(days=days)
    assert allowed(cast.firm.organisation.pk, "assessment", day) is holds


def test_consent_that_ran_out_is_given_anew_and_the_old_row_stays(cast: Cast) -> None:
    give_consent(cast.firm.actor, "assessment", at=MOMENT)
    later = MOMENT + YEAR + ONE_DAY
    renewed = give_consent(cast.firm.actor, "assessment", at=later)
    assert renewed.given_at == later
    assert allowed(cast.firm.organisation.pk, "assessment", later.date())
    assert list(Consent.objects.order_by("pk").values_list("revoked_at", flat=True)) == [
        later,
        None,
    ]


def test_revoking_ends_the_use_at_once_and_keeps_the_record(cast: Cast) -> None:
    firm = cast.firm
    give_consent(firm.actor, "policy_matching", at=MOMENT)
    assert revoke_consent(firm.actor, "policy_matching") == 1
    assert not allowed(firm.organisation.pk, "policy_matching", DAY)
    assert consents_of(firm.organisation.pk, DAY) == {}
    assert Consent.objects.get().revoked_at is not None


def test_revoking_what_was_never_given_ends_nothing(cast: Cast) -> None:
    give_consent(cast.rival.actor, "assessment", at=MOMENT)
    assert revoke_consent(cast.firm.actor, "assessment") == 0
    assert allowed(cast.rival.organisation.pk, "assessment", DAY)


def test_consent_can_be_given_again_after_it_was_revoked(cast: Cast) -> None:
    give_consent(cast.firm.actor, "assessment", at=MOMENT)
    revoke_consent(cast.firm.actor, "assessment")
    give_consent(cast.firm.actor, "assessment", at=MOMENT + ONE_DAY)
    assert allowed(cast.firm.organisation.pk, "assessment", DAY + ONE_DAY)
    assert Consent.objects.count() == 2


def test_a_purpose_that_is_not_on_offer_cannot_be_consented_to(cast: Cast) -> None:
    with pytest.raises(KeyError):
        give_consent(cast.firm.actor, "advertising")
    assert not Consent.objects.exists()


def test_nobody_consents_for_no_organisation(cast: Cast) -> None:
    with pytest.raises(ValueError, match="consent needs an organisation"):
        give_consent(cast.county, "assessment")


def test_revoked_consent_stops_policy_matching(cast: Cast, client: Client) -> None:
    client.force_login(cast.user(cast.firm.actor), "django.contrib.auth.backends.ModelBackend")
    give_consent(cast.firm.actor, "policy_matching")
    assert client.get("/enterprise/policies/").status_code == 200
    revoke_consent(cast.firm.actor, "policy_matching")
    refused = client.get("/enterprise/policies/")
    assert (refused.status_code, refused["Location"]) == (302, "/enterprise/consent/")
