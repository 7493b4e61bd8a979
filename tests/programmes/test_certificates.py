"""Certificates: the same bytes for the same award, both names after a change, none when revoked."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dengta.programmes.actions import award_days
from dengta.programmes.actions import proceedings as act
from dengta.programmes.actions.certificates import certificate, certificate_name, data_of
from dengta.programmes.models import Award
from dengta.programmes.queries.awards import Wanted, award_by_code, awards, former_name, standing
from dengta.trail.actions import StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.programmes.given import awarded

SITE = "https://dengta.example/"


def test_the_same_award_gives_the_same_bytes_in_either_language(cast: Cast) -> None:
    award = awarded(cast)
    papers = {language: certificate(award, SITE, language, DAY) for language in ("zh-hans", "en")}
    for language, paper in papers.items():
        assert paper.startswith(b"%PDF-")
        assert paper == certificate(Award.objects.get(pk=award.pk), SITE, language, DAY)
    assert papers["zh-hans"] != papers["en"]
    assert certificate_name(award, "zh-hans") == f"江岸精工01有限公司_认定证书_{award.number}.pdf"


def test_the_code_on_the_certificate_leads_to_the_award(cast: Cast) -> None:
    award = awarded(cast)
    verify = data_of(award, SITE, "zh-hans", DAY)["verify"]
    assert isinstance(verify, dict)
    assert verify["address"] == f"https://dengta.example/verify/{award.code}/"
    assert award_by_code(verify["code"].lower()) == award
    assert award_by_code("") is None
    assert award_by_code("ABCDEFGHJKLM") is None


def test_after_a_change_of_name_the_certificate_shows_both_and_when_it_was_reissued(
    cast: Cast,
) -> None:
    award = awarded(cast)
    old = award.holder_name
    cast.firm.organisation.name = "江岸智造股份有限公司"
    cast.firm.organisation.save()
    award_days.due(DAY)
    case, later = award.proceedings.get(), MOMENT + 5 * ONE_DAY
    act.take_up(case, cast.province, at=later)
    act.decide(case, cast.province, decision="同意变更。", at=later)
    award = Award.objects.get(pk=award.pk)
    data = data_of(award, SITE, "zh-hans", DAY)
    assert (data["holder"], data["former"]) == ("江岸智造股份有限公司", old)
    assert (data["date"], data["issued"]) == ("2026年3月16日", "2026年3月21日")
    assert certificate(award, SITE, "zh-hans", DAY)
    listed = awards(Wanted(words="江岸精工"), DAY).get()  # found by the former name too
    assert (listed.holder_name, former_name(listed)) == ("江岸智造股份有限公司", old)


def test_a_revoked_award_has_no_certificate_and_its_code_says_why(cast: Cast) -> None:
    award = awarded(cast, state="in_force")
    Award.objects.filter(pk=award.pk).update(state="revoked", revoked_at=MOMENT)
    found = award_by_code(award.code)
    assert found is not None
    assert standing(found, DAY).id == "revoked"
    with pytest.raises(StepRefused, match="已撤销"):
        certificate(found, SITE, "zh-hans", DAY)


def test_an_award_is_over_the_day_after_its_last_whether_or_not_the_clock_was_there(
    cast: Cast,
) -> None:
    award = awarded(cast, expires_date=DAY)
    assert standing(award, DAY).id == "in_force"
    assert standing(award, DAY + ONE_DAY).id == "expired"
    in_force, expired = Wanted(standing="in_force"), Wanted(standing="expired")
    assert [awards(each, DAY).count() for each in (in_force, expired)] == [1, 0]
    later = DAY + ONE_DAY
    assert [awards(each, later).count() for each in (in_force, expired)] == [0, 1]
    assert data_of(award, SITE, "zh-hans", later)["note"] == "本证书已到期"


def test_lists_are_narrowed_by_place_programme_year_and_document(cast: Cast) -> None:
    here, there = awarded(cast), awarded(cast, cast.remote, day=dt.date(2025, 5, 6))
    assert list(awards(Wanted(), DAY)) == [here, there]
    assert list(awards(Wanted(division="420100"), DAY)) == [here]
    assert list(awards(Wanted(year=2025), DAY)) == [there]
    assert list(awards(Wanted(programme="scenario", words="追溯"), DAY)) == [here, there]
    assert not awards(Wanted(document="鄂经信〔1999〕1号"), DAY).exists()


def test_the_list_takes_one_query_however_long_it_is(cast: Cast) -> None:
    for length in (1, 4):
        while Award.objects.count() < length:
            awarded(cast)
        with CaptureQueriesContext(connection) as captured:
            shown = [
                (a.holder_name, a.case_region, standing(a, DAY)) for a in awards(Wanted(), DAY)
            ]
        assert len(shown) == length
        assert len(captured) == 1
