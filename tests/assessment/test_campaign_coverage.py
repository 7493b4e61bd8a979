"""What a campaign's page counts, held against counting firm by firm."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.assessment.actions.campaigns import close
from dengta.assessment.models import Assessment, Campaign, RecordedResult
from dengta.assessment.queries import campaigns as queries
from dengta.assessment.queries.campaigns import BY, Narrowing, coverage, moves, roll, total
from dengta.registry.queries import division_of
from dengta.rights.actions import revoke_consent
from tests.cast import MOMENT, ONE_DAY, WUHAN, Cast, Firm

DUE = MOMENT.date() + 14 * ONE_DAY
MIDNIGHT = dt.datetime.combine(DUE + ONE_DAY, dt.time(), tzinfo=WUHAN)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is MOMENT: consents run out, so the day matters."""
    monkeypatch.setattr(timezone, "now", lambda: MOMENT)


def row_of(campaign: Campaign, firm: Firm) -> queries.Asked:
    return next(r for r in roll(campaign) if r.organisation_id == firm.organisation.pk)


def recorded(firm: Firm, day: dt.date, level: int | None, instrument: str = "miit-2022") -> None:
    RecordedResult.objects.create(
        organisation=firm.organisation, instrument=instrument, assessed_date=day, level=level,
        at=MOMENT,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def everybody_shares(cast: Cast) -> None:
    cast.shares(cast.firm, cast.rival, cast.remote)


def test_an_answer_is_in_time_to_the_end_of_the_last_day(cast: Cast) -> None:
    campaign = cast.campaign(cast.firm, cast.rival, cast.remote)
    cast.assessed(cast.firm, at=MIDNIGHT - ONE_DAY / 86_400)
    cast.assessed(cast.rival, at=MIDNIGHT)
    cast.draft(cast.remote)
    assert [row_of(campaign, f).standing for f in (cast.firm, cast.rival, cast.remote)] == [
        "answered", "late", "drafting",
    ]  # fmt: skip


def test_the_latest_in_time_counts_and_a_later_one_makes_nobody_late(cast: Cast) -> None:
    campaign = cast.campaign(cast.firm)
    cast.assessed(cast.firm, "B", 1, at=MOMENT + ONE_DAY)
    counted = cast.assessed(cast.firm, "C", 2, at=MOMENT + 2 * ONE_DAY)
    cast.assessed(cast.firm, "E", 4, at=MIDNIGHT + ONE_DAY)
    row = row_of(campaign, cast.firm)
    assert (row.standing, row.answer_id) == ("answered", counted.pk)
    counted.refresh_from_db()
    assert row.level_now == counted.level


def test_a_late_answer_is_said_as_late_even_after_the_campaign_is_closed(cast: Cast) -> None:
    campaign = cast.campaign(cast.firm)
    close(campaign, cast.province, at=MIDNIGHT)
    late = cast.assessed(cast.firm, at=MIDNIGHT + 3 * ONE_DAY)
    cast.assessed(cast.firm, "E", 4, at=MIDNIGHT + 4 * ONE_DAY)
    row = row_of(campaign, cast.firm)
    assert (row.standing, row.answer_id) == ("late", late.pk)


def test_the_level_on_the_spot_counts_where_there_is_one(cast: Cast) -> None:
    campaign = cast.campaign(cast.firm)
    done = cast.assessed(cast.firm, "E", 4, at=MOMENT + ONE_DAY)
    Assessment.objects.filter(pk=done.pk).update(on_site_level=2)
    assert row_of(campaign, cast.firm).level_now == 2


def test_what_a_firm_was_is_its_latest_result_before_the_opening(cast: Cast) -> None:
    recorded(cast.firm, MOMENT.date() - 400 * ONE_DAY, 1)
    earlier = cast.assessed(cast.firm, "C", 2, at=MOMENT - 300 * ONE_DAY)
    campaign = cast.campaign(cast.firm)
    row = row_of(campaign, cast.firm)
    earlier.refresh_from_db()
    assert (row.level_then, row.then_instrument) == (earlier.level, "miit-2024")
    recorded(cast.firm, MOMENT.date() - 200 * ONE_DAY, 3)
    row = row_of(campaign, cast.firm)
    assert (row.level_then, row.then_instrument) == (3, "miit-2022")
    recorded(cast.firm, MOMENT.date(), 4)
    assert row_of(campaign, cast.firm).level_then == 3, "the day of the opening is not before it"


def test_levels_of_another_instrument_are_not_compared(cast: Cast) -> None:
    recorded(cast.firm, MOMENT.date() - 9 * ONE_DAY, 5, "gbt-39116-discrete")
    row = row_of(cast.campaign(cast.firm), cast.firm)
    assert (row.level_then, row.then_date) == (None, None)


@pytest.mark.parametrize(
    ("then", "now", "move"),
    [(1, 2, "up"), (2, 2, "same"), (3, 2, "down"), (None, 2, ""), (0, None, "")],
)
def test_a_move_needs_both(then: int | None, now: int | None, move: str) -> None:
    row = queries.Asked(1, "", "", "", "", "", "", 0, None, level_then=then, level_now=now)
    assert row.move == move


def test_levels_of_a_firm_that_does_not_share_them_are_not_compared(cast: Cast) -> None:
    recorded(cast.firm, MOMENT.date() - 9 * ONE_DAY, 1)
    campaign = cast.campaign(cast.firm)
    cast.assessed(cast.firm, at=MOMENT + ONE_DAY)
    assert row_of(campaign, cast.firm).level_then == 1
    revoke_consent(cast.firm.actor, "statistics")
    row = row_of(campaign, cast.firm)
    assert (row.standing, row.level_then, row.level_now, row.move) == ("answered", None, None, "")


# ---------------------------------------------------------------- many firms, counted by hand


@pytest.fixture
def many(cast: Cast) -> Campaign:
    """Forty firms of all kinds, with results before, answers in time, late, drafts, nothing."""
    rng = random.Random(7)
    firms = []
    for n in range(40):
        firms.append(
            cast.enrol(
                f"many-{n}",
                region_code=rng.choice(["420102", "420104", "420502", "429004"]),
                industry_code=rng.choice(["13", "17", "36", "3911"]),
                employees=rng.choice([8, 90, 400]),
            )
        )
    cast.shares(*firms)
    for firm in firms:
        if rng.random() < 0.4:
            recorded(firm, MOMENT.date() - rng.randrange(2, 500) * ONE_DAY, rng.randrange(5))
        if rng.random() < 0.3:
            cast.assessed(firm, rng.choice("BCD"), rng.randrange(5), at=MOMENT - ONE_DAY)
    campaign = cast.campaign(*firms)
    for firm in firms:
        for _ in range(rng.randrange(3)):
            at = MOMENT + rng.randrange(1, 25) * ONE_DAY
            cast.assessed(firm, rng.choice("BCDE"), rng.randrange(5), at=at)
        if rng.random() < 0.3:
            cast.draft(firm)
    return campaign


def by_hand(campaign: Campaign, firm: int) -> tuple[str, int | None, int | None]:
    """Standing, level then, level now of one firm, asked of the tables one by one."""
    mine = Assessment.objects.filter(organisation=firm)
    done = sorted(
        (each.submitted_at, each.pk, each.level)
        for each in mine.filter(state="submitted")
        if each.submitted_at is not None
    )
    since = [each for each in done if each[0] >= MOMENT]
    in_time = [each for each in since if each[0].astimezone(WUHAN).date() <= DUE]
    counted, standing = (in_time[-1], "answered") if in_time else (None, "")
    if counted is None and since:
        counted, standing = since[0], "late"
    if counted is None:
        standing = "drafting" if mine.filter(state="draft").exists() else "open"
    before = [(at.astimezone(WUHAN).date(), 1, pk, level) for at, pk, level in done if at < MOMENT]
    known = RecordedResult.objects.filter(organisation=firm)
    before += [(each.assessed_date, 0, each.pk, each.level) for each in known]
    then = max(before)[3] if before else None
    return standing, then, counted[2] if counted else None


def test_every_number_is_what_counting_firm_by_firm_gives(many: Campaign) -> None:
    rows = roll(many)
    hand = {row.organisation_id: by_hand(many, row.organisation_id) for row in rows}
    assert {r.organisation_id: (r.standing, r.level_then, r.level_now) for r in rows} == hand
    standings = Counter(standing for standing, _, _ in hand.values())
    whole = total(rows)
    assert len(standings) == 4, "all standings occur"
    assert (whole.asked, whole.answered, whole.late, whole.drafting, whole.open) == (
        40, *(standings[s] for s in ("answered", "late", "drafting", "open")),
    )  # fmt: skip
    assert moves(rows) == Counter((then, now) for _, then, now in hand.values())
    done = {
        row.organisation_id for row in rows if hand[row.organisation_id][0] in ("answered", "late")
    }
    keys = {
        "division": lambda r: division_of(r.region),
        "county": lambda r: r.region,
        "industry": lambda r: r.industry[:2],
        "size": lambda r: r.size,
    }
    assert set(keys) == set(BY)
    for by, key in keys.items():
        groups = coverage(rows, by)
        assert {g: (t.asked, t.done) for g, t in groups.items()} == {
            g: (
                sum(key(r) == g for r in rows),
                sum(key(r) == g and r.organisation_id in done for r in rows),
            )
            for g in {key(r) for r in rows}
        }
        assert [t.asked for t in groups.values()] == sorted(
            (t.asked for t in groups.values()), reverse=True
        )


def test_each_list_is_as_long_as_its_number(many: Campaign) -> None:
    rows = roll(many)
    for (then, now), count in moves(rows).items():
        asked = Narrowing(then=queries._level(then), now=queries._level(now))
        assert sum(asked.holds(row) for row in rows) == count
    for group, tally in coverage(rows, "division").items():
        for standing in ("answered", "late", "drafting", "open", "waiting", "done"):
            asked = Narrowing(region=group, standing=standing)
            assert sum(asked.holds(row) for row in rows) == getattr(tally, standing)
    whole = total(rows)
    assert sum(Narrowing(move=m).holds(r) for r in rows for m in ("up", "same", "down")) == sum(
        1 for r in rows if r.level_then is not None and r.level_now is not None
    )
    (totals,) = queries.totals([many]).values()
    assert totals == (whole.asked, whole.done)
    assert queries.unanswered(many).count() == whole.waiting


def test_reading_costs_four_queries_however_many_firms(cast: Cast, many: Campaign) -> None:
    few = cast.campaign(cast.firm, cast.rival)
    for campaign, firms in ((few, 2), (many, 40)):
        with CaptureQueriesContext(connection) as captured:
            assert len(roll(campaign)) == firms
        assert len(captured) == 4


# ---------------------------------------------------------------- who sees what


def test_offices_see_campaigns_of_their_territory_and_of_those_above(cast: Cast) -> None:
    whole = cast.campaign(cast.firm, cast.remote)
    city = cast.campaign(cast.firm, by=cast.city, name="市里")
    county = cast.campaign(cast.firm, by=cast.county, name="区里")
    sight = {
        cast.province: {whole, city, county},
        cast.city: {whole, city, county},
        cast.county: {whole, city, county},
        cast.next_county: {whole, city},
        cast.next_city: {whole},
        cast.remote_office: {whole},
        cast.firm.actor: set(),
        cast.expert: set(),
    }
    for acting, seen in sight.items():
        assert set(queries.in_sight(acting)) == seen, acting
    with pytest.raises(Campaign.DoesNotExist):
        queries.visible(cast.next_city, city.pk)


def test_a_phone_number_is_whole_only_for_the_firms_own_offices(cast: Cast) -> None:
    row = row_of(cast.campaign(cast.firm), cast.firm)
    phone = cast.firm.organisation.phone
    assert phone
    for acting in (cast.county, cast.city, cast.province):
        assert queries.phone_for(acting, row) == phone
    for acting in (cast.next_county, cast.next_city):
        assert queries.phone_for(acting, row) == f"{phone[:3]}****{phone[-2:]}"
    row.phone = "12345"
    assert queries.phone_for(cast.next_city, row) == "****"


# ---------------------------------------------------------------- what the firm sees


def test_a_firm_is_asked_until_it_answers(cast: Cast) -> None:
    firm, day = cast.firm.organisation.pk, MOMENT.date()
    cast.campaign(cast.rival)
    assert queries.calls(firm, day) == []
    later = cast.campaign(cast.firm, due_date=DUE + 30 * ONE_DAY, name="晚一些")
    sooner = cast.campaign(cast.firm, by=cast.city)
    calls = queries.calls(firm, day)
    assert [call.campaign for call in calls] == [sooner, later]
    assert [call.asker.zh for call in calls] == ["武汉市经信局", "省经信厅"]
    assert calls[0].left == 10
    assert queries.calls(firm, DUE + ONE_DAY)[0].left < 0
    cast.assessed(cast.firm, at=MOMENT + ONE_DAY)
    assert queries.calls(firm, day) == []
