"""推荐函和汇总表."""

from __future__ import annotations

import pytest

from dengta.programmes.actions.papers import issue_letter, render
from dengta.programmes.actions.submitting import withdraw
from dengta.programmes.models import Publication
from dengta.programmes.queries.papers import code_of, content, letter_by_code, letter_for
from dengta.trail.actions import NotAllowed, StepRefused
from tests.cast import MOMENT, ONE_DAY, Cast
from tests.programmes import stage
from tests.reports.conftest import pdf_text

SITE = "https://dengta.example"


def test_a_letter_names_what_a_city_recommends_and_can_be_verified(cast: Cast) -> None:
    round = stage.opened(cast)
    application = stage.submitted(round, cast.firm, "质量追溯")
    with pytest.raises(StepRefused, match="还没有推荐的申报"):
        issue_letter(round, cast.city, at=MOMENT)
    stage.passed(cast, application, "formal_check")
    letter = issue_letter(round, cast.city, at=MOMENT + ONE_DAY)
    assert issue_letter(round, cast.city, at=MOMENT + 2 * ONE_DAY) == letter
    assert [row["number"] for row in content(letter)["rows"]] == [application.number]
    assert letter_by_code(code_of(letter).replace("-", "")) == letter
    said = render(letter, SITE)
    listed = render(letter, SITE, part="summary")
    assert said == render(letter, SITE, part="letter")
    for paper in (pdf_text(said), pdf_text(listed)):
        assert letter.digest in paper and content(letter)["number"] in paper
        assert code_of(letter) in paper and "推荐名额40个，已推荐1个" in paper
    assert "江岸精工01有限公司" in pdf_text(listed) and "质量追溯" in pdf_text(listed)
    english = pdf_text(render(letter, SITE, part="summary", language="en"))
    assert "summaryofrecommendations" in english and "1of40placesareused" in english


def test_what_is_withdrawn_makes_another_letter_and_other_offices_see_none(cast: Cast) -> None:
    round = stage.opened(cast)
    one = stage.passed(cast, stage.submitted(round, cast.firm), "formal_check")
    two = stage.submitted(round, cast.enrol("second"))
    stage.passed(cast, two, "formal_check")
    first = issue_letter(round, cast.city, at=MOMENT)
    withdraw(one, cast.firm.actor, at=MOMENT)
    second = issue_letter(round, cast.city, at=MOMENT)
    assert [len(content(letter)["rows"]) for letter in (first, second)] == [2, 1]
    assert content(second)["number"].endswith("-420100-2")
    assert letter_for(cast.province, second.pk) == second
    with pytest.raises(Publication.DoesNotExist):
        letter_for(cast.next_city, second.pk)
    with pytest.raises(NotAllowed):
        issue_letter(round, cast.county, at=MOMENT)
