"""备案: beginning a project from a chosen quote or by hand, keeping what is typed, filing it, and
what the office makes of it."""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.queries import answers_of, instrument_of, latest_of
from dengta.assessment.queries.counted import counted_of
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.matching.actions.choosing import conclude
from dengta.matching.models import Quote
from dengta.matching.queries.terms import own_sub_industry
from dengta.projects.actions.holding import hold, only_firm, refuse_barred, tell
from dengta.projects.models import DEAD_PROJECT, ContractLine, Milestone, Project
from dengta.projects.queries.admitted import cannot_deliver, cannot_supervise, delivering
from dengta.projects.queries.filing import missing
from dengta.projects.queries.projects import (
    WRITABLE,
    choosable,
    rule_for,
    rule_of,
    shared_price,
)
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.models import Organisation
from dengta.registry.queries import policy, related
from dengta.trail.actions import NotAllowed, StepRefused, advance, begin
from dengta.trail.models import Event

FIELDS = frozenset(
    {
        "title", "programme", "provider", "supervisor", "sub_industry", "goal_level",
        "discount_fen", "contract_number", "contract_date", "start_date", "due_date",
    }
)  # fmt: skip
"""What a firm writes of its project; the price is the sum of its lines."""
MOST_LINES, MOST_STEPS = 500, 50


