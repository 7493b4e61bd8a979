from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dengta.accounts.models import User
from dengta.assessment.actions.ratings import Conflicted, assign
from dengta.assessment.models import Assessment, DiagnosisOrder, Rating
from dengta.assessment.queries.conflicts import candidates, why_nobody
from dengta.core.codes import make_uscc
from dengta.core.shapes import Text
from dengta.registry.actions import declare_tie, end_tie, keep_profile
from dengta.registry.models import Membership, Organisation
from dengta.trail.actions import Moved, NotAllowed, StepRefused, begin
from dengta.trail.models import Event
from dengta.trail.queries import notices_of
from tests.cast import DAY, MOMENT, ONE_DAY, Cast


@pytest.fixture
def done(cast: Cast) -> Assessment:
    return cast.assessed(cast.firm)


def ask(cast: Cast, done: Assessment, **different: Any) -> Rating:
    asked: dict[str, Any] = {"actor": cast.city, "assessor_id": cast.assessor.user_id,
                             "kind": "on_site", "at": MOMENT}  # fmt: skip
    return assign(done, **(asked | different))


def test_somebody_of_the_pool_is_asked_and_told(cast: Cast, done: Assessment) -> None:
    rating = ask(cast, done, note="请重点看设备联网。")
    assert (rating.state, rating.kind, rating.assessor_id) == (
        "assigned", "on_site", cast.assessor.user_id,
    )  # fmt: skip
    assert rating.due_date == dt.date(2026, 3, 30), "ten working days"
    event = Event.objects.get(flow="rating", thing_id=rating.pk)
    assert (event.user_id, event.note) == (cast.city.user_id, "请重点看设备联网。")
    notice = notices_of(cast.assessor).get()
    assert notice.link == f"/expert/ratings/{rating.pk}/"
    assert cast.firm.organisation.name in notice.subject["zh"]
    assert notices_of(cast.firm.actor).count() == 1, "somebody will come to see the firm"


def test_what_was_checked_is_kept_with_the_rating(cast: Cast, done: Assessment) -> None:
    kept = ask(cast, done).conflicts
    assert kept["day"] == DAY.isoformat()
    assert all(check["clear"] for check in kept["checks"])
    assert {check["kind"] for check in kept["checks"]} >= {"employer", "adviser", "phone"}


def test_a_rating_at_the_desk_does_not_disturb_the_firm(cast: Cast, done: Assessment) -> None:
    ask(cast, done, kind="expert")
    assert notices_of(cast.firm.actor).count() == 0


def test_asked_twice_it_is_one_rating(cast: Cast, done: Assessment) -> None:
    assert ask(cast, done) == ask(cast, done, actor=cast.county)
    assert (Rating.objects.count(), notices_of(cast.assessor).count()) == (1, 1)


def test_while_one_is_open_nobody_else_is_asked_for_the_same(cast: Cast, done: Assessment) -> None:
    ask(cast, done)
    with pytest.raises(Moved, match="assessor"):
        ask(cast, done, actor=cast.county, assessor_id=cast.other_assessor.user_id)
    other = ask(cast, done, kind="expert", assessor_id=cast.other_assessor.user_id)
    assert other.kind == "expert", "a rating of the other kind may go beside it"


def test_only_offices_of_the_territory_give_ratings_out(cast: Cast, done: Assessment) -> None:
    for acting in (cast.next_county, cast.next_city, cast.firm.actor, cast.assessor):
        with pytest.raises(NotAllowed):
            ask(cast, done, actor=acting)
    assert ask(cast, done, actor=cast.province)


def test_a_draft_cannot_be_rated(cast: Cast) -> None:
    with pytest.raises(StepRefused, match="还没有提交"):
        ask(cast, cast.draft(cast.firm))


