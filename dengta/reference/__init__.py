"""The reference in `docs/reference/`, written from code and policy, so that it cannot be wrong.

`dengta docs` writes it, `dengta docs --check` says which pages have drifted. Pages are Chinese with
English beside it; nothing in them depends on the day, the machine or the database.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import models
from django.utils import translation

from dengta.cli import COMMANDS, PLATFORM
from dengta.core.flow import Flow
from dengta.core.policy import shipped
from dengta.core.shapes import Fact, Instrument, Policy, Programme, Value
from dengta.reference.schemes import schemes
from dengta.reference.selections import selections
from dengta.reference.written import both, cell, period, source, table

FOLDER = Path(settings.BASE_DIR) / "docs" / "reference"
NOTE = "<!-- 由 `make docs` 生成，请勿手改。Written by `make docs`; do not edit. -->\n"


def write(argv: Sequence[str]) -> int:
    """Write every page; with --check write nothing and return 1 if a page differs."""
    parser = argparse.ArgumentParser(prog="dengta docs")
    parser.add_argument("--check", action="store_true", help="只核对，不写入 compare, do not write")
    parser.add_argument("--to", type=Path, default=FOLDER, metavar="DIR", help="目录 directory")
    args = parser.parse_args(argv)
    drifted = drift(args.to)
    if args.check:
        for name in drifted:
            print(f"{args.to / name}: 与代码不符，请运行 make docs。Out of date: run make docs.")
        return 1 if drifted else 0
    args.to.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (args.to / name).write_text(text, encoding="utf-8")
    for name in drifted:
        print(args.to / name, file=sys.stderr)
    return 0


def drift(folder: Path = FOLDER) -> list[str]:
    """Names of the pages that are missing or say something else than code and policy."""
    return [
        name
        for name, text in pages().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    policy = shipped()
    with translation.override("zh-hans"):
        built: dict[str, Callable[[], Iterable[str]]] = {
            "facts.md": lambda: _facts(policy),
            "programmes.md": lambda: _programmes(policy),
            "selections.md": lambda: selections(policy),
            "schemes.md": lambda: schemes(policy),
            "instruments.md": lambda: _instruments(policy),
            "plans.md": lambda: _plans(policy),
            "flows.md": _flows,
            "actions.md": _actions,
            "commands.md": _commands,
            "models.md": _models,
            "glossary.md": lambda: _glossary(policy),
        }
        return {name: NOTE + "\n".join(lines()).rstrip() + "\n" for name, lines in built.items()}


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0]


# ---------------------------------------------------------------- from policy


def _facts(policy: Policy) -> Iterator[str]:
    yield "# 事实 Facts\n"
    yield (
        "每个事实只定义一次：表单、条件、评分、指标、接口和表格都用它。"
        "Each fact is defined once and is the same in forms, clauses, scores and files.\n"
    )
    owners = sorted({fact.app for fact in policy.facts.values()})
    for app in owners:
        yield f"## `{app}`\n"
        own = sorted((f for f in policy.facts.values() if f.app == app), key=lambda f: f.id)
        yield from table(
            ("事实 id", "术语 term", "类型 type", "单位 unit", "取值 values", "说明 help"),
            [
                (f"`{f.id}`", both(f.term), f.type, both(f.unit), _range(f), both(f.help))
                for f in own
            ],
        )


def _range(fact: Fact) -> str:
    if fact.values:
        return "；".join(f"`{id}` {both(name)}" for id, name in fact.values.items())
    if fact.codes:
        return {"industry": "GB/T 4754", "region": "GB/T 2260"}[fact.codes]
    if fact.low is None and fact.high is None:
        return ""
    low = "…" if fact.low is None else str(fact.low)
    return f"{low} — {'…' if fact.high is None else fact.high}"


def _programmes(policy: Policy) -> Iterator[str]:
    yield "# 遴选事项和政策条件 Programmes and their clauses\n"
    for programme in sorted(policy.programmes, key=lambda p: (p.id, p.edition)):
        yield from _programme(programme)


def _programme(programme: Programme) -> Iterator[str]:
    yield f"## `{programme.edition}` {both(programme.name)}\n"
    yield f"{programme.summary.zh}\n\n{programme.summary.en}\n"
    yield f"- 事项 programme: `{programme.id}` ({programme.kind})"
    if programme.sample:
        yield "- 样例 sample: 不是现行政策，只在点名时判断 not in force, decided only when named"
    yield f"- 有效期 in force: {period(programme.in_force)}"
    yield f"- 依据 source: {source(programme.source)}"
    if programme.quota_per_year is not None:
        yield f"- 每年名额 quota per year: {programme.quota_per_year}"
    if programme.validity_years is not None:
        yield f"- 有效年限 validity: {programme.validity_years} 年 years"
    if programme.amount:
        yield f"- 金额 amount: {both(programme.amount.text)} `{programme.amount.expression}`"
    yield ""
    if programme.values:
        yield from table(
            ("数值 value", "含义 meaning", "数 amount", "有效期 in force", "依据 source"),
            [
                (f"`{v.id}`", both(v.text), _amount(v), period(v.in_force), source(v.source))
                for v in programme.values
            ],
        )
    if programme.derived:
        yield from table(
            ("中间结果 derived", "含义 meaning", "算法 expression"),
            [(f"`{d.id}`", both(d.text), f"`{cell(d.expression)}`") for d in programme.derived],
        )
    yield from table(
        ("条件 clause", "内容 what is asked", "表达式 expression"),
        [(f"`{c.id}`", both(c.text), f"`{cell(c.when)}`") for c in programme.clauses],
    )


def _amount(value: Value) -> str:
    if value.table:
        rows = "；".join(f"`{key}` {amount}" for key, amount in value.table.items())
        return f"按 by `{value.by}`：{rows}"
    return f"{value.amount} ({value.type})"


KINDS = {
    "single": "单选 choose one",
    "multi": "多选 choose any",
    "number": "单选或填数值 choose one, or give the number",
    "change": "单选或填两期数据 choose one, or give both periods",
    "matrix": "逐行选一列 one column for each row",
    "scale": "选一档 one band",
    "requirements": "逐条判定 each requirement by itself",
}
TOTALS = {
    "weighted_sum": "加权求和 weighted sum",
    "mean": "取平均 mean",
    "sum_of_levels": "各级相加 sum of the levels",
    "min": "取最低 the lowest",
    "none": "没有总分，只看各档 no total, bands only",
}


def _instruments(policy: Policy) -> Iterator[str]:
    yield "# 评测指标 Instruments\n"
    for instrument in sorted(policy.instruments.values(), key=lambda i: i.id):
        yield f"## `{instrument.id}` {both(instrument.name)}\n"
        yield f"- 依据 source: {source(instrument.source)}"
        yield f"- 有效期 in force: {period(instrument.in_force)}"
        yield from _way(instrument)
        if instrument.nodes:
            yield from table(
                ("节点 node", "上级 parent", "名称 name", "权重 weight %"),
                [(f"`{n.id}`", n.parent, both(n.text), n.weight or "—") for n in instrument.nodes],
            )
        if not instrument.variant_of:
            yield from _questions(instrument)
            yield from _scenarios(instrument)
            yield from _figures(instrument)
            yield from _contradictions(instrument)
        yield from _gates(instrument)


def _way(instrument: Instrument) -> Iterator[str]:
    """How the total comes about, and whom the instrument is for."""
    applies = instrument.applies_to
    if instrument.recorded_only:
        yield "- 只登记总分 totals are recorded only"
    else:
        level_met = f"，达到 {instrument.level_met}% 算满足 counts as met from there"
        met = level_met if instrument.aggregate == "sum_of_levels" else ""
        rounded = "，四舍五入 rounded half up" if instrument.rounded else ""
        yield f"- 总分 total: {TOTALS[instrument.aggregate]}{met}{rounded}"
    if instrument.variant_of:
        yield f"- 题目同 questions as in: `{instrument.variant_of}`"
    for name, values in (
        ("适用行业 industries", applies.industries),
        ("用途 purposes", applies.purposes),
    ):
        if values:
            yield f"- {name}: {', '.join(values)}"
    yield ""


def _questions(instrument: Instrument) -> Iterator[str]:
    for question in instrument.questions:
        yield f"### `{question.id}` {both(question.text)}\n"
        weight = f"{question.weight} % · " if question.weight else ""
        yield f"{' › '.join(question.path)} · {weight}{KINDS[question.kind]}\n"
        if question.options:
            share = f"1/{sum(not option.exclusive for option in question.options)}"
            yield from table(
                ("选项 option", "内容 text", "权重 weight %", "独选 exclusive"),
                [
                    (
                        f"`{o.id}`",
                        both(o.text),
                        share if question.equal and not o.exclusive else o.weight,
                        "是 yes" if o.exclusive else "",
                    )
                    for o in question.options
                ],
            )
        for row in question.rows:
            yield f"- `{row.id}` {both(row.text)}"
        if question.rows:
            yield ""
        if question.columns and question.kind != "requirements":
            yield from table(
                ("列 column", "内容 text", "权重 weight %"),
                [
                    (f"`{c.id}`", both(c.text), "—" if c.weight is None else c.weight)
                    for c in question.columns
                ],
            )
        if question.figures:
            named = "、".join(f"`{figure}`" for figure in question.figures)
            yield f"数据 figures: {named}\n"


def _scenarios(instrument: Instrument) -> Iterator[str]:
    if not instrument.scenarios:
        return
    yield "### 应用场景 Scenarios\n"
    for scenario in instrument.scenarios:
        star = "★ " if scenario.binding else ""
        group = both(instrument.groups[scenario.group])
        yield f"- {star}`{scenario.id}` {both(scenario.text)}（{group}）"
        for level, criterion in enumerate(scenario.criteria, 1):
            yield f"    {level}. {both(criterion)}"
    yield ""


def _figures(instrument: Instrument) -> Iterator[str]:
    if not instrument.figures:
        return
    yield "### 随题数据 Figures\n"
    yield from table(
        ("数据 figure", "内容 text", "单位 unit", "范围 range", "对应事实 fact"),
        [
            (
                f"`{f.id}`",
                both(f.text),
                f.unit.zh if f.unit.zh == f.unit.en else both(f.unit),
                f"{f.low}–{f.high}",
                f"`{f.fact}` ±{f.tolerance_bps // 100}%" if f.fact else "",
            )
            for f in instrument.figures
        ],
    )


def _contradictions(instrument: Instrument) -> Iterator[str]:
    if not instrument.contradictions:
        return
    yield "### 矛盾 Contradictions\n"
    yield from table(
        ("编号 id", "内容 text", "两项 items", "条件 when"),
        [
            (f"`{c.id}`", both(c.text), "、".join(f"`{i}`" for i in c.items), f"`{c.when}`")
            for c in instrument.contradictions
        ],
    )


def _gates(instrument: Instrument) -> Iterator[str]:
    if not instrument.gates:
        return
    yield "### 等级门槛 Gates\n"
    scale = 10**instrument.decimals
    yield from table(
        ("等级 level", "名称 name", "得分 score", "场景数 scenarios", "★"),
        [
            (
                gate.level,
                both(gate.name),
                _score(gate.score, scale),
                gate.scenarios or "",
                gate.binding or "",
            )
            for gate in instrument.gates
        ],
    )


def _score(score: int, scale: int) -> str:
    """A gate's score in points, such as 0.80."""
    places = len(str(scale)) - 1
    return f"{score // scale}.{score % scale:0{places}}" if places else str(score)