@dataclass(frozen=True, slots=True)
class Line:
    """A contract line as typed; `price_fen` is the unit price in 分."""

    text: str
    cost_class: str
    price_fen: int
    quantity: int = 1
    unit: str = "项"
    standard_fen: int | None = None
    scenario: str = ""
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A milestone as planned."""

    title: str
    due_date: dt.date


class Incomplete(StepRefused):
    """What is missing before a project can be filed, all at once; `missing` lists it."""

    def __init__(self, missing: Sequence[Text]) -> None:
        self.missing = tuple(missing)
        zh, en = "；".join(one.zh for one in missing), "; ".join(one.en for one in missing)
        super().__init__(
            Text(
                f"还有 {len(missing)} 项没有备齐：{zh}。补齐后即可提交，已填的内容都在。",
                f"{len(missing)} things are missing: {en}. Add them and file; what is filled in"
                " is kept.",
            )
        )


# ---------------------------------------------------------------- beginning


def begin_project(
    actor: Actor,
    provider: Organisation,
    *,
    programme: str = "",
    title: str = "",
    key: str = "",
    at: dt.datetime | None = None,
) -> Project:
    """A new draft of the actor's firm with a provider, by hand; the same `key` twice is one draft.

    Without a programme it is the one that fits best. StepRefused for one without a rule, or for a
    provider that is none; Sanctioned with the reason.
    """
    now = at or timezone.now()
    return _begin(actor, provider, programme, now, {"title": title.strip()[:120]}, key)


def begin_from_quote(
    quote: Quote,
    actor: Actor,
    *,
    programme: str = "",
    key: str = "",
    at: dt.datetime | None = None,
) -> Project:
    """A draft with the lines, price and time of a chosen quote; asked for twice it is one draft.

    StepRefused when the quote is not chosen, NotAllowed for another firm's.
    """
    now = at or timezone.now()
    if actor.role != "enterprise" or quote.need.organisation_id != actor.organisation_id:
        raise NotAllowed(
            Text(
                f"报价 {quote.number} 是给别的企业的，不能由您备案。",
                f"The quote {quote.number} was made to another firm.",
            )
        )
    there = Project.objects.filter(quote=quote).exclude(state__in=DEAD_PROJECT).first()
    if there is not None:
        return there
    if quote.state != "chosen":
        raise StepRefused(
            Text(
                f"报价 {quote.number} 现在是“{quote.flow.state(quote.state).public.zh}”，"
                "只有选定的报价可以备案。请先在“需求”中选定。",
                f"The quote {quote.number} is “{quote.flow.state(quote.state).public.en}”; only a"
                " chosen one can be filed. Choose it first.",
            )
        )
    lines = list(quote.lines.order_by("ordinal"))
    day = timezone.localdate(now)
    fields: dict[str, Any] = {
        "title": quote.need.title,
        "quote": quote,
        "sub_industry": quote.need.sub_industry,
        "goal_level": max((line.level for line in lines if line.level), default=None),
        "due_date": day + dt.timedelta(days=quote.days),
    }
    with transaction.atomic():
        made = _begin(actor, quote.provider, programme, now, fields, key or f"quote-{quote.pk}")
        if not made.lines.exists():
            copied = [
                Line(
                    line.text, line.cost_class, line.price_fen, line.quantity, line.unit,
                    line.standard_fen, line.scenario, line.level,
                )
                for line in lines
            ]  # fmt: skip
            write_lines(made, copied)
            _recalculate(made, now, quote.discount_fen)
    return made


def _begin(
    actor: Actor, provider: Organisation, programme: str, now: dt.datetime,
    fields: Mapping[str, Any], key: str,
) -> Project:  # fmt: skip
    day = timezone.localdate(now)
    if actor.role != "enterprise":
        raise NotAllowed(
            Text(
                "改造项目由企业备案，您的岗位不能办理。",
                "Projects are filed by firms; your post cannot.",
            )
        )
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    refuse_sanctioned(organisation, day)
    _fit_provider(provider, day)
    _deliverer(provider, day)
    fitting = choosable(organisation, day)
    chosen = programme or (fitting[0].programme if fitting else "")
    trade = fields.get("sub_industry") or own_sub_industry(organisation)
    rule = rule_for(chosen, day)
    name = f"project/{organisation.pk}/{key or secrets.token_hex(12)}"[:80]
    project = Project(
        organisation=organisation, provider=provider, programme=rule.programme, scheme=rule.scheme,
        region_code=organisation.region_code, key=name, created_at=now,
        **(dict(fields) | {"sub_industry": trade}),
    )  # fmt: skip
    try:
        with transaction.atomic():
            begin(project, by=actor, at=now)
    except IntegrityError:
        there = Project.objects.filter(key=name).first()
        if there is None:
            raise
        return there
    return project


def _fit_provider(provider: Organisation, day: dt.date) -> None:
    if provider.kind != Organisation.Kind.PROVIDER:
        raise StepRefused(
            Text(
                f"{provider.name}不是在平台注册的服务商，请选择服务商，或请对方先注册。",
                f"{provider.name} is not registered as a provider. Choose one that is.",
            )
        )
    refuse_sanctioned(provider, day)


def _deliverer(provider: Organisation, day: dt.date) -> None:
    """StepRefused for a provider that was never admitted to deliver; filing asks for the role on
    the day of the contract."""
    ever = provider.roles.filter(role__in=delivering(day), from_date__lte=day)
    if not ever.exists() and (why := cannot_deliver(provider, day, None)):
        raise StepRefused(why)


# ---------------------------------------------------------------- filling in


def save(
    project: Project,
    actor: Actor,
    fields: Mapping[str, object],
    *,
    lines: Sequence[Line] | None = None,
    milestones: Sequence[Planned] | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Keep what has been typed so far; `lines` and `milestones`, where given, replace those there
    are. The public part is estimated anew.

    Moved once it is filed; StepRefused for what cannot be; ValueError for another field.
    """
    now = at or timezone.now()
    only_firm(project, actor)
    if strange := fields.keys() - FIELDS:
        raise ValueError(f"not a field of a project: {sorted(strange)}")
    values = _values(project, fields, timezone.localdate(now))
    discount = values.pop("discount_fen", None)
    try:
        with transaction.atomic():
            hold(project, WRITABLE)
            if values:
                Project.objects.filter(pk=project.pk).update(**values)
                project.refresh_from_db()
            if lines is not None:
                write_lines(project, lines)
            if milestones is not None:
                _write_milestones(project, milestones, actor, now)
            independent(project)
            _recalculate(project, now, discount)
    except IntegrityError as twice:
        project.refresh_from_db()
        raise StepRefused(_filed_before(project, str(values.get("contract_number")))) from twice
    except StepRefused:
        project.refresh_from_db()
        raise


def _values(project: Project, fields: Mapping[str, object], day: dt.date) -> dict[str, Any]:
    """The fields as they are kept. StepRefused for a programme without a rule, or a provider that
    may not."""
    values = dict(fields)
    if "contract_number" in values:
        values["contract_number"] = plain_number(str(values["contract_number"] or ""))
    if "programme" in values:
        rule = rule_for(str(values["programme"]), day)
        values["scheme"] = rule.scheme
    for name in ("provider", "supervisor"):
        party = values.get(name)
        if isinstance(party, Organisation) and party.pk != getattr(project, f"{name}_id"):
            _fit_provider(party, day)
            if name == "provider":
                _deliverer(party, day)
            elif why := cannot_supervise(party, day):
                raise StepRefused(why)
    return values


def plain_number(number: str) -> str:
    """A contract's number as it is compared: full-width signs narrowed, capitals, no blanks."""
    return "".join(unicodedata.normalize("NFKC", number).upper().split())[:60]


