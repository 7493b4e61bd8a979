"""One item of an instrument as a form: every kind of question and the scenarios, drawn from the
instrument itself, with the figures that an answer follows from, a remark and files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from dengta.assessment.actions import Given
from dengta.core.answers import AnswerError
from dengta.core.figures import allowed, implied, number_of, read_figure
from dengta.core.results import said as said_number
from dengta.core.scoring import NOT_APPLICABLE
from dengta.core.shapes import Figure, Instrument, Question, Scenario, Text
from dengta.core.weights import OPEN
from dengta.web.frame import said

Asked = Question | Scenario


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on record of one item: the answer as text, why it does not apply, the remark."""

    value: str = ""
    reason: str = ""
    remark: str = ""


def asked_of(instrument: Instrument, item: str) -> Asked | None:
    """A question or scenario by its id."""
    return next((found for found in all_asked(instrument) if found.id == item), None)


def all_asked(instrument: Instrument) -> list[Asked]:
    """Everything that an instrument asks, in the order of the steps."""
    return [*instrument.questions, *instrument.scenarios]


def figures_of(instrument: Instrument, asked: Asked) -> tuple[Figure, ...]:
    """The figures that the answer can be read from, in the question's order."""
    if isinstance(asked, Scenario):
        return ()
    known = {figure.id: figure for figure in instrument.figures}
    return tuple(known[figure] for figure in asked.figures)


def on_screen(asked: Asked) -> tuple[str, ...]:
    """The ids of all that one screen answers: the item, then its figures."""
    return (asked.id, *(asked.figures if isinstance(asked, Question) else ()))


class _Ticks(forms.CheckboxSelectMultiple):
    """Tick boxes of which some exclude the others; the script reads it off them."""

    def __init__(self, exclusive: frozenset[str]) -> None:
        super().__init__()
        self.exclusive = exclusive

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Mark the exclusive ones."""
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        if option["value"] in self.exclusive:
            option["attrs"]["data-exclusive"] = ""
        return option


class FigureField(forms.CharField):
    """One figure, kept as the decimal text that the instrument reads. Empty says nothing."""

    open = True

    def __init__(self, figure: Figure) -> None:
        attrs = {
            "inputmode": "decimal" if figure.decimals else "numeric",
            "autocomplete": "off",
            "data-unit": said(figure.unit),
        }
        label = said(figure.text)
        super().__init__(required=False, label=label, widget=forms.TextInput(attrs=attrs))
        self.figure = figure
        self.from_record = False

    def clean(self, value: Any) -> str:
        """The figure's normal text. ValidationError names it, what was typed, and the mend."""
        text = super().clean(value)
        if not text:
            return ""
        try:
            return read_figure(self.figure, text)
        except AnswerError as impossible:
            raise ValidationError(in_words(impossible)) from impossible


