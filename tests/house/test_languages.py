"""Chinese is official and English complete; each check is shown to catch its fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import languages

ROOT = Path(__file__).resolve().parents[2]
PO = ROOT / "dengta" / "locale" / "en" / "LC_MESSAGES" / "django.po"


def test_english_is_complete() -> None:
    assert languages.incomplete(ROOT, PO) == []


def test_what_is_read_is_what_was_translated() -> None:
    assert languages.uncompiled(PO) == []


def test_templates_can_be_translated() -> None:
    assert languages.one_language_templates(ROOT) == []


def test_every_pair_of_texts_has_its_english() -> None:
    assert languages.empty_english(ROOT) == []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """One marked text in code, one in a template, and their catalogue."""
    templates = tmp_path / "dengta" / "templates"
    templates.mkdir(parents=True)
    (tmp_path / "dengta" / "a.py").write_text('name = _("企业")\n', encoding="utf-8")
    page = '{% load i18n %}{% trans "提交" %}{% blocktrans %}还差 {{ n }} 项{% endblocktrans %}'
    (templates / "a.html").write_text(page, encoding="utf-8")
    (tmp_path / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "企业"\nmsgstr "enterprise"\n\n'
        'msgid "提交"\nmsgstr "Submit"\n\n'
        '#, python-format\nmsgid "还差 %(n)s 项"\nmsgstr ""\n"%(n)s items "\n"short"\n',
        encoding="utf-8",
    )
    return tmp_path


def test_a_sound_catalogue_passes(tree: Path) -> None:
    assert languages.incomplete(tree, tree / "django.po") == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('"Submit"', '""', "has no English"),
        ('"Submit"', '"提交"', "Chinese in the English"),
        ("%(n)s items ", "Some items ", "other placeholders"),
        ('msgid "提交"', '#, fuzzy\nmsgid "提交"', "a guess"),
        ('msgid "企业"', 'msgid "农户"', "is not in django.po"),
        ('msgid "企业"', 'msgid "农户"', "is said nowhere"),
    ],
)
def test_a_lacking_catalogue_is_found(tree: Path, before: str, after: str, fault: str) -> None:
    po = tree / "django.po"
    text = po.read_text(encoding="utf-8")
    assert before in text
    po.write_text(text.replace(before, after), encoding="utf-8")
    assert [line for line in languages.incomplete(tree, po) if fault in line]


def test_a_catalogue_that_was_not_compiled_is_found(tree: Path) -> None:
    assert "missing" in languages.uncompiled(tree / "django.po")[0]


@pytest.mark.parametrize(
    "template",
    [
        "<p>还差一项</p>",
        '{% include "empty.html" with title="没有记录" %}',
        "<a title='提示'>x</a>",
    ],
)
def test_a_template_in_one_language_is_found(tree: Path, template: str) -> None:
    (tree / "dengta" / "templates" / "b.html").write_text(template, encoding="utf-8")
    found = languages.one_language_templates(tree)
    assert [line.split(":")[0] for line in found] == ["dengta/templates/b.html"]


def test_a_template_in_both_languages_passes(tree: Path) -> None:
    fine = '{% include "empty.html" with title=_("没有记录") %}{# 说明 #}<a lang="zh-Hans">中文</a>'
    (tree / "dengta" / "templates" / "b.html").write_text(fine, encoding="utf-8")
    assert languages.one_language_templates(tree) == []


@pytest.mark.parametrize("pair", ['Text("企业", "")', 'Text("企业", "企业")'])
def test_a_pair_without_english_is_found(tree: Path, pair: str) -> None:
    (tree / "dengta" / "b.py").write_text(f"name = {pair}\n", encoding="utf-8")
    assert len(languages.empty_english(tree)) == 1
