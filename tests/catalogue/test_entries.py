"""Entries of the pool: drafted, reviewed, shown, changed, taken down, past their term."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dengta.catalogue.actions import entries
from dengta.catalogue.actions.entries import Line, Use
from dengta.catalogue.models import Entry, EntryVersion
from dengta.catalogue.queries import pool
from dengta.core.entry_values import changes
from dengta.registry.actions import sanction
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import DAY, MOMENT, Cast

USES = (Use("auto_parts", "quality", 2), Use("auto_parts", "quality", 3))
LINES = (
    Line("质量追溯软件", "software", "套", 1, 6_000_000, 20, "quality", 3),
    Line("部署和培训", "implementation", "项", 1, 2_000_000, 10),
)
CONTENT = {
    "problem": "检验记录靠纸，出了问题追不回去。",
    "way": "扫码报检，批次自动关联。",
    "price_from_fen": 8_000_000,
    "modules": 2,
    "deploy_days": 30,
    "staff_days": 12,
    "machines_touched": 0,
    "fit_bps": 9_000,
    "requirements": 20,
}


def a_package(cast: Cast, **different: Any) -> EntryVersion:
    given: dict[str, Any] = {
        "summary": "六周上线的质量追溯。", "content": CONTENT, "uses": USES, "lines": LINES,
        "actor": cast.supplier.actor, "key": "one", "at": MOMENT,
    }  # fmt: skip
    return entries.draft("package", "质量追溯包", **(given | different))


def shown(cast: Cast) -> Entry:
    version = a_package(cast)
    entries.submit(version, cast.supplier.actor, at=MOMENT)
    entries.publish(version, cast.province, at=MOMENT)
    return Entry.objects.get(pk=version.entry_id)


def test_a_package_is_drafted_reviewed_and_then_found_by_what_it_lifts(cast: Cast) -> None:
    version = a_package(cast)
    assert not pool.shown().exists()
    entries.submit(version, cast.supplier.actor, at=MOMENT)
    entries.publish(version, cast.province, at=MOMENT)
    entry = pool.by_slug(version.entry.slug)
    assert list(pool.packages_for("auto_parts", "quality", 2)) == [entry]
    assert not pool.packages_for("auto_parts", "quality", 4).exists()
    assert [line.price_fen for line in pool.standard_lines(entry)] == [6_000_000, 2_000_000]
    assert entry.expires_date == dt.date(2028, 3, 15)
    facets = set(entry.facets.values_list("facet", "value"))
    assert {("sub_industry", "auto_parts"), ("level", "3"), ("division", "420100")} <= facets


def test_the_same_key_twice_is_one_entry(cast: Cast) -> None:
    assert a_package(cast).pk == a_package(cast).pk
    assert Entry.objects.count() == 1


def test_what_is_missing_is_listed_before_it_can_be_submitted(cast: Cast) -> None:
    version = a_package(cast, content={}, lines=(), uses=())
    with pytest.raises(StepRefused, match=r"解决什么问题.*标准价明细"):
        entries.submit(version, cast.supplier.actor)


def test_a_value_that_does_not_fit_is_refused_with_the_mend(cast: Cast) -> None:
    with pytest.raises(StepRefused, match=r"需求满足率.*不超过 100 %"):
        a_package(cast, content={"fit_bps": 12_000})
    with pytest.raises(StepRefused, match="没有“moon”这个细分行业"):
        a_package(cast, uses=(Use("moon", "quality", 2),))
    with pytest.raises(StepRefused, match=r"第 1 行.*费用类别"):
        a_package(cast, lines=(LINES[0]._replace(cost_class="gold"),))


def test_only_its_owner_writes_to_an_entry_and_only_while_it_is_open(cast: Cast) -> None:
    version = a_package(cast)
    with pytest.raises(NotAllowed):
        entries.save(version, cast.province, name="别的名称")
    with pytest.raises(NotAllowed):
        entries.save(version, cast.firm.actor, name="别的名称")
    entries.submit(version, cast.supplier.actor)
    with pytest.raises(Moved):
        entries.save(version, cast.supplier.actor, name="别的名称")


def test_what_a_colleague_wrote_meanwhile_is_not_overwritten(cast: Cast) -> None:
    version = a_package(cast)
    opened = version.digest
    entries.save(version, cast.supplier.actor, name="同事改的名称", seen=opened)
    with pytest.raises(Moved, match="同事"):
        entries.save(version, cast.supplier.actor, name="我改的名称", seen=opened)
    assert EntryVersion.objects.get().name == "同事改的名称"


def test_a_new_version_replaces_the_shown_one_only_when_it_is_published(cast: Cast) -> None:
    entry = shown(cast)
    version = entries.revise(entry, cast.supplier.actor)
    with pytest.raises(StepRefused, match="完全一样"):
        entries.submit(version, cast.supplier.actor)
    entries.save(version, cast.supplier.actor, content={"deploy_days": 20}, note="缩短工期")
    entries.submit(version, cast.supplier.actor)
    entry.refresh_from_db()
    assert entry.current is not None and entry.current.content["deploy_days"] == 30
    former = entry.current
    entries.publish(version, cast.province)
    entry.refresh_from_db()
    former.refresh_from_db()
    assert entry.current_id == version.pk and former.state == "superseded"
    kind = policy().entry_kinds["package"]
    (change,) = changes(kind, former.content, version.content)
    assert (change.before.zh, change.after.zh) == ("30 个工作日", "20 个工作日")


def test_a_version_is_returned_with_a_reason_and_mended(cast: Cast) -> None:
    version = a_package(cast)
    entries.submit(version, cast.supplier.actor)
    with pytest.raises(StepRefused, match="理由"):
        entries.send_back(version, cast.province, " ")
    entries.send_back(version, cast.province, "起步价和明细对不上")
    entries.save(version, cast.supplier.actor, content={"price_from_fen": 8_100_000})
    entries.submit(version, cast.supplier.actor)
    version.refresh_from_db()
    assert version.state == "review"


def test_an_entry_that_is_taken_down_keeps_its_address_and_says_why(cast: Cast) -> None:
    entry = shown(cast)
    entries.remove(entry, cast.province, "服务商已停止供货", at=MOMENT)
    assert not pool.shown().exists()
    assert pool.by_slug(entry.slug).removed_reason == "服务商已停止供货"
    entries.renew(entry, cast.province, at=MOMENT)
    assert list(pool.shown()) == [entry]


def test_an_entry_expires_once_after_its_last_day(cast: Cast) -> None:
    entry = shown(cast)
    assert entry.expires_date is not None
    assert entries.expire_due(entry.expires_date) == 0
    after = entry.expires_date + dt.timedelta(days=1)
    assert (entries.expire_due(after), entries.expire_due(after)) == (1, 0)
    assert not pool.shown().exists()


def test_whoever_is_under_sanction_brings_nothing_in(cast: Cast) -> None:
    version = a_package(cast)
    sanction(
        cast.supplier.organisation, grounds="虚假材料", document_number="鄂经信罚〔2026〕1号",
        from_date=DAY, until_date=DAY, source="clawback", source_id=1, by=cast.province, at=MOMENT,
    )  # fmt: skip
    with pytest.raises(StepRefused, match="限制申报"):
        entries.submit(version, cast.supplier.actor, at=MOMENT)


def test_an_award_enters_the_pool_once_or_marks_what_is_there(cast: Cast) -> None:
    given: dict[str, Any] = {
        "award": "RD2026-000001",
        "selected_by": "省经信厅",
        "selected_in": "2026 年第一批",
        "expires": dt.date(2029, 3, 1),
        "at": MOMENT,
    }
    offerer = cast.supplier.organisation
    content = {"problem": "说明", "deploy_days": 99_999}
    one = entries.enrol("solution", offerer, "方案甲", content=content, key="award:1", **given)
    again = entries.enrol("solution", offerer, "方案甲", key="award:1", **given)
    assert one == again and one.state == "published" and one.selected_in == "2026 年第一批"
    assert one.current is not None and one.current.content == {"problem": "说明"}
    mine = shown(cast)
    marked = entries.enrol("package", offerer, mine.name, key="award:2", **given)
    assert marked.pk == mine.pk and marked.expires_date == dt.date(2029, 3, 1)
    assert entries.award_over("RD2026-000001", "认定已撤销") == 2
    assert not pool.shown().exists()


def test_the_pool_reads_in_a_constant_number_of_queries(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    for number in range(2):
        version = a_package(cast, key=str(number))
        entries.publish(version, cast.province)
        with django_assert_num_queries(3):
            for entry in pool.packages_for("auto_parts", "quality", 2):
                assert entry.current is not None and entry.organisation is not None
                assert list(entry.current.lines.all()) and list(entry.current.uses.all())
