"""验收: asked for by the firm, checked by the county, visited once for level, finances and effects,
published, accepted. No state without its evidence."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.assessment.models import Rating
from dengta.assessment.queries import answers_of_all, instrument_of
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.core.workdays import add_workdays
from dengta.projects.actions.filing import Incomplete
from dengta.projects.actions.holding import hold, only_firm, refuse_barred, tell
from dengta.projects.models import Acceptance, Project
from dengta.projects.queries.acceptance import (
    ask_until,
    due,
    gaps_of,
    ratings_for,
    with_city,
)
from dengta.projects.queries.flags import flags_of
from dengta.projects.queries.projects import rule_of
from dengta.trail.actions import Moved, StepRefused, advance, begin, roles_in
from dengta.trail.models import Event

LONGEST = 5000


@dataclass(frozen=True, slots=True)
class Visit:
    """What the visit found, all of it in one trip; money in 分. `effects` are the values found, by
    effect."""

    visit_date: dt.date
    visitors: Sequence[str]
    rating: int
    invoiced_fen: int
    paid_fen: int
    eligible_fen: int
    minutes: str
    real: bool = True
    effects: Mapping[str, int] = field(default_factory=dict)


# ---------------------------------------------------------------- asking


def ask(
    project: Project,
    actor: Actor,
    *,
    summary: str,
    effects: Mapping[str, int | None],
    key: str = "",
    at: dt.datetime | None = None,
) -> Acceptance:
    """Ask for acceptance of a finished project, within the window, with everything there; the same
    `key` twice is one request. What the checks see is kept as flags.

    Incomplete lists what is missing; StepRefused when the window is over, Moved otherwise.
    """
    now = at or timezone.now()
    only_firm(project, actor)
    name = f"acceptance/{project.pk}/{key or secrets.token_hex(12)}"[:80]
    if (same := Acceptance.objects.filter(key=name).first()) is not None:
        return same
    try:
        with transaction.atomic():
            hold(project, ("finished",))
            refuse_barred(project, now)
            _in_time(project, timezone.localdate(now))
            _complete(project, summary, effects)
            assert project.finished_date is not None
            made = Acceptance(
                project=project, finished_date=project.finished_date, summary=summary.strip(),
                effects=_claimed(project, effects), key=name, asked_at=now,
                flags=[one.as_json() for one in flags_of(project, timezone.localdate(now))],
            )  # fmt: skip
            event = begin(made, by=actor, at=now)
            advance(project, "ask", by=actor, at=now)
            tell(project, event, made)
    except IntegrityError:
        return Acceptance.objects.get(key=name)
    except StepRefused:
        project.refresh_from_db()
        if (same := Acceptance.objects.filter(key=name).first()) is not None:
            return same
        raise
    return made


def _in_time(project: Project, day: dt.date) -> None:
    until = ask_until(project)
    if until is None or day <= until:
        return
    months = rule_of(project).window_months
    raise StepRefused(
        Text(
            f"项目 {said_day(project.finished_date).zh} 完工，应在 {months} 个月内"
            f"（{said_day(until).zh} 前）申请验收，"
            "现已超过。完工日期有误的，请用“恢复实施”改正；"
            "确有特殊原因的，请联系所在区县经信部门。",
            f"Finished on {said_day(project.finished_date).en}, acceptance had to be asked"
            f" for by {said_day(until).en}."
            " Correct the date if it is wrong (resume, then finish), or ask your county office.",
        )
    )


def _complete(project: Project, summary: str, effects: Mapping[str, int | None]) -> None:
    gaps = gaps_of(project, effects)
    words = len(summary.strip())
    if not 20 <= words <= LONGEST:
        gaps.append(
            Text(
                f"改造总结（20 至 {LONGEST} 个字，现有 {words} 个）",
                f"a summary of 20 to {LONGEST} signs ({words} now)",
            )
        )
    if gaps:
        raise Incomplete(gaps)


def _claimed(project: Project, effects: Mapping[str, int | None]) -> dict[str, Any]:
    known = {one.id for one in rule_of(project).effects}
    if strange := effects.keys() - known:
        raise ValueError(f"not an effect of the rule: {sorted(strange)}")
    given = {name: value for name, value in effects.items() if value is not None}
    return {name: {"claimed": value, "found": None} for name, value in given.items()}


def ask_again(
    acceptance: Acceptance,
    actor: Actor,
    *,
    summary: str,
    effects: Mapping[str, int | None],
    at: dt.datetime | None = None,
) -> Event:
    """Send a request again after it was returned; the checks look anew."""
    now, project = at or timezone.now(), acceptance.project
    only_firm(project, actor)
    with transaction.atomic():
        hold(project, ("in_acceptance",))
        _complete(project, summary, effects)
        found = [one.as_json() for one in flags_of(project, timezone.localdate(now))]
        answers = {one["id"]: one["answer"] for one in acceptance.flags}
        for flag in found:
            flag["answer"] = answers.get(flag["id"], "")
        event = advance(
            acceptance, "ask", by=actor, at=now,
            evidence={
                "summary": summary.strip(), "effects": _claimed(project, effects), "flags": found
            },
        )  # fmt: skip
        tell(project, event, acceptance)
    return event


def rate(
    acceptance: Acceptance,
    actor: Actor,
    *,
    provider_stars: int,
    result_stars: int,
    remark: str = "",
) -> None:
    """The firm rates provider and result, 1 to 5, by itself and before the visit is recorded."""
    only_firm(acceptance.project, actor)
    for name, stars in (("服务商", provider_stars), ("成效", result_stars)):
        if not 1 <= stars <= 5:
            raise StepRefused(
                Text(f"对{name}的评分须为 1 至 5 分。", "Ratings are from 1 to 5. Choose one each.")
            )
    open_ones = Acceptance.objects.filter(
        pk=acceptance.pk, state__in=("county_check", "returned", "on_site")
    )
    if not open_ones.update(
        provider_stars=provider_stars, result_stars=result_stars, remark=remark.strip()[:1000]
    ):
        raise Moved(
            Text(
                f"{acceptance.number} 的现场结果已登记，评分不能再改。",
                f"The visit of {acceptance.number} is recorded; the rating is fixed.",
            )
        )
    acceptance.refresh_from_db()


def withdraw(
    acceptance: Acceptance, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """The firm takes its request back; the project goes on where the work can be mended."""
    only_firm(acceptance.project, actor)
    return _give_up(acceptance, "withdraw", actor, note or "企业撤回验收申请", at)


def fail(
    acceptance: Acceptance, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """Do not accept, with the reason; the project is to be mended and may ask again."""
    return _give_up(acceptance, "fail", actor, note, at)


def _give_up(
    acceptance: Acceptance, step: str, actor: Actor, note: str, at: dt.datetime | None
) -> Event:
    project = acceptance.project
    with transaction.atomic():
        hold(project, ("in_acceptance",))
        event = advance(acceptance, step, by=actor, note=note, at=at)
        advance(project, "mend", by=SYSTEM, note=note, at=event.at)
        tell(project, event, acceptance)
    return event


# ---------------------------------------------------------------- the county and the visit


def send_back(
    acceptance: Acceptance, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """Return a request to be mended."""
    with transaction.atomic():
        event = advance(acceptance, "return", by=actor, note=note, at=at)
        tell(acceptance.project, event, acceptance)
    return event


def pass_papers(
    acceptance: Acceptance,
    actor: Actor,
    *,
    answers: Mapping[str, str] | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """The papers are in order, and every flag is answered; the visit comes next.

    StepRefused with the flags that nobody answered: they do not decide, the official does.
    """
    given = {name: words.strip() for name, words in (answers or {}).items()}
    flags = [one | {"answer": given.get(one["id"]) or one["answer"]} for one in acceptance.flags]
    still = [one for one in flags if len(one["answer"]) < 2]
    if still:
        zh, en = "；".join(one["zh"] for one in still), "; ".join(one["en"] for one in still)
        raise StepRefused(
            Text(
                f"还有 {len(still)} 条核对提示没有答复：{zh}。请逐条写明核实结果，再办理。",
                f"{len(still)} flags are not answered: {en}. Write what you found of each.",
            )
        )
    with transaction.atomic():
        event = advance(
            acceptance, "pass", by=actor, note=note, at=at, evidence={"flags": flags},
            reasons={"flags": [[one["id"], one["answer"]] for one in flags]},
        )  # fmt: skip
        tell(acceptance.project, event, acceptance)
    return event


def record_visit(
    acceptance: Acceptance,
    actor: Actor,
    visit: Visit,
    *,
    note: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """Record the visit: level by the on-site rating of that day, finances, effects, all at once.

    StepRefused names what is missing or cannot be: the firm's rating, who was there, the city where
    the lot fell on it, an on-site rating of that day, sums that do not fit.
    """
    now, project = at or timezone.now(), acceptance.project
    day = timezone.localdate(now)
    with transaction.atomic():
        _lock(acceptance)
        _visited(acceptance, visit, day)
        if with_city(acceptance) and "city" not in roles_in(acceptance, actor):
            raise StepRefused(
                Text(
                    f"{acceptance.number} 抽中市级到场，请市州经信部门参加现场并登记结果。",
                    f"The lot fell on {acceptance.number}: the city takes part and records it.",
                )
            )
        rating = _rating(acceptance, visit)
        _sums(visit)
        event = advance(
            acceptance, "visit", by=actor, note=note, at=now,
            reasons={"rating": rating.pk, "level": rating.level, "fen": visit.eligible_fen},
            evidence={
                "visit_date": visit.visit_date, "visitors": _names(visit), "rating_id": rating.pk,
                "level": rating.level, "score_milli": rating.score_milli,
                "invoiced_fen": visit.invoiced_fen, "paid_fen": visit.paid_fen,
                "eligible_fen": visit.eligible_fen, "real": True,
                "minutes": visit.minutes.strip(), "effects": _found(acceptance, visit),
            },
        )  # fmt: skip
        tell(project, event, acceptance)
    return event


def _lock(acceptance: Acceptance) -> None:
    """Write to the row, which takes its lock, and read it anew."""
    Acceptance.objects.filter(pk=acceptance.pk).update(asked_at=models.F("asked_at"))
    acceptance.refresh_from_db()


def _names(visit: Visit) -> list[str]:
    return [name for one in visit.visitors if (name := " ".join(one.split())[:60])]


def _visited(acceptance: Acceptance, visit: Visit, day: dt.date) -> None:
    """StepRefused for the first thing that a visit cannot be recorded with."""
    least = rule_of(acceptance.project).least_visitors
    there, wrong = len(set(_names(visit))), None
    if not acceptance.provider_stars or not acceptance.result_stars:
        wrong = Text(
            "企业还没有对服务商和成效评分，请企业先评分，再登记现场结果",
            "the firm has not rated provider and result; ask it to, then record the visit",
        )
    elif not acceptance.finished_date <= visit.visit_date <= day:
        wrong = Text(
            f"现场日期 {said_day(visit.visit_date).zh} 须在完工日期"
            f" {said_day(acceptance.finished_date).zh} 之后、今天之前",
            f"the visit, {said_day(visit.visit_date).en}, has to lie between"
            f" {said_day(acceptance.finished_date).en} and"
            " today",
        )
    elif there < least:
        wrong = Text(
            f"现场人员 {there} 人，至少 {least} 人到场",
            f"{there} visitors; at least {least} go together",
        )
    elif not visit.real:
        wrong = Text(
            "内容不真实的不能登记为通过现场，请用“不予通过”并写明理由",
            "what is not real is not recorded as visited; fail it with the reason",
        )
    elif not 10 <= len(visit.minutes.strip()) <= LONGEST:
        wrong = Text(
            f"现场记录须写 10 至 {LONGEST} 个字：看了什么、听了谁、结论是什么",
            f"minutes of 10 to {LONGEST} signs: what was seen, who was heard, what was found",
        )
    if wrong is not None:
        raise StepRefused(Text(f"{wrong.zh}。", f"{wrong.en[0].upper()}{wrong.en[1:]}."))


def _rating(acceptance: Acceptance, visit: Visit) -> Rating:
    """The on-site rating that gives the level: of the same trip."""
    able = ratings_for(acceptance)
    found = next((one for one in able if one.pk == visit.rating), None)
    if found is None:
        raise StepRefused(
            Text(
                f"没有完工（{said_day(acceptance.finished_date).zh}）之后按现行版本提交的现场评定，"
                "等级无从确定。"
                "请先派评定人员到场评定并提交，再登记现场结果。",
                f"No on-site rating by the edition in force was submitted after the work was"
                f" finished ({said_day(acceptance.finished_date).en}). Have the level rated"
                " on the spot first.",
            )
        )
    if found.visit_date != visit.visit_date:
        raise StepRefused(
            Text(
                f"现场评定在 {said_day(found.visit_date).zh}，现场核验在"
                f" {said_day(visit.visit_date).zh}。"
                "等级、财务、成效三项在同一次到场取得，请核对日期。",
                f"The level was rated on {said_day(found.visit_date).en}, the visit was on"
                f" {said_day(visit.visit_date).en}."
                " All three results come from one trip; check the days.",
            )
        )
    return found


def _sums(visit: Visit) -> None:
    """StepRefused for sums that do not fit each other."""
    invoiced, paid, eligible = visit.invoiced_fen, visit.paid_fen, visit.eligible_fen
    if min(invoiced, paid, eligible) < 0 or max(paid, eligible) > invoiced:
        raise StepRefused(
            Text(
                f"企业实付 {yuan(paid)} 元、合规投入 {yuan(eligible)} 元都不能超过开票"
                f" {yuan(invoiced)} 元，也不能是负数。请对照发票和回单核对。",
                f"Neither what was paid ({yuan(paid)}) nor what counts ({yuan(eligible)}) can be"
                f" above what was invoiced ({yuan(invoiced)}). Check invoices and bank slips.",
            )
        )


def _found(acceptance: Acceptance, visit: Visit) -> dict[str, Any]:
    """What was claimed of each effect beside what was found."""
    asked = {one.id for one in rule_of(acceptance.project).effects}
    if strange := visit.effects.keys() - asked:
        raise ValueError(f"not an effect of the rule: {sorted(strange)}")
    gaps = [name for name in acceptance.effects if visit.effects.get(name) is None]
    if gaps:
        names = {one.id: one.text for one in rule_of(acceptance.project).effects}
        zh, en = "、".join(names[one].zh for one in gaps), ", ".join(names[one].en for one in gaps)
        raise StepRefused(Text(f"请填写核实的成效：{zh}。", f"Say what was found of: {en}."))
    return {
        name: {**acceptance.effects.get(name, {"claimed": None}), "found": value}
        for name, value in visit.effects.items()
    }


# ---------------------------------------------------------------- publicity and the end


def publish(acceptance: Acceptance, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Publish what was found, for the working days of the rule. StepRefused for a level below what
    the programme asks for."""
    now, project = at or timezone.now(), acceptance.project
    rule, day = rule_of(project), timezone.localdate(now)
    with transaction.atomic():
        _lock(acceptance)
        if (acceptance.level or 0) < rule.least_level:
            raise StepRefused(
                Text(
                    f"现场评定 {acceptance.level} 级，本事项要求至少 {rule.least_level} 级，"
                    "不能公示。请用“不予通过”并写明理由，企业整改后可以再次申请。",
                    f"Level {acceptance.level} was found and {rule.least_level} is asked for. Fail"
                    " it with the reason; the firm may mend and ask again.",
                )
            )
        event = advance(
            acceptance, "publish", by=actor, at=now,
            evidence={
                "publicity_from": day,
                "publicity_until": add_workdays(day, rule.publicity_workdays),
            },
        )  # fmt: skip
        tell(project, event, acceptance)
    return event


