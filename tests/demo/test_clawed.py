from __future__ import annotations

import datetime as dt

import pytest

from dengta.accounts.queries import Actor
from dengta.demo import clawed
from dengta.funding.models import Clawback
from dengta.registry.models import Organisation
from dengta.registry.queries import in_force
from tests.cast import MOMENT, ONE_DAY, Cast
from tests.funding.clawback_cast import paid_claim

pytestmark = pytest.mark.django_db


class Province:
    """As much of a province as is needed."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.officials = {("city", "420100"): cast.city, ("province", "420000"): cast.province}

    def at(self, days_ago: int) -> dt.datetime:
        """Some days ago."""
        return MOMENT - days_ago * ONE_DAY

    def actor(self, organisation: Organisation) -> Actor:
        """The one firm's."""
        return self.cast.firm.actor


def test_of_the_claims_that_were_paid_one_stands_in_each_state(cast: Cast) -> None:
    clawed.fill(Province(cast))
    assert not Clawback.objects.exists()
    for _ in clawed.STEPS:
        paid_claim(cast)
    clawed.fill(Province(cast))
    assert sorted(Clawback.objects.values_list("state", flat=True)) == sorted(clawed.STEPS)
    assert in_force(MOMENT.date()).count() == 1
