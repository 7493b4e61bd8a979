"""填报: starting, keeping what several people type, papers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dengta.programmes.actions.filling import attach, carry, detach, keep, rename, start
from dengta.programmes.actions.submitting import submit
from dengta.programmes.models import Application
from dengta.programmes.queries.forms import Field, form_of
from dengta.trail.actions import FileRefused, Moved, NotAllowed, StepRefused
from dengta.trail.models import Document
from tests.cast import MOMENT, ONE_DAY, Cast
from tests.programmes import stage
from tests.programmes.stage import CLOSES, begun, opened, paper


def field(application: Application, id: str) -> Field:
    return next(each for each in form_of(application).fields if each.rule.id == id)


def test_the_same_key_is_the_same_application_and_never_another_firms(cast: Cast) -> None:
    round = opened(cast)
    first = start(round, cast.firm.actor, key="k", at=MOMENT)
    assert start(round, cast.colleague(cast.firm), key="k", at=MOMENT) == first
    with pytest.raises(StepRefused, match="重新点“开始申报”"):
        start(round, cast.rival.actor, key="k", at=MOMENT)
    assert Application.objects.count() == 1


def test_only_those_whom_the_round_is_for_can_start_and_only_while_it_is_open(
    cast: Cast,
) -> None:
    round = opened(cast)
    for actor in (cast.supplier.actor, cast.city, cast.expert, cast.province):
        with pytest.raises(NotAllowed, match="由企业申报"):
            start(round, actor, key="other", at=MOMENT)
    with pytest.raises(StepRefused, match="截止申报"):
        start(round, cast.firm.actor, key="late", at=CLOSES)
    with pytest.raises(StepRefused, match="开始申报"):
        start(round, cast.firm.actor, key="early", at=MOMENT - ONE_DAY)


def test_a_second_application_is_refused_with_the_way_to_the_first(cast: Cast) -> None:
    round = opened(cast)
    first = begun(round, cast.firm)
    with pytest.raises(StepRefused, match=first.number):
        begun(round, cast.firm)


def test_what_is_not_typed_is_what_the_register_says_and_nothing_is_copied(cast: Cast) -> None:
    application = begun(opened(cast), cast.firm)
    assert not application.entries.exists()
    known = field(application, "employees")
    assert (known.value, known.origin, known.version, known.open) == (180, "registry", 0, True)
    kept = keep(application, cast.firm.actor, {"employees": (180, 0)})
    assert not application.entries.exists() and kept.versions == {"employees": 0}
    kept = keep(application, cast.firm.actor, {"employees": (175, 0)})
    typed = field(application, "employees")
    assert (typed.value, typed.origin, typed.version, typed.author) == (175, "own", 1, "firm")
    held = field(application, "uscc")
    assert held.value == cast.firm.organisation.uscc and not held.open
    kept = keep(application, cast.firm.actor, {"uscc": ("91420102XY00000995", 0)})
    assert "先更正一企一档" in kept.faults["uscc"].zh


def test_two_people_fill_in_different_fields_and_both_are_kept(cast: Cast) -> None:
    application = begun(opened(cast), cast.firm)
    keep(application, cast.firm.actor, {"scene_name": ("质量追溯", 0)})
    kept = keep(application, cast.colleague(cast.firm), {"scene_users": (12, 0)})
    assert kept.versions == {"scene_users": 1} and not kept.clashes
    assert field(application, "scene_name").value == "质量追溯"


def test_two_people_in_one_field_see_both_values_and_nothing_is_lost(cast: Cast) -> None:
    application = begun(opened(cast), cast.firm)
    colleague = cast.colleague(cast.firm)
    keep(application, colleague, {"scene_name": ("同事写的", 0)})
    kept = keep(application, cast.firm.actor, {"scene_name": ("我写的", 0), "scene_users": (7, 0)})
    (clash,) = kept.clashes
    assert (clash.mine, clash.theirs, clash.version) == ("我写的", "同事写的", 1)
    assert clash.author == "李同事"
    assert kept.versions == {"scene_name": 1, "scene_users": 1}
    again = keep(application, cast.firm.actor, {"scene_name": ("我写的", clash.version)})
    assert again.versions == {"scene_name": 2}
    same = keep(application, colleague, {"scene_name": ("我写的", 1)})
    assert not same.clashes and same.versions == {"scene_name": 2}


@pytest.mark.parametrize(
    ("id", "value", "said"),
    [
        ("scene_users", "许多", "使用过场景的单位数：不能填“许多”。请填整数，不低于 0"),
        ("scene_users", -1, "不低于 0"),
        ("scene_users", True, "请填整数"),
        ("invested_fen", 10**12, "不超过 10亿元"),
        ("scene_kind", "other", "请从中选一项：N：行业基础场景、X：企业个性场景"),
        ("scene_name", "长" * 61, "写了 61 字，最多 60 字。请删去 1 字"),
        ("scene_name", "两\n行", "写成一行"),
        ("scene_pain", "x" * 801, "最多 800 字"),
        ("scene_pain", "a\x00b", "看不见的控制字符"),
        ("online_date", "2025-02-30", "请填日期，如 2026-04-01"),
        ("open_to_public", "yes", "请选是或否"),
        ("purpose", "internal use", "请从中选一项"),
        ("industry_code", "汽车", "国民经济行业代码"),
        ("none_such", 1, "没有“none_such”这一项"),
    ],
)
def test_what_does_not_fit_is_named_with_the_mend_and_the_rest_is_kept(
    cast: Cast, id: str, value: object, said: str
) -> None:
    application = begun(opened(cast), cast.firm)
    kept = keep(application, cast.firm.actor, {id: (value, 0), "spread_plan": ("计划\r\n两步", 0)})
    assert said in kept.faults[id].zh and kept.faults[id].en
    assert kept.versions == {"spread_plan": 1}
    assert field(application, "spread_plan").value == "计划\n两步"


def test_an_emptied_field_stays_empty_and_is_missing(cast: Cast) -> None:
    application = begun(opened(cast), cast.firm)
    keep(application, cast.firm.actor, {"employees": ("", 0)})
    emptied = field(application, "employees")
    assert (emptied.value, emptied.version, emptied.missing) == (None, 1, True)


def test_nobody_else_writes_and_nothing_is_written_once_it_is_handed_in(cast: Cast) -> None:
    application = stage.drafted(opened(cast), cast.firm)
    for actor in (cast.rival.actor, cast.county, cast.province):
        with pytest.raises(NotAllowed):
            keep(application, actor, {"scene_name": ("x", 0)})
        with pytest.raises(NotAllowed):
            attach(application, actor, "pictures", paper("png"))
    submit(application, cast.firm.actor, pledged_by="法人", at=MOMENT)
    for write in (
        lambda: keep(application, cast.firm.actor, {"scene_name": ("x", 1)}),
        lambda: attach(application, cast.firm.actor, "other", paper("pdf")),
        lambda: detach(
            application, cast.firm.actor, application.attachments.get(slot="pictures").pk
        ),
        lambda: rename(application, cast.firm.actor, "另一个"),
    ):
        with pytest.raises(Moved, match="不能修改"):
            write()


def test_papers_are_taken_by_kind_and_number_and_the_same_file_once(cast: Cast) -> None:
    application, actor = begun(opened(cast), cast.firm), cast.firm.actor
    kept = attach(application, actor, "spend_proof", paper("pdf", "投入"))
    assert attach(application, actor, "spend_proof", paper("pdf", "投入")) == kept
    assert Document.objects.count() == 1
    with pytest.raises(FileRefused, match="最多 1 份"):
        attach(application, actor, "spend_proof", paper("pdf", "另一份"))
    with pytest.raises(FileRefused):
        attach(application, actor, "pictures", paper("pdf"))
    with pytest.raises(StepRefused, match="没有“nothing”这一类附件"):
        attach(application, actor, "nothing", paper("pdf"))
    assert Document.objects.count() == 1
    detach(application, actor, kept.pk)
    detach(application, actor, kept.pk)
    assert attach(application, actor, "spend_proof", paper("pdf", "投入")).pk != kept.pk
    assert application.attachments.count() == 2


def test_a_title_is_given_once_in_a_round(cast: Cast, several: Any) -> None:
    round = opened(cast, "several")
    first = begun(round, cast.firm, "质量追溯")
    with pytest.raises(StepRefused, match="已有名称为“质量追溯”"):
        begun(round, cast.firm, "质量追溯")
    other = begun(round, cast.firm, "能耗管理")
    with pytest.raises(StepRefused, match="已有名称"):
        rename(other, cast.firm.actor, "质量追溯")
    rename(other, cast.firm.actor, " 设备运维 ")
    assert (first.title, other.title) == ("质量追溯", "设备运维")
    assert begun(round, cast.rival, "质量追溯").title == "质量追溯"


def test_an_earlier_draft_goes_into_the_next_round(cast: Cast) -> None:
    earlier = stage.drafted(opened(cast), cast.firm, scene_name="上一批")
    later = opened(cast, opens_at=MOMENT, closes_at=CLOSES + 90 * ONE_DAY, name="下一批")
    application = begun(later, cast.firm)
    keep(application, cast.firm.actor, {"scene_users": (99, 0)})
    for _ in range(2):
        kept = carry(earlier, application, cast.firm.actor)
        assert not kept.faults
    assert field(application, "scene_name").value == "上一批"
    assert field(application, "scene_users").value == 99
    assert not form_of(application).missing
    assert application.attachments.count() == earlier.attachments.count()
    with pytest.raises(NotAllowed):
        carry(earlier, application, cast.rival.actor)


def test_a_form_of_any_length_is_read_with_as_many_queries(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    application = begun(opened(cast), cast.firm)
    with django_assert_num_queries(8):
        short = form_of(Application.objects.select_related("organisation", "round").get())
    stage.fill(application, cast.firm)
    with django_assert_num_queries(8):
        long = form_of(Application.objects.select_related("organisation", "round").get())
    assert len(short.missing) > 15 and not long.missing
    assert dt.date(2025, 6, 1) in long.values.values()
