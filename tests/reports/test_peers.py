"""Where a firm stands: hidden in small groups, exact in others, quick in large ones."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from dengta.assessment.models import Assessment
from dengta.core.shapes import Text
from dengta.reports.queries.peers import Crowd, Group, Peers, Standing, Table, _beside, peers_of
from dengta.rights.actions import revoke_consent
from tests.cast import DAY, MOMENT, ONE_DAY, Cast, Firm
from tests.reports.conftest import Assess

EDITION = "miit-2024"


def peers(firm: Firm, kind: str = "industry", day: dt.date = DAY) -> Peers:
    mine = Assessment.objects.filter(organisation=firm.organisation).latest("id")
    standing = Standing(mine.score_milli, mine.level)
    found = peers_of(firm.organisation, standing, Crowd(EDITION, day), 4)
    return next(each for each in found if each.kind == kind)


def test_of_four_peers_nothing_is_shown_and_of_five_everything(cast: Cast, assess: Assess) -> None:
    mine = assess("C", 3)
    for _ in range(4):
        assess("B", 2)
    hidden = peers(mine)
    assert (hidden.hidden, hidden.firms, hidden.quartiles, hidden.levels) == (True, 0, None, ())
    assert (hidden.ahead_of, hidden.level_with) == (0, 0)
    assess("D", 3)
    shown = peers(mine)
    assert (shown.hidden, shown.firms, shown.ahead_of) == (False, 5, 4)
    assert sum(shown.levels) == 5


def test_a_firm_is_no_peer_of_itself_whether_it_counts_or_not(assess: Assess) -> None:
    for _ in range(5):
        assess("B", 2)
    inside, outside = assess("C", 3), assess("C", 3, counted=False)
    assert peers(inside).firms == 5
    assert peers(outside).firms == 6
    assert peers(outside).level_with == 1


def test_only_firms_that_allow_statistics_count_and_a_revoked_consent_counts_no_more(
    assess: Assess,
) -> None:
    mine, last = assess(), assess()
    for _ in range(5):
        assess()
    assess(counted=False)
    assert peers(mine).firms == 6
    revoke_consent(last.actor, "statistics")
    assert peers(mine).firms == 5


def test_only_the_latest_result_of_the_same_edition_counts(cast: Cast, assess: Assess) -> None:
    mine = assess("B", 2)
    others = [assess("B", 2) for _ in range(5)]
    cast.assessed(others[0], "D", 4, at=MOMENT + 60 * ONE_DAY)
    assert (peers(mine).firms, peers(mine).level_with) == (5, 5)
    assert peers(mine, day=DAY + 61 * ONE_DAY).level_with == 4
    assert peers(mine, day=DAY + 61 * ONE_DAY).firms == 5
    Assessment.objects.filter(organisation=others[1].organisation).update(instrument="another")
    assert peers(mine).hidden


def test_what_counts_is_the_rating_on_the_spot(assess: Assess) -> None:
    mine = assess("C", 3)
    others = [assess("C", 3) for _ in range(5)]
    Assessment.objects.filter(organisation=others[0].organisation).update(
        on_site_score_milli=10_000, on_site_level=0
    )
    shown = peers(mine)
    assert (shown.ahead_of, shown.level_with) == (1, 4)
    assert shown.levels[0] == 1


def test_groups_are_of_industry_size_and_city(assess: Assess) -> None:
    mine = assess()
    for _ in range(5):
        assess(industry_code="13", region_code="429004", employees=800, revenue_fen=10**13)
    for _ in range(5):
        assess(industry_code="13", region_code="420104")
    assert peers(mine, "industry").hidden
    assert peers(mine, "city").firms == 5
    assert peers(mine, "size").firms == 5
    assert peers(mine, "city").name.zh == "武汉市"
    assert peers(mine, "size").name.zh == "小型企业"


def test_each_group_is_one_query_however_many_firms_are_in_it(assess: Assess) -> None:
    mine = assess()

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            peers(mine)
        return len(captured)

    few = asked()
    for letter in "ABCDE":
        assess(letter)
    assert asked() == few
    crowd = Crowd(EDITION, DAY)
    crowd.table(Group("industry", "36"))
    with CaptureQueriesContext(connection) as captured:
        crowd.table(Group("industry", "36"))
    assert len(captured) == 0


rows = st.lists(
    st.tuples(st.integers(0, 100) | st.none(), st.integers(0, 4) | st.none()),
    min_size=2,
    max_size=40,
)


@given(firms=rows, mine=st.integers(0, 100), counted=st.booleans())
def test_figures_are_those_that_plain_counting_gives(
    firms: list[tuple[int | None, int | None]], mine: int, counted: bool
) -> None:
    own = Standing(*firms[0]) if counted else None
    others = firms[1:] if counted else firms
    table = Table((*key, n) for key, n in Counter(firms).items())
    found = _beside(Group("size", "x"), Text("", ""), Standing(mine, 2), table, own, 4)
    scores = sorted(Fraction(score) for score, _ in others if score is not None)
    assert found.firms == len(others)
    assert found.levels == tuple(sum(level == at for _, level in others) for at in range(5))
    if not scores:
        assert found.quartiles is None
        return
    assert found.ahead_of == sum(score < mine for score in scores)
    assert found.level_with == sum(score == mine for score in scores)
    assert found.quartiles is not None
    expected = (
        statistics.quantiles(scores, n=4, method="inclusive") if len(scores) > 1 else scores * 3
    )
    assert [Fraction(value) * 1000 for value in found.quartiles] == expected


@pytest.mark.parametrize(("firms", "ahead", "share"), [(3, 2, 66), (7, 7, 100), (0, 0, 0)])
def test_of_a_hundred_so_many_rounded_down(firms: int, ahead: int, share: int) -> None:
    shown = Peers("city", Text("", ""), firms, (Decimal(0),) * 3, (), ahead, 0)
    assert shown.share_ahead == share