def _plans(policy: Policy) -> Iterator[str]:
    yield "# 方案、目标和资金 Plans, targets and funds\n"
    for plan in policy.plans:
        yield f"## `{plan.id}` {both(plan.name)}\n"
        yield f"{source(plan.source)}\n"
        yield from table(
            ("举措 measure", "名称 name", "内容 summary", "责任单位 units", "资金 money（分 fen）"),
            [
                (m.number, both(m.name), both(m.summary), "、".join(m.units),
                 "；".join(f"{both(money.text)} {money.amount_fen}" for money in m.money))
                for m in plan.measures
            ],
        )  # fmt: skip
    yield "## 目标 Targets\n"
    yield from table(
        ("目标 target", "方案 plan", "名称 name", "数量 amount", "期限 due", "指标", "依据 source"),
        [
            (f"`{t.id}`", t.plan, both(t.name), f"{t.amount} {t.unit.zh}", f"{t.start} — {t.due}",
             f"`{t.indicator}`", source(t.source))
            for t in policy.targets
        ],
    )  # fmt: skip
    yield "## 资金池 Funds\n"
    yield from table(
        ("资金池 fund", "事项 programme", "年度 year", "金额 pool（分 fen）", "依据 source"),
        [
            (f"`{f.id}` {both(f.name)}", f"`{f.programme}`", f.year, f.pool_fen, source(f.source))
            for f in policy.funds
        ],
    )