def test_only_the_pool_is_asked(cast: Cast, done: Assessment) -> None:
    for acting in (cast.county, cast.rival.actor):
        with pytest.raises(StepRefused, match="专家库"):
            ask(cast, done, assessor_id=acting.user_id)
    with pytest.raises(StepRefused, match="专家评定或现场评定"):
        ask(cast, done, kind="recheck")


def test_the_deadline_lies_ahead(cast: Cast, done: Assessment) -> None:
    with pytest.raises(StepRefused, match="已经过去"):
        ask(cast, done, due=DAY - ONE_DAY)
    assert ask(cast, done, due=DAY).due_date == DAY


# ---------------------------------------------------------------------------- conflicts


def refused(cast: Cast, done: Assessment, **different: Any) -> Conflicted:
    with pytest.raises(Conflicted) as found:
        ask(cast, done, **different)
    assert Rating.objects.count() == 0
    return found.value


def profile(cast: Cast, **different: Any) -> None:
    stated: dict[str, Any] = {"employer": "江汉大学", "region_code": "420100", "fields": ["36"]}
    keep_profile(cast.assessor, **(stated | different))


def test_an_employee_may_not_rate_their_employer(cast: Cast, done: Assessment) -> None:
    profile(cast, employer="别的名字", employer_uscc=cast.firm.organisation.uscc)
    assert [c.kind for c in refused(cast, done).found] == ["employer"]
    profile(cast, employer=f" {cast.firm.organisation.name} ")
    assert [c.kind for c in refused(cast, done).found] == ["employer"]


def test_who_has_not_said_where_they_work_cannot_be_checked(cast: Cast, done: Assessment) -> None:
    said = refused(cast, done, assessor_id=cast.expert.user_id)
    assert "工作单位" in said.text.zh


def test_an_adviser_stands_aside_for_three_years(cast: Cast, done: Assessment) -> None:
    firm = cast.firm.organisation.uscc
    until = dt.date(2023, 3, 16)
    declare_tie(cast.assessor, kind="adviser", uscc=firm, until=until)
    assert [c.kind for c in refused(cast, done).found] == ["adviser"]
    assert ask(cast, done, at=MOMENT + ONE_DAY), "three years and a day later they may"


def test_an_adviser_who_still_advises_stands_aside(cast: Cast, done: Assessment) -> None:
    declare_tie(cast.assessor, kind="adviser", uscc=cast.firm.organisation.uscc)
    assert [c.kind for c in refused(cast, done).found] == ["adviser"]


def test_what_was_declared_bars_until_its_day_or_until_taken_back(
    cast: Cast, done: Assessment
) -> None:
    firm = cast.firm.organisation.uscc
    tie = declare_tie(cast.assessor, kind="family", uscc=firm, note="表兄任财务总监")
    assert "表兄任财务总监" in refused(cast, done).text.zh
    end_tie(cast.county, tie.pk)
    assert refused(cast, done), "nobody takes back what another declared"
    end_tie(cast.assessor, tie.pk)
    declare_tie(cast.assessor, kind="stake", uscc=firm, until=DAY - ONE_DAY)
    assert ask(cast, done)


def test_a_tie_to_another_firm_bars_nothing(cast: Cast, done: Assessment) -> None:
    declare_tie(cast.assessor, kind="family", uscc=cast.rival.organisation.uscc)
    assert ask(cast, done)


def test_the_same_phone_or_legal_person_bars(cast: Cast, done: Assessment) -> None:
    firm = cast.firm.organisation
    User.objects.filter(pk=cast.assessor.user_id).update(phone=firm.phone.replace("-", " "))
    assert [c.kind for c in refused(cast, done).found] == ["phone"]
    User.objects.filter(pk=cast.assessor.user_id).update(
        phone=firm.phone.split("-")[1], display_name=firm.legal_person
    )
    assert {c.kind for c in refused(cast, done).found} == {"phone", "legal_person"}


