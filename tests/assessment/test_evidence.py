"""What may be seen of evidence, and where else it was seen."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dengta.accounts.queries import Actor
from dengta.assessment.actions import save_answers, submit
from dengta.assessment.actions.evidence import attach, take_back
from dengta.assessment.models import Assessment, Evidence, Rating
from dengta.assessment.queries.evidence import document_for, evidence_of, same_elsewhere
from tests.cast import MOMENT, Cast, Firm
from tests.pictures import page, photo, uploaded


def given(cast: Cast, firm: Firm, item: str = "q2", seed: int = 1, **how: int) -> Evidence:
    return attach(cast.draft(firm), firm.actor, item, uploaded(photo(seed), **how))


def sees(actor: Actor, evidence: Evidence) -> bool:
    return document_for(actor, evidence.document_id) == evidence.document


def hand_in(cast: Cast, firm: Firm) -> Assessment:
    draft = cast.draft(firm)
    save_answers(draft, firm.actor, cast.answers())
    submit(draft, firm.actor, at=MOMENT)
    return draft


def test_a_draft_is_the_firms_own_affair(cast: Cast) -> None:
    one = given(cast, cast.firm)
    assert sees(cast.firm.actor, one)
    for stranger in (cast.rival.actor, cast.supplier.actor, cast.county, cast.city, cast.province,
                     cast.expert):  # fmt: skip
        assert not sees(stranger, one)


def test_once_submitted_the_offices_of_the_territory_see_it(cast: Cast) -> None:
    one = given(cast, cast.firm)
    hand_in(cast, cast.firm)
    for office in (cast.county, cast.city, cast.province):
        assert sees(office, one)
    for stranger in (cast.next_county, cast.next_city, cast.rival.actor, cast.expert):
        assert not sees(stranger, one)


def test_who_rates_an_assessment_sees_its_evidence(cast: Cast) -> None:
    one = given(cast, cast.firm)
    done = hand_in(cast, cast.firm)
    rating = Rating(
        assessment=done, kind="expert", assessor_id=cast.expert.user_id, assigned_at=MOMENT,
        state="assigned", state_since=MOMENT,
    )  # fmt: skip
    rating.save()
    assert sees(cast.expert, one)
    Rating.objects.filter(pk=rating.pk).update(state="declined")
    assert not sees(cast.expert, one)


def test_a_document_that_is_no_evidence_is_nobodys(cast: Cast) -> None:
    paper = cast.paper(cast.firm, "合同")
    assert document_for(cast.firm.actor, paper.pk) is None
    assert document_for(cast.province, 999_999) is None


@pytest.mark.parametrize("again", [{"quality": 92}, {"quality": 40}])
def test_the_same_photo_of_another_firm_is_found_even_saved_anew(
    cast: Cast, again: dict[str, int]
) -> None:
    theirs = given(cast, cast.rival, quality=92)
    mine = given(cast, cast.firm, "q3", **again)
    (found,) = same_elsewhere([mine])[mine.pk]
    assert found.other == theirs
    assert found.organisation == cast.rival.organisation
    assert found.whole == (again == {"quality": 92})
    assert same_elsewhere([theirs])[theirs.pk][0].other == mine, "and the other way round"


def test_the_same_file_of_another_firm_is_found_by_its_bytes(cast: Cast) -> None:
    for firm in (cast.firm, cast.rival):
        attach(cast.draft(firm), firm.actor, "q6", uploaded(page(1), "制度.png", "PNG"))
    mine = evidence_of(cast.draft(cast.firm))
    assert [found.whole for (found,) in same_elsewhere(mine).values()] == [True]


def test_what_is_the_firms_own_or_taken_back_or_different_is_not_flagged(cast: Cast) -> None:
    mine = given(cast, cast.firm)
    given(cast, cast.firm, "q3")
    given(cast, cast.rival, seed=7)
    attach(cast.draft(cast.rival), cast.rival.actor, "q6", uploaded(page(2), "a.png", "PNG"))
    attach(cast.draft(cast.firm), cast.firm.actor, "q6", uploaded(page(3), "a.png", "PNG"))
    theirs = given(cast, cast.rival)
    take_back(cast.draft(cast.rival), cast.rival.actor, theirs.pk)
    assert same_elsewhere(evidence_of(cast.draft(cast.firm))) == {}
    take_back(cast.draft(cast.firm), cast.firm.actor, mine.pk)
    mine.refresh_from_db()
    assert same_elsewhere([mine]) == {}


def test_one_query_asks_for_all_of_an_assessment(cast: Cast) -> None:
    draft, counts = cast.draft(cast.firm), []
    for n in range(4):
        given(cast, cast.rival, f"q{n + 2}", seed=n)
        attach(draft, cast.firm.actor, f"q{n + 2}", uploaded(photo(n)))
        file = SimpleUploadedFile(f"{n}.pdf", f"%PDF {n}".encode())
        attach(draft, cast.firm.actor, f"q{n + 2}", file)
        with CaptureQueriesContext(connection) as seen:
            found = same_elsewhere(evidence_of(draft))
        counts.append(len(seen))
        assert len(found) == n + 1
    assert counts == [2, 2, 2, 2]