def _glossary(policy: Policy) -> Iterator[str]:
    yield "# 术语 Glossary\n"
    yield from table(
        ("id", "术语 term", "English", "释义 definition"),
        [
            (f"`{t.id}`", t.zh, t.en, both(t.definition))
            for t in sorted(policy.glossary.values(), key=lambda t: t.id)
        ],
    )


# ---------------------------------------------------------------- from code


def _our_apps() -> list[AppConfig]:
    """Our Django apps from the lowest floor up, as INSTALLED_APPS lists them."""
    return [config for config in apps.get_app_configs() if config.name.startswith("dengta.")]


def flows() -> dict[str, Flow]:
    """Every flow of the platform by its id."""
    found = (getattr(model, "flow", None) for model in apps.get_models())
    return {flow.id: flow for flow in found if isinstance(flow, Flow)}


def _flows() -> Iterator[str]:
    yield "# 状态流转 Flows\n"
    for flow in flows().values():
        yield f"## `{flow.id}` {both(flow.name)}\n"
        yield f"```mermaid\n{flow.mermaid()}```\n"
        yield from table(
            (
                "状态 state",
                "内部名称 name",
                "对外名称 public name",
                "经办 owner",
                "办理天数 days (practice.toml)",
            ),
            [
                (
                    f"`{s.id}`",
                    both(s.name),
                    both(s.public),
                    s.owner,
                    f"`{s.days}`" if s.days else "",
                )
                for s in flow.states
            ],
        )
        yield from table(
            ("步骤 step", "名称 name", "从 from", "到 to", "谁 who", "理由 reason"),
            [
                (f"`{s.id}`", both(s.name), "、".join(s.sources), s.target, "、".join(s.roles),
                 "必填 required" if s.reason else "")
                for s in flow.steps
            ],
        )  # fmt: skip


