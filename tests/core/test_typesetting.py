"""Papers: our fonts only, the same bytes every time, nothing written by people read as markup."""

from __future__ import annotations

import datetime as dt
import re
import threading
from pathlib import Path

import pytest
import typst

from dengta.core import typesetting
from dengta.core.typesetting import pdf

MOMENT = dt.datetime(2026, 3, 16, tzinfo=dt.UTC)
MARKUP = '#panic("x") *粗* _斜_ $x^2$ <标> @引用 = 标题 \\ `raw` // 注 #import "/etc" [ ] { }'
LETTER = """#let d = json(bytes(sys.inputs.data))
#set document(title: d.name)
#set text(font: "Noto Sans S Chinese", lang: "zh")
#d.name
"""


@pytest.fixture
def press(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A press of its own with one template, `letter`."""
    (tmp_path / "letter.typ").write_text(LETTER, encoding="utf-8")
    (tmp_path / "fonts").symlink_to(typesetting.PRESS / "fonts")
    monkeypatch.setattr(typesetting, "PRESS", tmp_path)
    monkeypatch.setattr(typesetting, "_idle", {})
    return tmp_path


def test_the_same_data_give_the_same_bytes_from_a_warm_and_a_cold_compiler(press: Path) -> None:
    first = pdf("letter", {"name": "江岸精工"}, MOMENT)
    other = pdf("letter", {"name": "硚口精工"}, MOMENT)
    warm = pdf("letter", {"name": "江岸精工"}, MOMENT)
    typesetting._idle.clear()
    cold = pdf("letter", {"name": "江岸精工"}, MOMENT)
    assert first == warm == cold
    assert other != first
    assert first.startswith(b"%PDF-")


def test_the_moment_is_the_one_passed_in(press: Path) -> None:
    made = pdf("letter", {"name": "江岸精工"}, MOMENT)
    assert set(re.findall(rb"D:(\d{8})", made)) == {b"20260316"}
    later = pdf("letter", {"name": "江岸精工"}, MOMENT.replace(year=2027))
    assert set(re.findall(rb"D:(\d{8})", later)) == {b"20270316"}


def test_what_people_wrote_is_never_read_as_markup(press: Path) -> None:
    (press / "told.typ").write_text(LETTER + "#metadata(d.name) <told>", encoding="utf-8")
    assert pdf("told", {"name": MARKUP}, MOMENT)
    asked = typst.query(
        str(press / "told.typ"), "<told>", field="value", one=True,
        sys_inputs={"data": '{"name": "#panic(1) *粗*"}'}, font_paths=typesetting._fonts(),
    )  # fmt: skip
    assert asked == '"#panic(1) *粗*"'


def test_only_shipped_fonts_are_there() -> None:
    assert typesetting._fonts().families() == ["Noto Sans S Chinese"]
    assert sorted(font.weight for font in typesetting._fonts().fonts()) == [400, 700]
    assert (typesetting.PRESS / "fonts" / "LICENSE").read_text("utf-8").count("Open Font License")


def test_a_font_that_is_not_shipped_is_warned_of(press: Path) -> None:
    text = LETTER.replace("Noto Sans S Chinese", "SimSun")
    (press / "foreign.typ").write_text(text, encoding="utf-8")
    with pytest.warns(typst.TypstWarning, match="unknown font family"):
        pdf("foreign", {"name": "江岸精工"}, MOMENT)


def test_threads_set_papers_at_once_and_none_gets_anothers(press: Path) -> None:
    names = [f"企业{number:03d}" for number in range(24)]
    alone = {name: pdf("letter", {"name": name}, MOMENT) for name in names}
    made: dict[str, bytes] = {}
    together = threading.Barrier(4)

    def work(part: list[str]) -> None:
        together.wait()
        for name in part:
            made[name] = pdf("letter", {"name": name}, MOMENT)

    workers = [threading.Thread(target=work, args=(names[at::4],)) for at in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert made == alone


def test_a_template_that_cannot_be_set_says_where(press: Path) -> None:
    (press / "broken.typ").write_text("#d.name", encoding="utf-8")
    with pytest.raises(typst.TypstError, match="unknown variable: d"):
        pdf("broken", {}, MOMENT)
