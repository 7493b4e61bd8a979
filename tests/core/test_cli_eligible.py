"""`dengta eligible`: one case explained, a table decided, nothing accepted that does not fit."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

from dengta.cli import main
from dengta.core.policy import shipped
from tests.core.rows import random_rows

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/reference/schemas/eligible.schema.json").read_text("utf-8"))
DAY = "2026-06-01"
CASE = {
    "industry_code": "3670", "employees": 120, "revenue_fen": 5_000_000_000, "assets_fen": 10_000,
    "region_code": "420111", "is_cloud_supplier": False, "cloud_depth": "business",
    "cloud_spend_fen": 32_000_000, "vouchers_this_year_fen": 0,
    "abnormal_listed": False, "serious_violation": False,
}  # fmt: skip


def _case(folder: Path, facts: object) -> str:
    path = folder / "facts.json"
    path.write_text(json.dumps(facts), "utf-8")
    return str(path)


def _run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main(["eligible", "--as-of", DAY, *argv])
    out, err = capsys.readouterr()
    return code, out, err


def _json(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, Any]:
    code, out, _ = _run(capsys, *argv, "--json")
    document = json.loads(out)
    jsonschema.validate(document, SCHEMA, jsonschema.Draft202012Validator)
    return code, document


def test_one_case_gets_a_verdict_from_every_programme_in_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, verdicts = _json(capsys, _case(tmp_path, CASE))
    in_force = shipped("hubei").in_force(dt.date.fromisoformat(DAY))
    assert code == 0
    assert [verdict["programme"] for verdict in verdicts] == [each.id for each in in_force]
    voucher = next(verdict for verdict in verdicts if verdict["programme"] == "cloud_voucher")
    assert voucher["eligible"] == "yes" and voucher["amount_fen"] == 9_600_000
    assert "96,000.00 元" in voucher["computation"]
    assert voucher["facts"]["size_class"] == "small"
    assert voucher["policy_digest"] == shipped("hubei").digest and voucher["as_of"] == DAY


def test_the_same_in_english_and_for_one_programme(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _case(tmp_path, CASE)
    _, (verdict,) = _json(capsys, path, "--programme", "cloud_voucher", "--lang", "en")
    assert verdict["name"] == "Cloud voucher" and "CNY 96,000.00" in verdict["computation"]
    _, out, _ = _run(capsys, path, "--programme", "cloud_voucher", "--lang", "en")
    assert "Cloud voucher (cloud_voucher): eligible" in out and "Amount: CNY 96,000.00" in out


def test_a_person_reads_what_was_asked_seen_and_is_still_needed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = {k: v for k, v in CASE.items() if k != "cloud_depth"}
    _, out, _ = _run(capsys, _case(tmp_path, facts), "--programme", "cloud_voucher")
    assert "上云服务券（cloud_voucher）：待补充" in out
    assert "还差：上云深度。补充后即可判断。" in out
    supplier = _case(tmp_path, CASE | {"is_cloud_supplier": True})
    _, out, _ = _run(capsys, supplier, "--programme", "cloud_voucher")
    assert "：不符合" in out and "要求：" in out and "看到：是否云服务供应商 是" in out


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"emploees": 5}, "employees"),
        ({"employees": 1.5}, "1.5"),
        ({"employees": "many"}, "many"),
        ({"employees": True}, "true"),
        ({"employees": -1}, "-1"),
        ({"legal_entity": "yes"}, "legal_entity"),
        ({"established_date": "2026-02-30"}, "2026-02-30"),
        ({"titles": ["none"]}, "titles"),
        ({"employees": {"a": 1}}, "employees"),
        (["employees"], "facts.json"),
        ("text", "facts.json"),
        (None, "facts.json"),
    ],
)
def test_facts_that_do_not_fit_are_refused_on_one_line(
    facts: object, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = _run(capsys, _case(tmp_path, facts), "--json")
    assert code == 2 and out == "" and says in err and len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--as-of", "1.6.2026"], "2026-04-01"),
        (["--as-of", "2026-02-30"], "2026-04-01"),
        (["--as-of", "20260401"], "2026-04-01"),
        (["--programme", "nothing"], "cloud_voucher"),
        (["--programme", "cloud_voucher", "--as-of", "1999-01-01"], "--as-of"),
        (["--out", "x.csv"], "--out"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    argv: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = _run(capsys, _case(tmp_path, CASE), *argv)
    assert code == 2 and says in err


@pytest.mark.parametrize("name", ["gone.json", "gone.csv", "gone.parquet", "."])
def test_a_file_that_cannot_be_opened_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = _run(capsys, str(tmp_path / name))
    assert code == 2 and str(tmp_path) in err


def _csv(folder: Path, text: str) -> str:
    path = folder / "firms.csv"
    path.write_text(text, "utf-8")
    return str(path)


def test_a_csv_is_decided_row_by_row_and_its_misfits_are_listed_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["uscc", *CASE, "titles", "note"]
    good = ["a", *("false" if v is False else str(v) for v in CASE.values()), "srdi|hightech", "x"]
    bad = ["b", *good[1:]]
    bad[names.index("employees")], bad[names.index("titles")] = "12.5", "nothing"
    rows = [names, good, bad, ["c"] + [""] * (len(names) - 1)]
    path = _csv(tmp_path, "\n".join(",".join(row) for row in rows) + "\n")
    code, document = _json(capsys, path, "--out", str(tmp_path / "out.csv"))
    assert code == 1
    assert (document["rows"], document["decided"], document["fault_count"]) == (3, 2, 2)
    assert [(f["row"], f["column"], f["value"]) for f in document["faults"]] == [
        (3, "employees", "12.5"),
        (3, "titles", "nothing"),
    ]
    assert document["unused_columns"] == ["note"]
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        out = list(csv.DictReader(file))
    assert [(row["row"], row["uscc"]) for row in out] == [("2", "a"), ("4", "c")]
    assert [row["cloud_voucher__verdict"] for row in out] == ["yes", "unknown"]
    assert [row["cloud_voucher__amount_fen"] for row in out] == ["9600000", ""]
    with (tmp_path / "firms.faults.csv").open(encoding="utf-8-sig", newline="") as file:
        faults = list(csv.DictReader(file))
    assert [fault["column"] for fault in faults] == ["employees", "titles"]
    assert all(fault["mend"] for fault in faults)


def test_a_table_says_of_each_row_what_the_case_alone_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = shipped("hubei")
    facts = {id: policy.facts[id] for id in [*CASE, "titles", "established_date", "legal_entity"]}
    rows = random_rows(facts, 60, seed=11)
    for row in rows:
        row["industry_code"], row["region_code"] = "0610", "420111"
    table = pl.DataFrame(
        [{k: sorted(v) if isinstance(v, frozenset) else v for k, v in row.items()} for row in rows],
        schema_overrides={"titles": pl.List(pl.String)},
        infer_schema_length=None,
    )
    table.write_parquet(tmp_path / "firms.parquet")
    code, document = _json(capsys, str(tmp_path / "firms.parquet"))
    assert code == 0 and document["out"] == str(tmp_path / "firms.verdicts.parquet")
    written = pl.read_parquet(tmp_path / "firms.verdicts.parquet").to_dicts()
    for row, got in list(zip(rows, written, strict=True))[:5]:
        path = _case(tmp_path, {name: _as_json(value) for name, value in row.items()})
        for alone in _json(capsys, path)[1]:
            id = alone["programme"]
            assert got[f"{id}__verdict"] == alone["eligible"]
            assert got.get(f"{id}__amount_fen") == alone["amount_fen"]
    totals = {each["programme"]: each for each in document["programmes"]}
    said = [row["cloud_voucher__verdict"] for row in written]
    assert totals["cloud_voucher"]["yes"] == said.count("yes")
    assert totals["cloud_voucher"]["unknown"] == said.count("unknown")


def _as_json(value: Any) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def test_codes_in_a_csv_keep_their_leading_zeros(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _csv(tmp_path, "industry_code,region_code\n0610,420111\n05,420111\n")
    code, document = _json(capsys, path, "--programme", "cloud_voucher")
    verdicts = pl.read_parquet(document["out"])
    assert code == 0 and verdicts["cloud_voucher__verdict"].to_list() == ["unknown", "no"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("employees,employees\n1,2\n", "employees"),
        ("employees,legal_entity\n1\n2,3,4\n", "CSV"),
        ("name\nx\n", "name"),
        ("", "firms.csv"),
    ],
)
def test_a_table_that_is_unsound_as_a_whole_is_refused(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = _run(capsys, _csv(tmp_path, text))
    assert code == 2 and says in err and len(err.splitlines()) == 1


def test_a_csv_in_another_encoding_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "firms.csv").write_bytes("legal_entity\n是\n".encode("gb18030"))
    code, _, err = _run(capsys, str(tmp_path / "firms.csv"))
    assert code == 2 and "UTF-8" in err


@pytest.mark.parametrize(
    ("column", "values"),
    [("industry_code", [610]), ("cloud_spend_fen", [1.5]), ("legal_entity", [1]),
     ("established_date", [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)]), ("titles", [1])],
)  # fmt: skip
def test_a_column_of_another_type_is_refused_by_name(
    column: str, values: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pl.DataFrame({column: values}).write_parquet(tmp_path / "firms.parquet")
    code, _, err = _run(capsys, str(tmp_path / "firms.parquet"))
    assert code == 2 and column in err


def test_size_classes_are_filled_in_where_they_follow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "industry_code,employees,revenue_fen,size_class\n3670,50,10000000000,\n3670,50,1,\n"
    path = _csv(tmp_path, text + "3670,50,1,large\n3670,,,\n")
    _, document = _json(capsys, path, "--programme", "cloud_voucher")
    at = document["programmes"][0]["bits"].index("size")
    rows = pl.read_parquet(document["out"]).to_dicts()
    failed = [row["cloud_voucher__failed"] >> at & 1 for row in rows]
    unknown = [row["cloud_voucher__unknown"] >> at & 1 for row in rows]
    assert failed == [0, 0, 1, 0] and unknown == [0, 0, 0, 1]


@pytest.mark.parametrize("out", ["firms.csv", "x.txt", "no/such/folder/x.csv"])
def test_results_go_only_where_they_can(
    out: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _csv(tmp_path, "employees\n5\n")
    code, _, err = _run(capsys, path, "--out", str(tmp_path / out))
    assert code == 2 and out.split("/")[-1] in err