def in_words(refused: AnswerError) -> str:
    """A refusal of the engine, for the field that it stands beside: without the item's id."""
    why = said(refused.message)
    return why.removeprefix(f"{refused.item}：").removeprefix(f"{refused.item}: ")


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; what each of them is, is looked at when it is kept."""

    widget = _ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """The files that were chosen, empty ones included: keeping them says what is wrong."""
        chosen = data if isinstance(data, list) else [data]
        return [file for file in chosen if file]


class ItemForm(forms.Form):
    """One item's answer. `kept` is what is on record, by item; `known` are figures that the record
    of the firm has, by figure. Nothing is required: what is left open is asked for at the end."""

    use_required_attribute = False

    def __init__(
        self,
        instrument: Instrument,
        asked: Asked,
        *args: Any,
        kept: Mapping[str, Kept] | None = None,
        known: Mapping[str, str] | None = None,
        accept: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        self.asked, self.figures = asked, figures_of(instrument, asked)
        self.kept, self.known = kept or {}, known or {}
        kwargs.setdefault("initial", self._initial())
        super().__init__(*args, **kwargs)
        for figure in self.figures:
            field = FigureField(figure)
            field.from_record = figure.id in self.known and figure.id not in self.kept
            self.fields[f"figure_{figure.id}"] = field
        for name, made in self._answer_fields():
            made.open = True  # type: ignore[attr-defined]  # missing, not optional
            self.fields[name] = made
        self.fields["remark"] = _lines(_("备注"), 3, _("最多 2000 字。"))
        self.fields["photo"] = FilesField(label=_("拍照"), required=False)
        self.fields["photo"].widget.attrs |= {"accept": "image/*", "capture": "environment"}
        self.fields["files"] = FilesField(label=_("佐证材料"), required=False)
        self.fields["files"].widget.attrs["accept"] = ",".join(f".{ending}" for ending in accept)

    def _initial(self) -> dict[str, Any]:
        kept = self.kept.get(self.asked.id, Kept())
        initial: dict[str, Any] = {"reason": kept.reason, "remark": kept.remark}
        initial |= {
            f"figure_{figure.id}": self.kept[figure.id].value
            if figure.id in self.kept
            else self.known.get(figure.id, "")
            for figure in self.figures
        }
        if isinstance(self.asked, Question) and self.asked.rows:
            signs = kept.value or OPEN * len(self.asked.rows)
            rows = zip(self.asked.rows, signs, strict=False)
            return initial | {f"row_{row.id}": sign for row, sign in rows if sign != OPEN}
        several = isinstance(self.asked, Question) and self.asked.kind == "multi"
        return initial | {"answer": list(kept.value) if several else kept.value}

    def _answer_fields(self) -> Iterator[tuple[str, forms.Field]]:
        if isinstance(self.asked, Scenario):
            yield "answer", _one(_("选一项"), _levels(self.asked))
            help = _("只在选“场景不适用”时填写，例如“本企业没有仓库，成品直接交货”。")
            yield "reason", _lines(_("不适用的理由"), 2, help)
        elif self.asked.rows:
            columns = [(column.id, said(column.text)) for column in self.asked.columns]
            for row in self.asked.rows:
                yield f"row_{row.id}", _one(said(row.text), columns)
        elif self.asked.columns:
            columns = [(c.id, f"{c.id}. {said(c.text)}") for c in self.asked.columns]
            yield "answer", _one(_("选一项"), columns)
        else:
            choices = [(o.id, f"{o.id}. {said(o.text)}") for o in self.asked.options]
            if self.asked.kind == "multi":
                alone = frozenset(o.id for o in self.asked.options if o.exclusive)
                yield (
                    "answer",
                    forms.MultipleChoiceField(
                        label=_("可多选"), choices=choices, widget=_Ticks(alone), required=False
                    ),
                )
            else:
                label = _("或者直接选一项") if self.figures else _("选一项")
                yield "answer", _one(label, choices)

    # ---------------------------------------------------------------- parts, for the template

    def figure_fields(self) -> list[forms.BoundField]:
        """The figures."""
        return [self[name] for name in self.fields if name.startswith("figure_")]

    def row_fields(self) -> list[forms.BoundField]:
        """The rows of a matrix or of a list of requirements."""
        return [self[name] for name in self.fields if name.startswith("row_")]

    def answer_field(self) -> forms.BoundField | None:
        """The one choice, where there is one."""
        return self["answer"] if "answer" in self.fields else None

    def reason_field(self) -> forms.BoundField | None:
        """Why the scenario does not apply."""
        return self["reason"] if "reason" in self.fields else None

    # ---------------------------------------------------------------- what was given

    def answer(self) -> str:
        """Letters, columns by row, or a level, as text; empty when nothing is chosen."""
        if isinstance(self.asked, Question) and self.asked.rows:
            signs = [self.cleaned_data.get(f"row_{row.id}") or OPEN for row in self.asked.rows]
            return "" if set(signs) == {OPEN} else "".join(signs)
        answer = self.cleaned_data.get("answer") or ""
        return answer if isinstance(answer, str) else "".join(sorted(answer))

    def typed_figures(self) -> dict[str, str]:
        """The figures as they were typed, in their normal form; empty for one left open."""
        return {f.id: self.cleaned_data.get(f"figure_{f.id}", "") for f in self.figures}

    def led_to(self) -> str:
        """The answer once the figures are heard: theirs where all are there, unless the choice that
        was made does not contradict them."""
        chosen, figures = self.answer(), self.typed_figures()
        if not self.figures or isinstance(self.asked, Scenario):
            return chosen
        letters = allowed(self.asked, figures)
        if not letters or chosen in letters:
            return chosen
        return implied(self.asked, figures) or chosen

    def given(self, seen: Mapping[str, int]) -> dict[str, Given]:
        """What this screen gives, by item; `seen` are the versions it was opened with."""
        data = self.cleaned_data
        found = {
            self.asked.id: Given(
                self.led_to() or None,
                data.get("reason", ""),
                data.get("remark", ""),
                seen.get(self.asked.id),
            )
        }
        return found | {
            figure: Given(text or None, seen=seen.get(figure))
            for figure, text in self.typed_figures().items()
        }

    def uploads(self) -> list[UploadedFile[bytes]]:
        """Photos first, then files."""
        return [*self.cleaned_data.get("photo", []), *self.cleaned_data.get("files", [])]


def _one(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, required=False)


def _lines(label: str, rows: int, help: str) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help, required=False, widget=forms.Textarea(attrs={"rows": rows})
    )


def _levels(scenario: Scenario) -> list[tuple[str, str]]:
    none = _("还没有，或达不到 1 级的要求")
    levels = [("0", _("0 级：%(text)s") % {"text": none})] + [
        (str(n), _("%(n)s 级：%(text)s") % {"n": n, "text": said(text)})
        for n, text in enumerate(scenario.criteria, start=1)
    ]
    not_here = _("场景不适用：本企业没有这项业务，需写明理由")
    return [*levels, (NOT_APPLICABLE, not_here)]


def said_back(question: Asked, figures: Mapping[str, object], answer: str) -> Text | None:
    """What the figures lead to, said back with the sum; None while one of them is open."""
    letter = None if isinstance(question, Scenario) else implied(question, figures)
    if letter is None or isinstance(question, Scenario):
        return None
    led = next(option for option in question.options if option.id == letter)
    numbers = [number_of(figures[figure]) for figure in question.figures]
    known = [number for number in numbers if number is not None]
    shown = _sum(question, known)
    zh = f"{shown.zh}对应 {letter}：{led.text.zh}。"
    en = f"{shown.en}which is {letter}: {led.text.en}."
    if answer and answer != letter and answer in allowed(question, figures):
        chosen = next(option for option in question.options if option.id == answer)
        return Text(
            f"{zh}变化很小，选“{chosen.text.zh}”也可以。",
            f"{en} The change is small, so “{chosen.text.en}” is fine, too.",
        )
    return Text(zh, en)


def _sum(question: Question, known: list[Fraction]) -> Text:
    if question.kind == "number" and len(known) == 1:
        return Text(f"{said_number(known[0])}，", f"{said_number(known[0])}, ")
    if question.kind == "number":
        part, whole, rate = (said_number(n) for n in (*known, known[0] * 100 / known[1]))
        return Text(f"{part} ÷ {whole} = {rate}%，", f"{part} ÷ {whole} = {rate}%, ")
    now, before = known[:2] if len(known) == 2 else (known[0] / known[2], known[1] / known[3])
    each = Text("折算后", "Per unit, ") if len(known) == 4 else Text("", "")
    if now == before:
        return Text(f"{each.zh}与上期相同，", f"{each.en}the same as before, ")
    if not before:
        return Text(f"{each.zh}上期为 0，", f"{each.en}0 before, ")
    rate = said_number(abs(now - before) * 100 / abs(before))
    way = Text("增加", "up") if now > before else Text("降低", "down")
    return Text(f"{each.zh}比上期{way.zh} {rate}%，", f"{each.en}{way.en} {rate}%, ")


def said_answer(asked: Asked, kept: Kept) -> str:
    """An answer in words, as it is shown beside another."""
    if not kept.value:
        return _("没有作答")
    if isinstance(asked, Scenario):
        if kept.value == NOT_APPLICABLE:
            return _("场景不适用：%(reason)s") % {"reason": kept.reason}
        return dict(_levels(asked)).get(kept.value, kept.value)
    if asked.rows:
        columns = {column.id: said(column.text) for column in asked.columns}
        rows = zip(asked.rows, kept.value, strict=False)
        return "；".join(
            f"{said(row.text)}：{columns.get(sign, _('没有作答'))}" for row, sign in rows
        )
    texts = {c.id: said(c.text) for c in asked.columns} | {
        o.id: said(o.text) for o in asked.options
    }
    return "；".join(f"{letter}. {texts.get(letter, '')}" for letter in kept.value)
