"""What must hold of selections: steps, form, rubric, panel, and limits against each other."""

from __future__ import annotations

from itertools import pairwise

from dengta.core.drafts import Draft, Row
from dengta.core.formats_selections import PUBLICITY_LEAST
from dengta.core.proof import known, overlapping, uncovered, unique
from dengta.core.proof_forms import ids
from dengta.core.proof_forms import references as form
from dengta.core.proof_programmes import PROGRAMME, Known
from dengta.core.reading import Table
from dengta.core.selection import STEPS, Floor, Quota, Selection
from dengta.core.shapes import Period, Text

INSTANT = ("formal_check", "publicity")
LEAST_PANEL, LEAST_SHEETS, LEAST_ANCHORS = 3, 3, 3


def references(draft: Draft) -> None:
    """All checks of this module."""
    facts = {r.record.id: r.record if r.table.sound else None for r in draft.facts}
    unique(((r.table, r.record.id) for r in draft.selections), Text("文件", "edition"))
    _editions(draft)
    for row in draft.selections:
        _programmes(row, draft)
        _steps(row)
        _days(row, draft)
        form(row, None if "facts.toml" in draft.lost else facts)
        unique(ids(row, "slot", row.record.slots), Text("附件项", "attachment slot"))
        _instant(row)
        _rubric(row)
        _panel(row)
        _title(row, facts)
        _quotas(row, draft)
        _floors(row, draft)


# ---------------------------------------------------------------- programme, steps, days


def _editions(draft: Draft) -> None:
    """On any day a programme has one selection, so that no round has to guess."""
    families: dict[str, list[tuple[Row[Selection], Period]]] = {}
    for row in draft.selections:
        families.setdefault(row.record.programme, []).append((row, row.record.in_force))
    for family in families.values():
        for one, other in overlapping(family):
            other.table.fault(
                "in_force",
                Text(
                    f"{other.record.id} 与 {one.record.id} 的有效期重叠，"
                    f"两者都遴选 {one.record.programme}",
                    f"{other.record.id} and {one.record.id} are in force together, both for "
                    f"{one.record.programme}",
                ),
                Text(
                    "请写明前一版的 until 和后一版的 from",
                    "give the earlier an until, the later a from",
                ),
            )


def _programmes(row: Row[Selection], draft: Draft) -> None:
    """The programme is there all the while, and so are those that exclude it."""
    table, selection = row.table, row.record
    numbers = {measure.number for plan in draft.plans for measure in plan.record.measures}
    if selection.measure and selection.measure not in numbers and "plans" not in draft.lost:
        table.fault(
            "measure",
            Text(
                f"没有编号为 {selection.measure} 的举措", f"there is no measure {selection.measure}"
            ),
            Text("请核对 plans/ 中的 number", "check number in plans/"),
        )
    if "programmes" in draft.lost:
        return
    periods: dict[str, list[Period]] = {}
    for each in draft.programmes:
        periods.setdefault(each.record.id, []).append(each.record.in_force)
    names = sorted(periods)
    if known(table, "programme", selection.programme, names, PROGRAMME) and table.sound:
        day = uncovered(selection.in_force, periods.get(selection.programme, []))
        if day is not None:
            table.fault(
                "in_force" if "in_force" in table else "programme",
                Text(
                    f"{selection.programme} 在 {day} 没有生效的版本",
                    f"no edition of {selection.programme} is in force on {day}",
                ),
                Text(
                    "请使 in_force 落在遴选事项的有效期内",
                    "let in_force lie within that of the programme",
                ),
            )
    for each in draft.programmes:
        programme = each.record
        if programme.id == selection.programme and programme.applicant != selection.applicant:
            table.fault(
                "applicant",
                Text(
                    f"申报主体是 {selection.applicant}，{programme.edition} 里是 "
                    f"{programme.applicant}",
                    f"the applicant is {selection.applicant}, in {programme.edition} "
                    f"{programme.applicant}",
                ),
                Text("请使两处的 applicant 一致", "let both say the same applicant"),
            )
    for at, name in enumerate(selection.excludes):
        if name == selection.programme:
            table.fault(
                ("excludes", at),
                Text(f"{name} 不能与自己互斥", f"{name} cannot exclude itself"),
                Text("重复申报请用 once", "use once against applying again"),
            )
        else:
            known(table, ("excludes", at), name, names, PROGRAMME)


