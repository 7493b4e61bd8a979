"""A warning: decided as any charge, shown to everybody for the days of practice, nothing else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from dengta.core.workdays import add_workdays
from dengta.programmes.actions import award_days
from dengta.programmes.actions import proceedings as act
from dengta.programmes.models import Award, Proceeding
from dengta.programmes.queries.awards import warnings_of
from dengta.registry.queries import policy, titles_on
from dengta.trail.actions import StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.programmes.given import awarded

WHY = "两次逾期未答复企业投诉，予以警告。"


def decided(cast: Cast, award: Award) -> Proceeding:
    """A warning that was decided, open to appeal."""
    case = act.open_proceeding(
        award, cast.province, "warning", grounds="两次逾期未答复投诉。", key="w", at=MOMENT
    )
    act.serve(case, cast.province, notice="拟予警告，可陈述申辩。", at=MOMENT)
    act.defend(case, cast.firm.actor, text="当时人员调整，已补答复。", at=MOMENT)
    act.decide(case, cast.province, decision=WHY, at=MOMENT)
    return case


def test_a_warning_in_effect_is_shown_for_its_days_and_takes_nothing_away(cast: Cast) -> None:
    award = awarded(cast)
    case = decided(cast, award)
    effect = add_workdays(DAY, 15) + ONE_DAY
    assert warnings_of(effect, award=award) == []

    assert award_days.due(effect).in_effect == 1
    assert award_days.due(effect).in_effect == 0

    award.refresh_from_db()
    assert award.state == "in_force" and "scenario" in titles_on(cast.firm.organisation, effect)
    last = effect + policy().practised("warning_shown_days", effect) * ONE_DAY
    assert warnings_of(last, organisation=cast.firm.organisation.pk) == [case]
    assert warnings_of(last + ONE_DAY, award=award) == []


def test_everybody_reads_it_on_the_page_of_the_award_and_the_desk_offers_it(cast: Cast) -> None:
    award = awarded(cast)
    case = decided(cast, award)
    act.appeal(case, cast.firm.actor, text="处理过重。", at=MOMENT)
    public = Client()
    page = reverse("award", args=[award.code])
    assert WHY not in public.get(page).content.decode()

    act.confirm(case, cast.province, note="复核维持。")

    assert WHY in public.get(page).content.decode()
    desk = Client()
    desk.force_login(cast.user(cast.province))
    offered = desk.get(reverse("official_award", args=[award.pk])).content.decode()
    assert 'value="warning"' in offered


def test_overturned_or_of_a_revoked_award_it_is_never_shown(cast: Cast) -> None:
    award = awarded(cast)
    case = decided(cast, award)
    act.appeal(case, cast.firm.actor, text="处理过重。", at=MOMENT)
    act.overturn(case, cast.province, note="事实不清。", at=MOMENT)
    assert warnings_of(DAY, award=award) == []
    Award.objects.filter(pk=award.pk).update(state="revoked", revoked_at=MOMENT)
    with pytest.raises(StepRefused):
        act.open_proceeding(award, cast.province, "warning", grounds="再犯。", key="z", at=MOMENT)
