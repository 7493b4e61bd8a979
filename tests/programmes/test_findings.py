"""What the machine sees, one planted fault at a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dengta.core.selection import Once
from dengta.programmes.actions.filling import attach
from dengta.programmes.models import Application, Award, Round
from dengta.programmes.queries.checks import exceptions, findings
from dengta.registry.actions import award_title, state_facts
from dengta.registry.models import Organisation
from tests.cast import DAY, MOMENT, Cast
from tests.pictures import photo, uploaded
from tests.programmes import stage
from tests.programmes.conftest import Beside
from tests.programmes.stage import drafted, opened, paper, submitted


def marked(application: Application) -> dict[str, str]:
    """What is marked on a draft, by id."""
    return {f.id: f.text.zh for f in findings(application, DAY) if not f.ok}


def awarded(application: Application, programme: str, day: dt.date = DAY) -> Award:
    """As the list would have it, without going all the way."""
    Application.objects.filter(pk=application.pk).update(
        state="awarded", publicity_from=day, publicity_until=day, rank=1
    )
    return Award.objects.create(
        application=application, organisation=application.organisation, programme=programme,
        awarded_name="x", holder_name="x", document_number="鄂经信〔2026〕1号", award_date=day,
        number=f"N{application.pk}", code=f"C{application.pk}", state="in_force",
        state_since=MOMENT,
    )  # fmt: skip


def test_eligibility_is_told_clause_by_clause(cast: Cast) -> None:
    application = drafted(opened(cast), cast.firm, purpose="internal")
    assert marked(application) == {
        "clause:open": "不符合：对外开放各类资源、面向公众，用于创新、创业或服务"
        "（是否面向公众开放 是；场景用途 内部使用）"
    }
    draft = stage.begun(opened(cast), cast.rival)
    assert marked(draft)["clause:open"].startswith("缺少资料，无法判断")


def test_a_bad_standing_and_an_unknown_size_are_marked(cast: Cast) -> None:
    state_facts(cast.firm.actor, {"abnormal_listed": True})
    cast.firm.organisation.years.all().delete()
    application = drafted(opened(cast), cast.firm, employees=1, revenue_fen=1)
    found = marked(application)
    assert found["standing:abnormal_listed"] == "是否列入经营异常名录：是"
    assert found["size"] == "按登记数据划型：不能确定"


@pytest.mark.parametrize(
    ("once", "same_year", "says"),
    [("ever", False, True), ("year", True, True), ("year", False, False), ("", True, False)],
)
def test_what_is_given_once_is_marked_when_it_was_given(
    cast: Cast, beside: Beside, once: Once, same_year: bool, says: bool
) -> None:
    beside("mine", once=once, title="", quotas=())
    before = submitted(opened(cast, "mine"), cast.firm)
    if not same_year:
        Round.objects.update(year=2025)
    assert "once" not in marked(before)
    award = awarded(before, "scenario")
    found = marked(drafted(opened(cast, "mine"), cast.firm))
    assert ("once" in found) is says
    assert not says or award.number in found["once"]


def test_a_title_of_the_register_counts_as_given_too(cast: Cast) -> None:
    award_title(cast.firm.organisation, "scenario", document="旧文", awarded=dt.date(2024, 1, 1))
    found = marked(drafted(opened(cast), cast.firm))
    assert "登记有 2024年1月1日 的同一称号（旧文）" in found["once"]


def test_what_excludes_it_is_marked_while_it_is_in_force(cast: Cast, beside: Beside) -> None:
    beside("mine", excludes=("lighthouse",), once="", quotas=())
    application = drafted(opened(cast, "mine"), cast.firm)
    award = awarded(submitted(opened(cast), cast.firm), "lighthouse")
    assert list(marked(application)) == [f"excludes:{award.pk}"]
    Award.objects.update(state="expired")
    assert not marked(application)


def test_a_paper_or_a_picture_of_another_applicant_is_marked(cast: Cast) -> None:
    round = opened(cast)
    theirs = drafted(round, cast.rival)
    attach(theirs, cast.rival.actor, "users_proof", paper("pdf", "同一份合同"))
    attach(theirs, cast.rival.actor, "pictures", uploaded(photo(7), quality=90))
    mine = drafted(round, cast.firm)
    attach(mine, cast.firm.actor, "users_proof", paper("pdf", "同一份合同"))
    attach(mine, cast.firm.actor, "pictures", uploaded(photo(7), quality=60))
    assert not marked(mine), "a draft of somebody else is nobody's business"
    stage.submit(theirs, cast.rival.actor, pledged_by="法人", at=MOMENT)
    found = "；".join(marked(mine).values())
    assert f"与 {theirs.number}（{theirs.applicant_name}） 的是同一份文件" in found
    assert "看上去是同一张图片" in found and len(marked(mine)) == 2


def test_related_applicants_of_a_round_are_marked(cast: Cast) -> None:
    round = opened(cast)
    theirs = submitted(round, cast.rival)
    Organisation.objects.filter(pk=cast.firm.organisation.pk).update(
        legal_person=cast.rival.organisation.legal_person, phone=cast.rival.organisation.phone
    )
    cast.firm.organisation.refresh_from_db()
    mine = submitted(round, cast.firm)
    assert [f.text.zh for f in exceptions(mine)] == [
        f"与同批次的 {theirs.number}（{theirs.applicant_name}）法定代表人相同、电话相同"
    ]


def test_a_hundred_others_cost_no_more_queries(cast: Cast, django_assert_num_queries: Any) -> None:
    round = opened(cast)
    mine = drafted(round, cast.firm)
    with django_assert_num_queries(12):
        findings(Application.objects.select_related("round", "organisation").get(pk=mine.pk), DAY)
    for n in range(4):
        submitted(round, cast.enrol(f"other-{n}", phone=cast.firm.organisation.phone))
    with django_assert_num_queries(12):
        findings(Application.objects.select_related("round", "organisation").get(pk=mine.pk), DAY)