def _steps(row: Row[Selection]) -> None:
    """Each step once, in the order of a round, with formal check and publicity among them."""
    table, steps = row.table, row.record.steps
    if not table.sound:
        return
    for step, why in (
        ("formal_check", Text("形式审查", "the formal check")),
        ("publicity", Text("公示", "publicity")),
    ):
        if step not in steps:
            table.fault(
                "steps",
                Text(f"不能没有{why.zh}（{step}）", f"{why.en} ({step}) cannot be left out"),
                Text(f'请在 steps 里补上 "{step}"', f'add "{step}" to steps'),
            )
    order = [STEPS.index(step) for step in steps]
    for at, (one, other) in enumerate(pairwise(order), 1):
        if one >= other:
            table.fault(
                ("steps", at),
                Text(
                    f"{STEPS[other]} 重复或次序不对", f"{STEPS[other]} comes twice or out of order"
                ),
                Text(f"请按此次序各写一次：{'、'.join(STEPS)}", f"in order: {', '.join(STEPS)}"),
            )
            break


def _days(row: Row[Selection], draft: Draft) -> None:
    """Each step has its clock; publicity lasts as long as practice asks at the least."""
    table, selection = row.table, row.record
    days = table.table("days")
    timed = [step for step in selection.steps if step != "publicity"]
    for key in selection.days:
        if days is None:
            break
        if key == "publicity":
            days.fault(
                key,
                Text("公示天数不写在这里", "the days of publicity do not belong here"),
                Text("请写 publicity_workdays", "write publicity_workdays"),
            )
        else:
            known(days, key, key, timed, Text("环节", "step"))
    absent = [step for step in timed if step not in selection.days]
    if absent and table.sound and (days is None or days.sound):
        (days or table).fault(
            () if days is not None else "steps",
            Text(f"{absent[0]} 没有办理期限", f"{absent[0]} has no days"),
            Text(f"请在 [days] 里补一行 {absent[0]} = 10", f"add {absent[0]} = 10 to [days]"),
        )
    least = max(
        (
            each.record.amount
            for each in draft.practice
            if each.record.id == PUBLICITY_LEAST and isinstance(each.record.amount, int)
        ),
        default=1,
    )
    if selection.publicity_workdays < least:
        table.fault(
            "publicity_workdays",
            Text(
                f"公示 {selection.publicity_workdays} 个工作日，少于 {least} 个",
                f"publicity of {selection.publicity_workdays} working days is less than {least}",
            ),
            Text(
                f"请写 {least} 或更多，或改 practice.toml 的 {PUBLICITY_LEAST}",
                f"write {least} or more, or change {PUBLICITY_LEAST} in practice.toml",
            ),
        )


def _instant(row: Row[Selection]) -> None:
    """免申即享: nothing is filled in, so nothing may ask for more than the platform knows."""
    table, selection = row.table, row.record
    if not selection.instant or not table.sound:
        return
    if selection.steps != INSTANT:
        table.fault(
            "steps",
            Text("免申即享只有形式审查和公示", "an instant selection has two steps only"),
            Text(f"请写 steps = {list(INSTANT)}", f"write steps = {list(INSTANT)}"),
        )
    own = next((at for at, each in enumerate(selection.fields) if not each.fact), None)
    for key, at in (
        ("field", own),
        ("slot", 0 if selection.slots else None),
        ("criterion", 0 if selection.criteria else None),
    ):
        if at is not None:
            table.rows(key)[at].fault(
                (),
                Text("免申即享不填表、不交附件、不打分", "an instant selection asks for nothing"),
                Text(
                    "请删去，字段只留词汇表里的事实（fact）",
                    "remove it; fields may only be facts of the vocabulary",
                ),
            )


def _title(row: Row[Selection], facts: Known) -> None:
    """A title that is granted is one of the vocabulary's."""
    titles = facts.get("titles")
    if row.record.title and titles is not None:
        known(row.table, "title", row.record.title, titles.values, Text("称号", "title"))


# ---------------------------------------------------------------- rubric and panel