def _actions() -> Iterator[str]:
    yield "# 动作 Actions\n"
    yield "每一次写入都是其中之一。Every write is one of these.\n"
    for config in _our_apps():
        name = f"{config.name}.actions"
        if find_spec(name) is None:
            continue
        module = importlib.import_module(name)
        yield f"## {config.verbose_name} `{name}`\n"
        for function in _functions(module):
            yield f"- `{function.__name__}{_signature(function)}`  "
            yield f"  {cell(_first_line(function))}"
        yield ""


def _signature(function: Callable[..., object]) -> str:
    """Parameters and result as the source has them; annotations are text there, so no quotes."""
    signature = inspect.signature(function)
    words: list[str] = []
    for one in signature.parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in words:
            words.append("*")
        default = "" if one.default is one.empty else f" = {one.default!r}"
        words.append(f"{one.name}: {one.annotation}{default}")
    return f"({', '.join(words)}) -> {signature.return_annotation}"


def _functions(module: ModuleType) -> list[Callable[..., object]]:
    found = inspect.getmembers(module, inspect.isfunction)
    own = module.__name__
    return [
        f
        for name, f in found
        if not name.startswith("_") and (f.__module__ + ".").startswith(own + ".")
    ]


def _commands() -> Iterator[str]:
    yield "# 命令 Commands\n"
    yield "`.venv/bin/dengta COMMAND`，或 or `python -m dengta COMMAND`。\n"
    yield "通用选项 common options: `--lang zh|en`、`--policy DIR`。\n"
    for name in COMMANDS:
        module = importlib.import_module(f"dengta.cli.{name}")
        parser = argparse.ArgumentParser(prog=name, add_help=False)
        module.arguments(parser)
        yield f"## `dengta {module.NAME}`\n\n{module.HELP}\n\n{cell(_first_line(module))}\n"
        yield from table(
            ("参数 argument", "说明 help"),
            [
                (f"`{' '.join(action.option_strings) or action.metavar or action.dest}`",
                 action.help or "")
                for action in parser._actions
            ],
        )  # fmt: skip
        yield f"JSON: [`{name}.schema.json`](schemas/{name}.schema.json)\n"
    yield "## 平台命令 Platform commands\n"
    yield from table(
        ("命令 command", "说明 help"),
        [(f"`dengta {name}`", text) for name, text in PLATFORM.items()],
    )


def _models() -> Iterator[str]:
    yield "# 数据表 Models\n"
    for config in _our_apps():
        for model in config.get_models():
            yield f"## {model._meta.verbose_name} `{model._meta.label}`\n"
            yield f"{cell(_first_line(model))}\n"
            yield from table(
                ("字段 field", "术语 term", "类型 type", "约束 constraint"),
                [
                    (f"`{f.name}`", f.verbose_name, type(f).__name__, _constraint(f))
                    for f in model._meta.local_fields
                ],
            )
            names = [f"`{constraint.name}`" for constraint in model._meta.constraints]
            if names:
                yield f"约束 constraints: {'、'.join(names)}\n"


def _constraint(field: models.Field[object, object]) -> str:
    words = []
    if field.primary_key:
        words.append("主键 key")
    elif field.unique:
        words.append("唯一 unique")
    if field.remote_field is not None:
        target = field.remote_field.model
        words.append(f"→ `{target if isinstance(target, str) else target._meta.label}`")
    if field.null:
        words.append("可空 may be empty")
    return "，".join(words)
