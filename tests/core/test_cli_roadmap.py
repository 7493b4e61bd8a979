from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest

from dengta.cli import main
from dengta.core.policy import shipped

SCHEMA = json.loads(Path("docs/reference/schemas/roadmap.schema.json").read_text(encoding="utf-8"))
ANSWERS = dict(next(case.answers for case in shipped().cases if case.instrument == "miit-2024"))
DAY = ["--as-of", "2026-04-01"]
FIRM = {
    "region_code": "420111",
    "industry_code": "3670",
    "size_class": "small",
    "abnormal_listed": False,
    "serious_violation": False,
    "titles": ["pilot_firm"],
}


@pytest.fixture
def answers(tmp_path: Path) -> str:
    """Answers only."""
    return written(tmp_path, ANSWERS)


@pytest.fixture
def firm(tmp_path: Path) -> str:
    """A pilot firm of Wuhan: its facts beside its answers."""
    return written(tmp_path, FIRM | ANSWERS)


def written(tmp_path: Path, given: Mapping[str, object]) -> str:
    path = tmp_path / "firm.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    return str(path)


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, SCHEMA)
    assert isinstance(found, dict)
    return found


def test_a_way_as_json_holds_to_its_schema_and_adds_up(
    firm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["roadmap", firm, "--target", "3", "--json", *DAY]) == 0
    found = document(capsys)
    plan = found["plan"]
    assert isinstance(plan, dict)
    assert (found["level"], found["reached"]) == (2, 3)
    for key in ("price_fen", "subsidy_fen", "net_fen", "days"):
        assert plan[key] == sum(step[key] for step in plan["steps"])
    assert plan["subsidy_fen"] == sum(each["fen"] for each in plan["paid"]) > 0
    assert all(step["paid_by"] for step in plan["steps"] if step["subsidy_fen"])
    assert plan["days_parallel"] == max(step["starts"] + step["days"] for step in plan["steps"])
    assert found["points"][-1]["level"] == 4  # type: ignore[index]


def test_facts_say_which_benefits_are_counted_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(given: Mapping[str, object], *options: str) -> dict[str, tuple[str, bool]]:
        path = written(tmp_path, given)
        main(["roadmap", path, "--target", "3", "--json", *options, *DAY])
        benefits = document(capsys)["benefits"]
        assert isinstance(benefits, list)
        return {each["id"]: (each["outcome"], each["counted"]) for each in benefits}

    assert said(FIRM | ANSWERS) == {"cloud_voucher": ("yes", True), "wuhan_pilot": ("yes", True)}
    elsewhere = FIRM | {"region_code": "420502"} | ANSWERS
    assert said(elsewhere)["wuhan_pilot"] == ("no", False)
    assert said(ANSWERS) == {
        "cloud_voucher": ("unknown", False),
        "wuhan_pilot": ("unknown", False),
    }
    assert said(ANSWERS, "--benefits", "cloud_voucher")["cloud_voucher"] == ("unknown", True)
    assert said(FIRM | ANSWERS, "--benefits", "none")["cloud_voucher"] == ("yes", False)
    apart = {"facts": FIRM, "answers": ANSWERS}
    assert said(apart, "--benefits", "all") == said(FIRM | ANSWERS)


def test_a_budget_too_small_gives_the_best_level_it_pays_for_and_exit_code_1(
    answers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["roadmap", answers, "--target", "3", "--budget", "1", "--json", *DAY]) == 1
    found = document(capsys)
    assert (found["budget_fen"], found["reached"]) == (100, 2)


def test_vouchers_received_already_leave_less_to_pay_with(
    answers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    voucher = ["--benefits", "cloud_voucher", "--received", "200000"]
    main(["roadmap", answers, "--target", "3", *voucher, "--json", *DAY])
    plan = document(capsys)["plan"]
    assert isinstance(plan, dict)
    assert plan["subsidy_fen"] == 0


def test_the_way_reads_as_a_report_in_both_languages(
    answers: str, firm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["roadmap", firm, *DAY]) == 0
    said = capsys.readouterr().out
    assert "现在 2 级，目标 3 级" in said
    assert "计入：武汉市试点企业改造奖补" in said
    assert "合计：到 3 级、60" in said
    assert "能并行的并行做" in said
    assert main(["roadmap", answers, "--budget", "1", "--lang", "en", *DAY]) == 1
    assert "Beyond the budget: level 3 costs at least CNY" in capsys.readouterr().out


def test_a_benefit_that_is_not_counted_on_says_why_and_what_would_change_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, {"region_code": "420502", "titles": ["pilot_firm"]} | ANSWERS)
    main(["roadmap", path, *DAY])
    said = capsys.readouterr().out
    assert "没有计入：武汉市试点企业改造奖补，不符合：在武汉市登记注册" in said
    assert "没有计入：上云服务券，还差：" in said
    assert "请加 --benefits cloud_voucher" in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--target", "5"], "--target：5 不是目标等级。请写 1 到 4 的整数。"),
        (["--target", "三"], "--target：三 不是目标等级"),
        (["--budget", "很多"], "--budget：“很多”不是金额"),
        (["--budget=-1"], "--budget：-1 是负数"),
        (["--received", "x"], "--received：“x”不是金额"),
        (["--instrument", "other"], "没有 other 的路线数据。现有：miit-2024"),
        (["--as-of", "20260401"], "--as-of：“20260401”不是日期"),
        (["--benefits", "voucher"], "--benefits：没有“voucher”。可用：cloud_voucher、wuhan_pilot"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_name_value_and_mend(
    answers: str, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    assert main(["roadmap", answers, *options]) == 2
    assert says in capsys.readouterr().err


def test_an_impossible_answer_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.json"
    path.write_text('{"quality": 9}', encoding="utf-8")
    assert main(["roadmap", str(path)]) == 2
    assert "quality：9 不是场景等级" in capsys.readouterr().err
    path.write_text('{"region_code": "x"}', encoding="utf-8")
    assert main(["roadmap", str(path)]) == 2
    assert "region_code" in capsys.readouterr().err
    path.write_text('{"q2": "B", "answers": {"q2": "C"}}', encoding="utf-8")
    assert main(["roadmap", str(path)]) == 2
    assert "“q2”写了不止一次" in capsys.readouterr().err
    path.write_text("[]", encoding="utf-8")
    assert main(["roadmap", str(path)]) == 2
    assert "应是题目编号到答案的对应" in capsys.readouterr().err