def _rubric(row: Row[Selection]) -> None:
    """Weights make 100, anchors rise, and ties are ordered 1, 2, 3."""
    table, selection = row.table, row.record
    tables = table.rows("criterion")
    unique(ids(row, "criterion", selection.criteria), Text("评分项", "criterion"))
    if "panel" not in selection.steps:
        if tables:
            tables[0].fault(
                (),
                Text("没有专家评审却有评分项", "there is a rubric and no panel"),
                Text(
                    '请在 steps 里补上 "panel"，或删去评分项', 'add "panel" to steps, or remove it'
                ),
            )
        return
    if not tables:
        table.missing("[[criterion]]", "[[criterion]]")
        return
    for each, criterion in zip(tables, selection.criteria, strict=True):
        scores = [anchor.score for anchor in criterion.anchors]
        if len(scores) < LEAST_ANCHORS and each.sound:
            each.fault(
                (),
                Text(
                    f"{criterion.id} 只有 {len(scores)} 档分值说明",
                    f"{criterion.id} has {len(scores)} anchors",
                ),
                Text(f"请写至少 {LEAST_ANCHORS} 档", f"write at least {LEAST_ANCHORS}"),
            )
        for at, (one, other) in enumerate(pairwise(scores), 1):
            if one >= other:
                each.rows("anchors")[at].fault(
                    "score",
                    Text(
                        f"{criterion.id} 的分值 {other} 不高于前一档 {one}",
                        f"{criterion.id}: {other} is not above the one before, {one}",
                    ),
                    Text("请从低到高，各写一次", "from low to high, each once"),
                )
    if all(each.sound for each in tables):
        _sums(table, tables, selection)


def _sums(table: Table, tables: list[Table], selection: Selection) -> None:
    """The weights of a rubric that is sound so far, and the order of its ties."""
    total = sum(criterion.weight for criterion in selection.criteria)
    if total != 100:
        table.fault(
            ("criterion", len(tables) - 1, "weight"),
            Text(f"权重合计 {total}，应为 100", f"the weights make {total}, not 100"),
            Text("请调整各项 weight", "adjust the weights"),
        )
    ties = sorted(
        (criterion.tie, at) for at, criterion in enumerate(selection.criteria) if criterion.tie
    )
    for wanted, (tie, at) in enumerate(ties, 1):
        if tie != wanted:
            tables[at].fault(
                "tie",
                Text(f"同分次序应为 {wanted}，现为 {tie}", f"tie should be {wanted}, not {tie}"),
                Text("请从 1 起依次编号，各写一次", "number them from 1, each once"),
            )
            break


def _panel(row: Row[Selection]) -> None:
    """An odd panel of three or more, of which enough sheets count."""
    table, rule = row.table.table("panel"), row.record.panel
    if table is None or not table.sound:
        return
    if "panel" not in row.record.steps:
        table.fault(
            (),
            Text("没有专家评审却有 [panel]", "there is a [panel] and no such step"),
            Text('请在 steps 里补上 "panel"，或删去', 'add "panel" to steps, or remove it'),
        )
    elif rule.size < LEAST_PANEL or rule.size % 2 == 0:
        table.fault(
            "size",
            Text(f"评审组 {rule.size} 人", f"a panel of {rule.size}"),
            Text("请写 3 以上的单数，一般为 5", "write an odd number from 3 on, usually 5"),
        )
    elif rule.drop_extremes and rule.size - 2 < LEAST_SHEETS:
        table.fault(
            "drop_extremes" if "drop_extremes" in table else "size",
            Text(
                f"{rule.size} 人去掉最高最低后只剩 {rule.size - 2} 份",
                f"of {rule.size} sheets only {rule.size - 2} would count",
            ),
            Text(
                "请写 drop_extremes = false，或 size = 5",
                "write drop_extremes = false, or size = 5",
            ),
        )


# ---------------------------------------------------------------- quotas and floors


def _values_of(by: str, selection: Selection, draft: Draft) -> list[str] | None:
    """What a table by city or industry may name; None when that cannot be known."""
    if by == "city":
        if "regions.toml" in draft.lost:
            return None
        return [r.record.code for r in draft.regions if r.record.level == "city"]
    if selection.sector:
        field = next((each for each in selection.fields if each.id == selection.sector), None)
        return None if field is None else list(field.values)
    if "industries.toml" in draft.lost:
        return None
    return [r.record.code for r in draft.divisions]


