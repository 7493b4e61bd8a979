"""Providers are admitted in the role that their form asks for; while that is to be rectified they
take on nothing new."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.workdays import add_workdays
from dengta.matching.actions import choosing, needs, quotes
from dengta.matching.models import Need, Quote
from dengta.matching.queries.comparing import compare
from dengta.matching.queries.quoters import may_quote, rests
from dengta.programmes.actions import award_days
from dengta.programmes.actions import proceedings as act
from dengta.programmes.actions.awarding import award
from dengta.programmes.actions.effects import restore
from dengta.programmes.actions.listing import announce, make_list
from dengta.programmes.models import Award
from dengta.programmes.queries.admission import admissions
from dengta.registry.models import Organisation, ProviderRole
from dengta.registry.queries import actor_of
from dengta.trail.actions import StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, Cast, Firm
from tests.matching.market import Market
from tests.matching.test_pages import client_of
from tests.programmes.given import awarded, round_of
from tests.programmes.ranked import AFTER, a_round, reviewed

DECIDED = add_workdays(DAY, 15) + ONE_DAY
"""The first day on which a rectification is in effect."""


def test_the_award_gives_the_role_that_the_form_asks_for(cast: Cast) -> None:
    watchers = cast.enrol("watchers", kind="provider", industry_code="74")
    round = a_round(cast, selection="provider")
    row = reviewed(round, watchers)
    row.entries.create(field="provider_kind", value="supervisor", version=1, at=MOMENT)
    make_list(round, cast.province, at=MOMENT)
    announce(round, cast.province, at=MOMENT)
    award(round, cast.province, document="鄂经信〔2026〕8号", day=AFTER.date(), at=AFTER)
    role = ProviderRole.objects.get(organisation=watchers.organisation)
    assert (role.role, role.award) == ("supervisor", "鄂经信〔2026〕8号")
    assert not may_quote(watchers.organisation.pk, AFTER.date()), "who watches does not sell"


def test_every_role_says_which_selection_admits_to_it(db: None) -> None:
    ways = {one.role: [id for id, _ in one.programmes] for one in admissions(DAY)}
    assert set(ways) == set(ProviderRole.Role.values) and all(ways.values())
    assert ways["law_firm"] == ways["supervisor"] == ["provider"]
    assert "cloud_supplier" in ways["cloud_vendor"]
    page = Client().get("/providers/").content.decode()
    assert "怎样成为入库服务商" in page and "/programmes/cloud_supplier/" in page


def _actor(organisation: Organisation) -> Actor:
    acting = actor_of(organisation.members.get().user)
    assert acting is not None
    return acting


def _choose(quote: Quote, cast: Cast) -> None:
    now = timezone.now()
    seen = compare(Need.objects.get(pk=quote.need_id), timezone.localdate(now)).seen
    choosing.choose(quote, cast.firm.actor, reason="价格和工期都合适。", seen=seen, at=now)


@pytest.fixture
def mending(cast: Cast) -> Award:
    """The award of a provider that is to be rectified."""
    made = cast.enrol("builders", kind="provider", industry_code="65")
    given = awarded(cast, made, round=round_of(cast, "provider"))
    Market(cast).package(made)
    case = act.open_proceeding(
        given, cast.province, "rectification", grounds="两个项目逾期。", key="r", at=MOMENT
    )
    act.serve(case, cast.province, notice="拟责令整改，可陈述申辩。", at=MOMENT)
    act.defend(case, made.actor, text="人手不足，已补充。", at=MOMENT)
    until = DECIDED + 60 * ONE_DAY
    act.decide(case, cast.province, decision="限期整改。", until=until, at=MOMENT)
    return given


def test_who_is_to_rectify_quotes_nothing_new_and_is_not_chosen_until_it_is_restored(
    cast: Cast, mending: Award, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders = mending.organisation
    assert builders is not None
    market, acting = Market(cast), _actor(builders)
    need = market.need(public=True)
    before = market.quote(need, Firm(builders, acting))
    assert award_days.due(DECIDED).in_effect == 1
    mending.refresh_from_db()
    assert mending.state == "rectifying"

    assert rests(builders, DECIDED) and not may_quote(builders.pk, DECIDED)
    later = MOMENT + (DECIDED - DAY)
    monkeypatch.setattr(timezone, "now", lambda: later)
    second = market.draft()
    needs.publish(second, cast.firm.actor, at=later)
    with pytest.raises(StepRefused, match="正在限期整改"):
        quotes.begin_quote(second, acting, key="q2", at=later)
    with pytest.raises(StepRefused, match="不能承接新项目"):
        _choose(before, cast)
    need.refresh_from_db()
    assert need.state == "open"
    firm = client_of(cast, cast.firm).get(f"/enterprise/needs/{need.pk}/").content.decode()
    assert "现在不能承接新项目" in firm and 'name="quote"' not in firm

    public = Client().get(f"/providers/{builders.uscc}/").content.decode()
    assert "限期整改中" in public and "已签合同的项目照常进行" in public
    assert "限期整改中" in Client().get("/providers/").content.decode()
    desk = client_of(cast, acting)
    assert "限期整改" in desk.get("/provider/").content.decode()
    page = desk.get(f"/provider/needs/{second.pk}/").content.decode()
    assert "整改合格前不能报新价" in page and "开始报价" not in page

    restore(mending, cast.province, note="已整改。", at=later)
    assert may_quote(builders.pk, DECIDED) and not rests(builders, DECIDED)
    assert quotes.begin_quote(second, acting, key="q2", at=later).state == "draft"
    _choose(before, cast)
