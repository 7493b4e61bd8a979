from __future__ import annotations

import json
import re
import stat
import subprocess
from pathlib import Path

import jsonschema
import pytest

from dengta.cli import main

SCHEMA = json.loads(Path("docs/reference/schemas/draw.schema.json").read_text(encoding="utf-8"))
PAGE = Path("docs/how-to/verify-a-draw.md").read_text(encoding="utf-8")
LIST = "".join(f"firm-{n:02d}\t{'420100' if n % 3 else '420500'}\n" for n in range(20))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A list, and a draw of five announced, at least two of them from 420500."""
    (tmp_path / "list.txt").write_text("\n".join(reversed(LIST.split("\n"))), encoding="utf-8")
    assert commit(tmp_path) == 0
    return tmp_path


def commit(folder: Path, *options: str, out: str = "announcement.json") -> int:
    return main(
        ["draw", "commit", str(folder / "list.txt"), "--count", "5", "--floor", "420500=2",
         "--title", "抽查", "--seed", str(folder / "seed.txt"), "--out", str(folder / out),
         *options]
    )  # fmt: skip


def held(folder: Path, *options: str) -> int:
    return main(
        ["draw", "draw", str(folder / "announcement.json"), "--list", str(folder / "list.txt"),
         "--seed", str(folder / "seed.txt"), "--out", str(folder / "record.json"), *options]
    )  # fmt: skip


def verified(folder: Path, *options: str) -> int:
    return main(["draw", "verify", str(folder / "record.json"), *options])


def test_a_draw_from_commitment_to_verification(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stat.S_IMODE((folder / "seed.txt").stat().st_mode) == 0o600
    assert held(folder) == 0
    announced = json.loads((folder / "announcement.json").read_text(encoding="utf-8"))
    record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    jsonschema.validate(announced, SCHEMA)
    jsonschema.validate(record, SCHEMA)
    assert "seed" not in announced
    drawn = [ticket for ticket in record["tickets"] if ticket["drawn"]]
    assert len(drawn) == 5
    assert sum(ticket["stratum"] == "420500" for ticket in drawn) >= 2
    capsys.readouterr()
    assert verified(folder, "--announced", str(folder / "announcement.json")) == 0
    assert "相符：从 20 个里抽出 5 个" in capsys.readouterr().out
    assert verified(folder, "--json") == 0
    jsonschema.validate(json.loads(capsys.readouterr().out), SCHEMA)


def test_what_is_printed_is_what_is_written(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    held(folder)
    capfdbinary.readouterr()
    list_, seed = str(folder / "list.txt"), str(folder / "seed.txt")
    main(["draw", "draw", str(folder / "announcement.json"), "--list", list_, "--seed", seed])
    assert capfdbinary.readouterr().out == (folder / "record.json").read_bytes()


def test_a_record_that_was_changed_does_not_hold(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held(folder)
    path = folder / "record.json"
    sound = path.read_text(encoding="utf-8")
    first = json.loads(sound)["tickets"][0]["id"]
    path.write_text(sound.replace(first, "firm-99"), encoding="utf-8")
    assert verified(folder) == 1
    assert "不符：名单与公布的摘要不符" in capsys.readouterr().out
    path.write_text(sound.replace("抽查", "复查"), encoding="utf-8")
    assert verified(folder, "--lang", "en") == 1
    assert "record_digest differs" in capsys.readouterr().out
    path.write_text(sound + " ", encoding="utf-8")
    assert verified(folder, "--json") == 1
    assert json.loads(capsys.readouterr().out)["holds"] is False
    # A draw of its own holds by itself, and not against what was announced.
    path.write_text(sound, encoding="utf-8")
    (folder / "seed.txt").unlink()
    commit(folder, out="other.json")
    capsys.readouterr()
    assert verified(folder, "--announced", str(folder / "other.json")) == 1
    assert "commitment 与事前公布的不同" in capsys.readouterr().out


def test_nothing_published_is_overwritten_and_the_seed_is_kept(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = (folder / "seed.txt").read_text(encoding="ascii")
    assert re.fullmatch(r"[0-9a-f]{64}\n", seed)
    assert commit(folder) == 2
    assert "公布过的不能覆盖" in capsys.readouterr().err
    assert commit(folder, out="again.json") == 0
    assert (folder / "seed.txt").read_text(encoding="ascii") == seed
    assert (folder / "again.json").read_bytes() == (folder / "announcement.json").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["commit", "list.txt"], "--count：没有写抽几个"),
        (["commit", "list.txt", "--count", "5"], "--seed：没有写种子文件"),
        (["commit", "none.txt", "--count", "5"], "none.txt：打不开"),
        (["commit", "list.txt", "--count", "5", "--floor", "x"], "--floor：“x”写法不对"),
        (["commit", "list.txt", "--count", "50", "--seed", "seed.txt"], "从 20 个里抽 50 个"),
        (["commit", "list.txt", "--count", "5", "--seed", "list.txt"], "种子应是 32 至 128"),
        (["draw", "announcement.json", "--seed", "seed.txt"], "--list：没有写名单"),
        (["draw", "announcement.json", "--seed", "no.txt", "--list", "list.txt"], "no.txt：打不开"),
        (["draw", "list.txt", "--seed", "seed.txt", "--list", "list.txt"], "不是有效的 JSON"),
        (["verify", "list.txt"], "不是有效的 JSON"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_name_value_and_mend(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(folder)
    assert main(["draw", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_the_shell_of_the_page_finds_the_same_as_the_record(tmp_path: Path) -> None:
    """The commands of docs/how-to/verify-a-draw.md, as they stand there."""
    (tmp_path / "list.txt").write_text("丙\n甲\n乙\nx-1\nx-2\n", encoding="utf-8")
    names = {name: str(tmp_path / name) for name in ("list.txt", "seed.txt", "population.txt")}
    source = ["--public-source", "双色球"]
    out = ["--out", str(tmp_path / "announcement.json"), "--frozen", names["population.txt"]]
    commit_ = ["commit", names["list.txt"], "--count", "3", "--seed", names["seed.txt"]]
    assert main(["draw", *commit_, *source, *out]) == 0
    assert held(tmp_path, "--public", "03 09") == 0
    record = json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    commands = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)[:3]
    assert len(commands) == 3
    digest = f"{record['public']}:{record['population_digest']}"
    said = [
        subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "SEED": record["seed"], "DIGEST": digest, "COUNT": "3"},
            capture_output=True,
            check=True,
        ).stdout.decode()
        for command in commands
    ]
    assert said[0].split()[0] == record["commitment"]
    assert said[1].split()[0] == record["population_digest"]
    drawn = [f"{t['ticket']}  {t['id']}\n" for t in record["tickets"] if t["drawn"]]
    assert said[2] == "".join(drawn)