def _kind(by: str) -> Text:
    return Text("市州", "city") if by == "city" else Text("行业", "industry")


def _quotas(row: Row[Selection], draft: Draft) -> None:
    """Each limit once, by values that exist, at a step that the selection has."""
    selection = row.record
    tables = row.table.rows("quota")
    pairs = [(quota.by, quota.at) for quota in selection.quotas]
    unique(zip(tables, pairs, strict=True), Text("名额", "quota"), "by")
    for table, quota in zip(tables, selection.quotas, strict=True):
        if quota.at == "recommend" and "city_recommend" not in selection.steps and table.sound:
            table.fault(
                "at",
                Text("没有市州推荐环节，名额无处生效", "no city recommends, so it never counts"),
                Text(
                    'steps 里补上 "city_recommend"，或写 at = "award"',
                    'add "city_recommend" to steps, or write at = "award"',
                ),
            )
        inner = table.table("table")
        if inner is None:
            continue
        if quota.by in ("round", "applicant"):
            table.fault(
                "table",
                Text(f"按 {quota.by} 的名额没有分表", f"a quota by {quota.by} takes no table"),
                Text("请删去 table", "remove table"),
            )
            continue
        names = _values_of(quota.by, selection, draft)
        for value in quota.table if names is not None else ():
            known(inner, value, value, names or (), _kind(quota.by))
    _yearly(row, draft)


def _yearly(row: Row[Selection], draft: Draft) -> None:
    """A round selects no more than its programme has places in a year."""
    for table, quota in zip(row.table.rows("quota"), row.record.quotas, strict=True):
        if quota.by != "round" or quota.at != "award":
            continue
        for each in draft.programmes:
            most = each.record.quota_per_year
            if each.record.id == row.record.programme and most is not None and quota.limit > most:
                table.fault(
                    "limit",
                    Text(
                        f"一批 {quota.limit} 个，多于遴选事项的每年 {most} 个",
                        f"{quota.limit} a round is more than the programme's {most} a year",
                    ),
                    Text("请核对 quota_per_year", "check quota_per_year"),
                )


def _floors(row: Row[Selection], draft: Draft) -> None:
    """Values that exist, each once, and no floor above what the quotas leave."""
    selection = row.record
    tables = row.table.rows("floor")
    awards = {quota.by: quota for quota in selection.quotas if quota.at == "award"}
    asked: dict[str, int] = {}
    for table, floor in zip(tables, selection.floors, strict=True):
        names = _values_of(floor.by, selection, draft)
        seen: set[str] = set()
        for at, value in enumerate(floor.values):
            if names is not None:
                known(table, ("values", at), value, names, _kind(floor.by))
            if value in seen:
                table.fault(
                    ("values", at),
                    Text(f"{value} 写了两次", f"{value} is written twice"),
                    Text("请删去其中一处", "remove one of them"),
                )
            seen.add(value)
        if not table.sound:
            continue
        asked[floor.by] = asked.get(floor.by, 0) + _least(floor)
        _below(table, floor, awards.get(floor.by))
    whole = awards.get("round")
    for by, least in asked.items():
        if whole is not None and least > whole.limit and all(each.sound for each in tables):
            last = [each for each, f in zip(tables, selection.floors, strict=True) if f.by == by][
                -1
            ]
            last.fault(
                "least",
                Text(
                    f"保底合计 {least} 个，多于名额 {whole.limit} 个",
                    f"the floors make {least}, more than the {whole.limit} places",
                ),
                Text("请降低 least，或提高名额", "lower least, or raise the quota"),
            )


def _least(floor: Floor) -> int:
    """How many places a floor asks for in all."""
    return floor.least if floor.together else floor.least * len(floor.values)


def _below(table: Table, floor: Floor, quota: Quota | None) -> None:
    """A floor against the quota of the same kind."""
    if quota is None:
        return
    limits = [quota.of(value) for value in floor.values]
    most = sum(limits) if floor.together else min(limits, default=floor.least)
    if floor.least > most:
        table.fault(
            "least",
            Text(
                f"保底 {floor.least} 个，名额最多 {most} 个",
                f"{floor.least} is above the {most} allowed",
            ),
            Text("请降低 least，或提高名额", "lower least, or raise the quota"),
        )