def accept(acceptance: Acceptance, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Accept after publicity: the project is accepted, with what it became. StepRefused before its
    last day is over, or while an objection is open or was upheld."""
    now, project = at or timezone.now(), acceptance.project
    day = timezone.localdate(now)
    with transaction.atomic():
        hold(project, ("in_acceptance",))
        _lock(acceptance)
        _undisputed(acceptance, day)
        event = advance(acceptance, "accept", by=actor, at=now, evidence={"accepted_at": now})
        advance(
            project, "accept", by=SYSTEM, at=now,
            evidence={"accepted_date": day, "after": became(acceptance)},
        )  # fmt: skip
        tell(project, event, acceptance)
    return event


def _undisputed(acceptance: Acceptance, day: dt.date) -> None:
    until = acceptance.publicity_until
    if acceptance.state != "publicity" or until is None:
        return  # the flow says what is wrong
    if day <= until:
        raise StepRefused(
            Text(
                f"公示到 {said_day(until).zh} 结束，{said_day(until).zh} 之后才能通过。",
                f"Publicity lasts until {said_day(until).en}; it can be accepted after that day.",
            )
        )
    held = acceptance.disputes.filter(state__in=("filed", "upheld")).first()
    if held is not None:
        what = held.flow.state(held.state).name
        raise StepRefused(
            Text(
                f"异议 {held.code} 的状态是“{what.zh}”。待核查的请先答复；成立的请用“不予通过”。",
                f"The objection {held.code} is “{what.en}”. Answer it first; if it is upheld, fail"
                " the acceptance.",
            )
        )


def became(acceptance: Acceptance) -> dict[str, Any]:
    """What the firm is after the project: level, scenarios, effects, money, time."""
    project = acceptance.project
    assert acceptance.rating_id is not None and project.finished_date is not None
    rating = Rating.objects.select_related("assessment").get(pk=acceptance.rating_id)
    given = {one.item: one.value for one in rating.answers.all()}
    if not given:
        own = answers_of_all([rating.assessment])[rating.assessment_id]
        given = {item: str(value) for item, value in own.items()}
    names = [scenario.id for scenario in instrument_of(rating.assessment).scenarios]
    scenarios = {name: int(given[name]) for name in names if given.get(name, "").isdecimal()}
    begun = project.start_date or project.contract_date or project.finished_date
    return {
        "assessment": rating.assessment_id,
        "rating": rating.pk,
        "instrument": rating.assessment.instrument,
        "level": acceptance.level,
        "score_milli": acceptance.score_milli,
        "on_site": True,
        "scenarios": scenarios,
        "effects": acceptance.effects,
        "invoiced_fen": acceptance.invoiced_fen,
        "paid_fen": acceptance.paid_fen,
        "eligible_fen": acceptance.eligible_fen,
        "provider_stars": acceptance.provider_stars,
        "result_stars": acceptance.result_stars,
        "days": (project.finished_date - begun).days,
        "late_days": max((project.finished_date - (project.due_date or begun)).days, 0),
    }


def accept_due(day: dt.date, *, at: dt.datetime | None = None) -> int:
    """Accept everything whose publicity is over without an open objection; how many. Idempotent."""
    done = 0
    for one in due(day):
        try:
            accept(one, SYSTEM, at=at)
        except StepRefused:
            continue
        done += 1
    return done
