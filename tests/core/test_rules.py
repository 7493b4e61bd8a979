"""One case decided with its reasons: outcomes, what is missing, the sum, dated values."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from dengta.core.facts import FactError, read_facts, sized, years_between
from dengta.core.policy import shipped
from dengta.core.refusals import ClauseError
from dengta.core.rules import Rulebook, Verdict, programme_faults, unchanged_since
from dengta.core.shapes import (
    Amount,
    Clause,
    Derived,
    FactValue,
    Period,
    Policy,
    Programme,
    Source,
    Text,
    Value,
)
from tests.core.rows import FACTS

DAY = dt.date(2026, 6, 1)
SOURCE = Source("D")


def _text(zh: str) -> Text:
    return Text(zh, zh)


def _programme(clauses: Mapping[str, str], **more: Any) -> Programme:
    amount = more.pop("amount", None)
    return Programme(
        id=more.pop("id", "voucher"),
        edition=more.pop("edition", "voucher"),
        name=Text("服务券", "Voucher"),
        summary=_text("概要"),
        kind="voucher",
        source=SOURCE,
        in_force=more.pop("in_force", Period()),
        clauses=tuple(Clause(id, _text(id), when) for id, when in clauses.items()),
        amount=None if amount is None else Amount(_text("金额"), amount),
        **more,
    )


def _policy(*programmes: Programme) -> Policy:
    return dataclasses.replace(shipped("hubei"), facts=FACTS, programmes=programmes, cases=())


def _decide(programme: Programme, **facts: FactValue) -> Verdict:
    return Rulebook(_policy(programme), DAY).decide(facts)[0]


RATE = Value(
    "rate", _text("比例"), "bps", SOURCE, by="depth", table={"resource": 2000, "business": 3000}
)
CAP = Value("cap", Text("每年封顶", "Cap a year"), "fen", SOURCE, amount=20_000_000)
VOUCHER = _programme(
    {"small": "employees < 1000", "spend": "spend_fen > 0"},
    values=(RATE, CAP),
    amount="LEAST(SHARE(spend_fen, rate), cap)",
)


def test_a_case_that_meets_every_clause_fits_and_its_sum_is_written_out() -> None:
    verdict = _decide(VOUCHER, employees=10, spend_fen=32_000_000, depth="business")
    assert verdict.outcome == "yes" and verdict.missing == ()
    assert verdict.amount_fen == 9_600_000
    assert verdict.computation is not None
    assert verdict.computation.zh == (
        "事实spend_fen 320,000.00 元 × 比例 30 % = 96,000.00 元；"
        "每年封顶 200,000.00 元；取较小者 96,000.00 元"
    )
    assert verdict.computation.en.endswith("Cap a year CNY 200,000.00; the lesser is CNY 96,000.00")


def test_one_false_clause_decides_whatever_else_is_unknown() -> None:
    verdict = _decide(VOUCHER, employees=1000)
    assert verdict.outcome == "no" and verdict.failed == ("small",)
    assert [clause.outcome for clause in verdict.clauses] == ["no", "unknown"]
    assert verdict.missing == () and verdict.amount_fen == 0 and verdict.computation is None


def test_an_absent_fact_leaves_the_verdict_unknown_and_is_named() -> None:
    verdict = _decide(VOUCHER, employees=10)
    assert verdict.outcome == "unknown" and verdict.missing == ("spend_fen",)
    assert verdict.amount_fen is None and verdict.computation is None


def test_an_eligible_case_whose_sum_lacks_a_fact_says_what_it_waits_for() -> None:
    verdict = _decide(VOUCHER, employees=10, spend_fen=100)
    assert verdict.outcome == "yes" and verdict.amount_fen is None
    assert verdict.computation is not None and "事实depth" in verdict.computation.zh


def test_a_value_by_table_is_unknown_for_what_the_table_does_not_list() -> None:
    rate = dataclasses.replace(RATE, table={"resource": 2000})
    programme = dataclasses.replace(VOUCHER, values=(rate, CAP))
    verdict = _decide(programme, employees=10, spend_fen=100, depth="business")
    assert verdict.outcome == "yes" and verdict.amount_fen is None


@pytest.mark.parametrize(
    ("when", "facts", "missing"),
    [
        ("legal OR listed", {"legal": False}, ("listed",)),
        ("legal OR listed", {}, ("legal", "listed")),
        ("legal OR employees > 5", {"employees": 9}, ()),
        ("legal AND employees > 5", {"employees": 9}, ("legal",)),
        (
            "CASE WHEN legal THEN employees > 5 ELSE balance > 1 END",
            {"legal": True},
            ("employees",),
        ),
        ("CASE WHEN legal THEN employees > 5 ELSE balance > 1 END", {"legal": False}, ("balance",)),
        ("COALESCE(balance, employees) > 1", {}, ("balance", "employees")),
        ("balance IS NULL AND employees > 1", {}, ("employees",)),
        ("titles HAS 'srdi'", {}, ("titles",)),
        ("employees BETWEEN 5 AND balance", {"employees": 9}, ("balance",)),
        ("employees + balance > 5", {"balance": 1}, ("employees",)),
    ],
)
def test_only_facts_that_would_decide_are_missing(
    when: str, facts: dict[str, FactValue], missing: tuple[str, ...]
) -> None:
    verdict = _decide(_programme({"only": when}), **facts)
    assert verdict.missing == missing
    assert (verdict.outcome == "unknown") == bool(missing)


def test_between_is_false_as_soon_as_one_end_is() -> None:
    assert (
        _decide(_programme({"only": "employees BETWEEN 5 AND balance"}), employees=1).outcome
        == "no"
    )


def test_points_are_seen_by_name_and_reported_as_derived() -> None:
    programme = _programme(
        {"enough": "points >= 60"},
        derived=(
            Derived("size_points", _text("规模分"), "CASE WHEN employees > 10 THEN 40 ELSE 5 END"),
            Derived("points", Text("得分", "Points"), "size_points + FLOORDIV(employees, 2)"),
        ),
    )
    verdict = _decide(programme, employees=50)
    assert verdict.derived == {"size_points": 40, "points": 65}
    assert verdict.clauses[0].seen == {"points": 65}
    assert verdict.clauses[0].needed == ("得分 不低于 60", "Points at least 60")
    assert verdict.seen_text("points")[1].zh == "65"


@pytest.mark.parametrize(
    ("when", "zh"),
    [
        ("employees < 1000", "事实employees 小于 1,000 人"),
        ("rd_fen * 10000 >= revenue_fen * 300", "事实rd_fen 不低于 事实revenue_fen 的 3 %"),
        ("spend_fen <= cap", "事实spend_fen 不超过 200,000.00 元（每年封顶）"),
        ("NOT listed AND legal", "事实listed：否，且事实legal：是"),
        ("depth NOT IN ('resource')", "事实depth 不为 resource"),
        ("depth IN ('resource', 'business')", "事实depth 为 resource、business 之一"),
        ("founded >= DATE '2026-04-01'", "事实founded 不早于 2026年4月1日"),
        ("NOT titles HAS 'srdi'", "事实titles 不含 srdi"),
        ("STARTS_WITH(industry_code, '65')", "事实industry_code 以 65 开头"),
        (
            "legal AND (listed OR employees > 5)",
            "事实legal：是，且（事实listed：是，或事实employees 大于 5 人）",
        ),
        ("spend_fen IS NOT NULL", "事实spend_fen 已填写"),
        ("employees BETWEEN 1 AND 5", "事实employees 在 1 人 至 5 人 之间"),
        ("GREATEST(0, employees - 5) > 3", "0、事实employees − 5 中较大者 大于 3"),
        ("COALESCE(employees, 0) > 3", "事实employees、0 中已填的第一项 大于 3"),
        ("FLOORDIV(employees, 12) > 3", "事实employees ÷ 12 取整 大于 3"),
        ("CASE WHEN legal THEN 1 ELSE 2 END = 1", "事实legal：是 时为 1；其余为 2 等于 1"),
    ],
)
def test_what_a_clause_asks_is_said_in_the_words_of_the_vocabulary(when: str, zh: str) -> None:
    verdict = _decide(_programme({"only": when}, values=(CAP,)))
    assert verdict.clauses[0].needed.zh == zh
    assert verdict.clauses[0].needed.en


def test_the_value_in_force_on_the_day_is_used() -> None:
    old = dataclasses.replace(CAP, in_force=Period(None, dt.date(2026, 3, 31)), amount=5)
    new = dataclasses.replace(CAP, in_force=Period(dt.date(2026, 4, 1)), amount=7)
    policy = _policy(_programme({"only": "spend_fen >= 0"}, values=(old, new), amount="cap"))
    for day, amount in {"2026-03-31": 5, "2026-04-01": 7}.items():
        book = Rulebook(policy, dt.date.fromisoformat(day))
        assert book.decide({"spend_fen": 1})[0].amount_fen == amount


def test_the_edition_in_force_on_the_day_decides() -> None:
    before = _programme(
        {"a": "employees > 5"}, edition="v-1", in_force=Period(None, dt.date(2026, 3, 31))
    )
    after = _programme({"a": "employees > 9"}, edition="v-2", in_force=Period(dt.date(2026, 4, 1)))
    policy = _policy(before, after)
    said = {
        day: (verdict.edition, verdict.outcome)
        for day in ("2026-03-31", "2026-04-01")
        for verdict in Rulebook(policy, dt.date.fromisoformat(day)).decide({"employees": 7})
    }
    assert said == {"2026-03-31": ("v-1", "yes"), "2026-04-01": ("v-2", "no")}


def test_between_two_changes_one_rulebook_decides_as_that_of_the_day_itself() -> None:
    policy = shipped("hubei")
    facts = {"region_code": "420111", "established_date": dt.date(2024, 3, 1)}
    days = [dt.date(2023, 1, 1) + dt.timedelta(days=13 * n) for n in range(130)]
    stretches = {day: unchanged_since(policy, day) for day in days}
    assert 1 < len(set(stretches.values())) < 20
    books = {since: Rulebook(policy, since) for since in set(stretches.values())}
    for day in days[::4]:
        own, shared = Rulebook(policy, day), books[stretches[day]].on(day)
        assert list(shared.rules) == list(own.rules)
        assert [v.as_json() for v in shared.decide(facts)] == [
            v.as_json() for v in own.decide(facts)
        ]


def test_on_the_day_of_a_change_another_rulebook_begins() -> None:
    old = dataclasses.replace(CAP, in_force=Period(None, dt.date(2026, 3, 31)), amount=5)
    new = dataclasses.replace(CAP, in_force=Period(dt.date(2026, 4, 1)), amount=7)
    policy = _policy(_programme({"only": "spend_fen >= 0"}, values=(old, new), amount="cap"))
    first, second = dt.date(2026, 3, 31), dt.date(2026, 4, 1)
    assert unchanged_since(policy, first) < second == unchanged_since(policy, second)


def test_a_value_that_lapses_within_the_programme_is_a_fault_of_what_names_it() -> None:
    lapsing = dataclasses.replace(CAP, in_force=Period(None, dt.date(2026, 3, 31)))
    programme = _programme(
        {"only": "spend_fen < cap"}, values=(lapsing,), in_force=Period(dt.date(2026, 1, 1))
    )
    (fault,) = programme_faults(programme, FACTS)
    assert fault.part == "clause only" and fault.as_of == dt.date(2026, 4, 1)
    with pytest.raises(ClauseError):
        Rulebook(_policy(programme), DAY)


def test_every_part_that_cannot_be_read_is_reported_once() -> None:
    programme = _programme(
        {"a": "emploees > 1", "b": "employees > 1", "c": "1"},
        derived=(Derived("d", _text("d"), "1.5"),),
        amount="legal",
    )
    parts = [fault.part for fault in programme_faults(programme, FACTS)]
    assert parts == ["derive d", "clause a", "clause c", "amount"]
    assert [fault.part for fault in programme_faults(_programme({}), FACTS)] == ["clauses"]


def test_a_verdict_keeps_what_it_saw_when_the_facts_change_afterwards() -> None:
    facts: dict[str, FactValue] = {"employees": 10, "spend_fen": 100, "depth": "resource"}
    verdict = Rulebook(_policy(VOUCHER), DAY).decide(facts)[0]
    facts["employees"] = 5000
    assert verdict.clauses[0].seen == {"employees": 10}
    assert verdict.facts["employees"] == 10


def test_a_programme_that_is_not_in_force_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Rulebook(_policy(VOUCHER), DAY).decide({}, "nowhere")


def test_years_since_establishment_follow_from_the_date_and_are_not_overwritten() -> None:
    book = Rulebook(shipped("hubei"), DAY)
    verdict = book.decide({"established_date": dt.date(2020, 6, 2)}, "cloud_voucher")[0]
    assert verdict.facts["years_established"] == 5
    given = book.decide({"established_date": DAY, "years_established": 9}, "cloud_voucher")[0]
    assert given.facts["years_established"] == 9


def test_a_leap_day_is_a_year_older_on_the_first_of_march() -> None:
    born = dt.date(2020, 2, 29)
    days = [dt.date(2021, 2, 28), dt.date(2021, 3, 1), dt.date(2024, 2, 29), dt.date(2019, 1, 1)]
    assert [years_between(born, day) for day in days] == [0, 1, 4, None]


def test_the_size_class_follows_from_its_indicators_unless_it_is_given() -> None:
    policy = shipped("hubei")
    facts = read_facts(
        policy, {"industry_code": "3670", "employees": 50, "revenue_fen": 10**10, "assets_fen": 1}
    )
    assert sized(policy, facts)["size_class"] == "small"
    assert sized(policy, {**facts, "size_class": "large"})["size_class"] == "large"
    assert "size_class" not in sized(policy, {"employees": 50})


def test_facts_are_read_from_json_as_what_they_are() -> None:
    given = {
        "employees": 5,
        "established_date": "2026-04-01",
        "titles": ["srdi"],
        "legal_entity": None,
        "industry_code": "0610",
    }
    facts = read_facts(shipped("hubei"), given)
    assert facts["established_date"] == dt.date(2026, 4, 1)
    assert facts["titles"] == frozenset({"srdi"})
    assert facts["legal_entity"] is None and facts["industry_code"] == "0610"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("employees", 1.5), ("employees", "5"), ("employees", True), ("employees", -1),
        ("employees", 10**30), ("employees", []), ("legal_entity", 1), ("legal_entity", "true"),
        ("established_date", "2026-2-3"), ("established_date", "2026-02-30"),
        ("established_date", 20260401), ("titles", "srdi"), ("titles", ["nothing"]),
        ("titles", [1]), ("size_class", "huge"), ("industry_code", 610), ("industry_code", "6 10"),
        ("region_code", "42011"), ("uscc", " "), ("uscc", "\ud800"), ("emploees", 5), ("\ud800", 1),
        ("revenue_fen", {"a": [1] * 100}),
    ],
)  # fmt: skip
def test_a_fact_that_does_not_fit_is_refused_by_name_value_and_mend(
    name: str, value: object
) -> None:
    with pytest.raises(FactError) as refused:
        read_facts(shipped("hubei"), {name: value})
    said = refused.value.said
    said.zh.encode(), said.en.encode()
    assert refused.value.mend.zh and refused.value.mend.en
    assert name == "\ud800" or said.zh.startswith(name)
    assert len(said.zh.splitlines()) == 1


def test_a_misspelt_fact_is_given_its_neighbour() -> None:
    with pytest.raises(FactError) as refused:
        read_facts(shipped("hubei"), {"emploees": 5})
    assert "employees" in refused.value.mend.zh