def _filed_before(project: Project, number: str) -> Text:
    other = (
        Project.objects.filter(organisation=project.organisation_id, contract_number=number)
        .exclude(pk=project.pk)
        .exclude(state__in=DEAD_PROJECT)
        .first()
    )
    there = other.number if other else ""
    return Text(
        f"合同编号 {number} 已在项目 {there} 中，同一合同只能备案一次。请核对编号，"
        "或到该项目继续办理。",
        f"The contract {number} stands in the project {there} already; a contract is filed once."
        " Check the number, or go on with that project.",
    )


def write_lines(project: Project, lines: Sequence[Line]) -> list[ContractLine]:
    """Put these lines in the place of those there are, each checked. The caller holds the
    project."""
    if len(lines) > MOST_LINES:
        raise StepRefused(
            Text(f"合同明细最多 {MOST_LINES} 行。", f"A contract has at most {MOST_LINES} lines.")
        )
    for ordinal, line in enumerate(lines, start=1):
        _check_line(line, ordinal)
    project.lines.all().delete()
    return ContractLine.objects.bulk_create(
        ContractLine(
            project=project, ordinal=ordinal, text=line.text.strip(), cost_class=line.cost_class,
            unit=line.unit.strip() or "项", quantity=line.quantity, price_fen=line.price_fen,
            standard_fen=line.standard_fen, scenario=line.scenario, level=line.level,
        )
        for ordinal, line in enumerate(lines, start=1)
    )  # fmt: skip


def _check_line(line: Line, ordinal: int) -> None:
    wrong: Text | None = None
    if not line.text.strip() or len(line.text) > 200:
        wrong = Text("服务内容须有 1 至 200 个字", "say in 1 to 200 signs what is delivered")
    elif not 0 < line.quantity <= 1_000_000:
        wrong = Text(f"数量 {line.quantity} 须大于 0", f"the quantity, {line.quantity}, is wrong")
    elif not 0 <= line.price_fen <= 10**12:
        price = yuan(line.price_fen)
        wrong = Text(f"单价 {price} 元不对，请核对", f"check the unit price, {price} yuan")
    if wrong is not None:
        raise StepRefused(
            Text(f"合同明细第 {ordinal} 行：{wrong.zh}。", f"Contract line {ordinal}: {wrong.en}.")
        )


def _write_milestones(
    project: Project, planned: Sequence[Planned], actor: Actor, now: dt.datetime
) -> None:
    if len(planned) > MOST_STEPS:
        raise StepRefused(
            Text(f"里程碑最多 {MOST_STEPS} 个。", f"At most {MOST_STEPS} milestones.")
        )
    project.milestones.filter(state="planned").delete()
    for ordinal, each in enumerate(planned, start=1):
        title = each.title.strip()
        if not title:
            raise StepRefused(
                Text(f"第 {ordinal} 个里程碑没有名称。", f"Milestone {ordinal} has no name.")
            )
        made = Milestone(
            project=project, ordinal=ordinal, title=title[:120], due_date=each.due_date
        )
        begin(made, by=actor, at=now)


def independent(project: Project) -> None:
    """StepRefused when the supervisor is, or is related to, whoever it supervises."""
    supervisor = project.supervisor
    if supervisor is None:
        return
    delivering = [project.provider, *(
        party.organisation
        for party in project.parties.exclude(role="supervisor").select_related("organisation")
    )]  # fmt: skip
    for other in (project.organisation, *delivering):
        tie = related(supervisor, other)
        if supervisor.pk == other.pk:
            tie = Text("同一单位", "the same organisation")
        if tie is not None:
            raise StepRefused(
                Text(
                    f"监理单位{supervisor.name}与{other.name}：{tie.zh}。监理须独立，请另选一家。",
                    f"The supervisor {supervisor.name} and {other.name}: {tie.en}. A supervisor has"
                    " to be independent; choose another.",
                )
            )


def _recalculate(project: Project, now: dt.datetime, discount_fen: int | None = None) -> None:
    """Price and estimate as the lines say, with a new discount where one is given. The caller holds
    the project. StepRefused for a discount above the price."""
    lines = list(project.lines.order_by("ordinal"))
    if discount_fen is not None:
        project.discount_fen = discount_fen
    price = sum(line.amount_fen for line in lines)
    if not 0 <= project.discount_fen <= price:
        raise StepRefused(
            Text(
                f"服务商让利 {yuan(project.discount_fen)} 元须在 0 至合同总价 {yuan(price)} 元"
                "之间。请先填写合同明细，再核对让利。",
                f"The discount, {yuan(project.discount_fen)} yuan, has to lie between 0 and the"
                f" price, {yuan(price)}. Fill in the lines first.",
            )
        )
    parts = shared_price(project, lines, timezone.localdate(now))
    Project.objects.filter(pk=project.pk).update(
        list_fen=parts.list_fen, discount_fen=parts.provider_fen, public_fen=parts.public_fen
    )
    project.refresh_from_db()