def test_an_employer_that_shares_people_with_the_firm_bars(cast: Cast, done: Assessment) -> None:
    firm = cast.firm.organisation
    sister = cast.enrol("sister", legal_person=firm.legal_person, phone=firm.phone)
    profile(cast, employer="姊妹公司", employer_uscc=sister.organisation.uscc)
    assert {c.kind for c in refused(cast, done).found} == {"phone", "legal_person"}


def test_members_of_the_firm_or_of_its_diagnoser_stand_aside(cast: Cast, done: Assessment) -> None:
    order = DiagnosisOrder(
        organisation=cast.firm.organisation, industry_code="36", scope="whole",
        provider=cast.supplier.organisation, ordered_at=MOMENT,
    )  # fmt: skip
    begin(order, by=cast.firm.actor, at=MOMENT)
    user = cast.user(cast.assessor)
    member = Membership.objects.create(user=user, organisation=cast.supplier.organisation)
    assert [c.kind for c in refused(cast, done).found] == ["diagnosed"]
    Membership.objects.filter(pk=member.pk).update(organisation=cast.firm.organisation)
    assert [c.kind for c in refused(cast, done).found] == ["member"]
    member.delete()
    profile(cast, employer="供应商", employer_uscc=cast.supplier.organisation.uscc)
    assert [c.kind for c in refused(cast, done).found] == ["diagnosed"]


def test_nobody_asks_themself(cast: Cast, done: Assessment) -> None:
    from dengta.accounts.actions import give_post

    give_post(cast.user(cast.city), role="expert", region_code="420000", office="省专家库")
    keep_profile(cast.city, employer="武汉市经信局", region_code="420100")
    assert [c.kind for c in refused(cast, done, assessor_id=cast.city.user_id).found] == ["duty"]
    assert ask(cast, done, actor=cast.county, assessor_id=cast.city.user_id)


def test_the_refusal_names_others_who_may(cast: Cast, done: Assessment) -> None:
    assert cast.other_assessor
    profile(cast, employer=cast.firm.organisation.name)
    said = refused(cast, done)
    assert [other.name for other in said.others] == ["other_assessor"]
    assert "可以改派：other_assessor" in said.text.zh
    assert "other_assessor" in said.text.en


# ---------------------------------------------------------------------------- suggestions


def test_the_pool_is_offered_by_field_load_and_place(cast: Cast, done: Assessment) -> None:
    rows = {
        name: cast.pooled(name, **stated)
        for name, stated in {
            "far": {"region_code": "420500"},
            "near": {},
            "busy": {},
            "other_trade": {"fields": ["13"]},
            "tied": {"employer": cast.firm.organisation.name},
        }.items()
    }
    cast.rating(cast.assessed(cast.rival), "expert", rows["busy"])
    assert [c.name for c in candidates(done, DAY)] == [
        "near", "far", "busy", "other_trade", "tied",
    ]  # fmt: skip


def test_a_pool_serves_its_own_region(cast: Cast, done: Assessment) -> None:
    cast.official("elsewhere", "expert", "420500")
    assert candidates(done, DAY) == []
    why = why_nobody([])
    assert isinstance(why, Text) and "还没有人" in why.zh
    assert cast.expert
    why = why_nobody(candidates(done, DAY))
    assert why is not None and "1 人没有填写工作单位" in why.zh
    assert cast.assessor
    assert why_nobody(candidates(done, DAY)) is None


def test_a_larger_pool_asks_no_more_queries(cast: Cast, done: Assessment) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert candidates(done, DAY)
        return len(seen)

    assert cast.assessor
    few = queries()
    for n in range(8):
        code = make_uscc("420102", 7_000 + n)
        Organisation.objects.create(
            uscc=code, name=f"单位{n}", kind="enterprise", region_code="420102",
            industry_code="36", created_at=MOMENT,
        )  # fmt: skip
        acting = cast.pooled(f"pool-{n}", employer=f"单位{n}", employer_uscc=code)
        declare_tie(acting, kind="adviser", uscc=cast.firm.organisation.uscc)
    assert queries() == few <= 11