# ---------------------------------------------------------------- filing


def file(project: Project, actor: Actor, *, agreed_by: str, at: dt.datetime | None = None) -> Event:
    """File a project: complete, the standard terms agreed to, nobody under sanction, the contract
    filed once. Filed already, it is the event of that time.

    Incomplete lists what is missing; StepRefused or Moved otherwise, and nothing was written.
    """
    now = at or timezone.now()
    only_firm(project, actor)
    name = agreed_by.strip()
    try:
        with transaction.atomic():
            if (done := _filed_already(project)) is not None:
                return done
            hold(project, WRITABLE)
            refuse_barred(project, now)
            independent(project)
            _recalculate(project, now)
            rule = rule_of(project, timezone.localdate(now))
            gaps = missing(project, timezone.localdate(now))
            if not 1 <= len(name) <= 60 or not name.isprintable():
                gaps.append(Text("承诺人姓名", "the name of whoever agrees to the terms"))
            if gaps:
                raise Incomplete(gaps)
            event = advance(
                project, "file", by=actor, at=now,
                reasons={"policy_digest": policy().digest, "rule": rule.id},
                evidence={
                    "filed_at": now, "agreed_at": now, "agreed_by": name,
                    "policy_digest": policy().digest, "before": standing(project, now),
                    "terms": [
                        {"id": term.id, "kind": term.kind, **term.text._asdict()}
                        for term in rule.terms
                    ],
                },
            )  # fmt: skip
            if project.quote is not None:
                conclude(project.quote, note=f"已备案为项目 {project.number}", at=now)
            tell(project, event)
    except StepRefused:
        project.refresh_from_db()
        raise
    return event


def _filed_already(project: Project) -> Event | None:
    """The event of filing, when the project stands filed; read under no lock, so that the swap
    still decides."""
    state = Project.objects.values_list("state", flat=True).get(pk=project.pk)
    if state != "county_check":
        return None
    found = Event.objects.filter(flow="project", thing_id=project.pk, step="file")
    project.refresh_from_db()
    return found.order_by("-id").first()


def standing(project: Project, now: dt.datetime) -> dict[str, Any]:
    """What the firm is now: the assessment that counts, else its own latest one; its level and its
    scenarios."""
    day = timezone.localdate(now)
    counts = counted_of(project.organisation_id, day)
    found = counts or latest_of(project.organisation_id)
    if found is None:
        return {"assessment": None, "level": None, "score_milli": None, "scenarios": {}}
    given = answers_of(found)
    names = [scenario.id for scenario in instrument_of(found).scenarios]
    return {
        "assessment": found.pk,
        "instrument": found.instrument,
        "level": counts.counted_level if counts else found.level,
        "score_milli": counts.counted_score_milli if counts else found.score_milli,
        "on_site": bool(counts and counts.counted_on_site),
        "scenarios": {name: given.get(name) for name in names if isinstance(given.get(name), int)},
        "day": day.isoformat(),
    }


def withdraw(
    project: Project, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """Take a filing back; its contract and its quote can be filed anew."""
    only_firm(project, actor)
    return _end(project, "withdraw", actor, note, at)


def reject(project: Project, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Refuse a filing with the reason; its contract and its quote can be filed anew."""
    return _end(project, "reject", actor, note, at)


def _end(project: Project, step: str, actor: Actor, note: str, at: dt.datetime | None) -> Event:
    with transaction.atomic():
        event = advance(
            project, step, by=actor, note=note, at=at, reasons={"quote": project.quote_id},
            evidence={"quote": None},
        )  # fmt: skip
        tell(project, event)
    return event


def send_back(project: Project, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Return a filing to be mended; everything stays as it was filled in."""
    with transaction.atomic():
        event = advance(project, "return", by=actor, note=note, at=at)
        tell(project, event)
    return event


def start(
    project: Project, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """Agree to a filing: the work is under way. Sanctioned when firm or provider may not."""
    now = at or timezone.now()
    with transaction.atomic():
        hold(project, ("county_check",))
        refuse_barred(project, now)
        begun = project.start_date or timezone.localdate(now)
        event = advance(
            project, "start", by=actor, note=note, at=now, evidence={"start_date": begun}
        )
        tell(project, event)
    return event
