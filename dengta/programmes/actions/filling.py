"""Writes of filling in: starting an application, keeping what is typed, papers.

Several people of one applicant work on it at once: fields are merged, and what two typed into one
field is shown to the second.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions.evidence import drop
from dengta.core.filling import EntryError, json_entry, read_entry
from dengta.core.selection import FormField, Selection, Slot
from dengta.core.shapes import FactValue, Text
from dengta.core.wording import said_moment
from dengta.programmes.actions.moving import only_applicant
from dengta.programmes.models import Application, Attachment, Entry, Round
from dengta.programmes.queries import takes_applications
from dengta.programmes.queries.forms import HELD, is_open, known_of, value_of
from dengta.programmes.states import LIVE_STATES, MENDING_STATES
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.queries import organisation_of, policy
from dengta.trail.actions import FileRefused, Moved, NotAllowed, StepRefused, begin, keep_document

WRITABLE = ("draft", *MENDING_STATES)
KINDS: Mapping[str, Text] = {
    "enterprise": Text("企业", "enterprises"),
    "provider": Text("数字化服务商", "providers"),
    "city": Text("市州经信部门", "offices of cities"),
    "county": Text("区县经信部门", "offices of counties"),
}


def start(
    round: Round, actor: Actor, *, key: str, title: str = "", at: dt.datetime | None = None
) -> Application:
    """Begin an application in a round; the same `key` again is the same application.

    Nothing is copied: until it is handed in, what is not typed is what 一企一档 says. NotAllowed
    for applicants of another kind; StepRefused when the round takes none now, the applicant has as
    many as are allowed, or one of this title.
    """
    now = at or timezone.now()
    if round.rule.instant:
        raise StepRefused(
            Text(
                f"“{round.name}”免申即享，不用填报。名单由系统按登记数据生成，"
                "列入的企业会收到通知，点“确认享受”即可。",
                f"“{round.name}” needs no application: the list is made from the register, and"
                " those on it are asked to confirm.",
            )
        )
    application = _new(round, actor, key, title, now)
    same = Application.objects.select_related("round").filter(key=key).first()
    if same is not None:
        return _same(same, application)
    if application.organisation is not None:
        refuse_sanctioned(application.organisation, timezone.localdate(now))
    _takes(round, now)
    _has_room(round, application)
    try:
        with transaction.atomic():
            begin(application, by=actor, at=now)
    except IntegrityError:
        same = Application.objects.select_related("round").filter(key=key).first()
        if same is None:
            raise _title_taken(application) from None
        return _same(same, application)
    return application


def _new(round: Round, actor: Actor, key: str, title: str, now: dt.datetime) -> Application:
    kind = round.rule.applicant
    office = kind in ("city", "county")
    if office:
        fits = actor.official and kind in actor.roles_for(actor.region)
    else:
        fits = actor.role == kind and bool(actor.organisation_id)
    if not fits:
        raise NotAllowed(
            Text(
                f"“{round.name}”由{KINDS[kind].zh}申报，您的身份不能申报。"
                "请到批次页面查看申报对象，或由符合条件的单位申报。",
                f"“{round.name}” takes applications of {KINDS[kind].en} only. See the notice for"
                " who may apply.",
            )
        )
    title = title.strip()
    _check_title(title)
    made = Application(round=round, key=key, title=title, created_at=now)
    if office:
        region = policy().regions[actor.region]
        made.applicant_code = made.region_code = region.code
        made.applicant_name = region.name.zh
    else:
        organisation = organisation_of(actor)
        made.organisation = organisation
        made.applicant_code, made.applicant_name = organisation.uscc, organisation.name
        made.region_code = organisation.region_code
    return made


def _check_title(title: str) -> None:
    if len(title) > 120 or not title.isprintable():
        raise StepRefused(
            Text(
                f"申报名称写成一行，最多 120 字，现在是 {len(title)} 字。请缩短后再保存。",
                f"The title is one line of at most 120 signs; this has {len(title)}. Shorten it.",
            )
        )


def _same(there: Application, wanted: Application) -> Application:
    if (there.round_id, there.applicant_code) != (wanted.round_id, wanted.applicant_code):
        raise StepRefused(
            Text(
                "这个页面已经用过了，没有新建申报。请回到批次页面，重新点“开始申报”。",
                "This page has been used already. Go back to the round and begin anew.",
            )
        )
    return there


def _takes(round: Round, now: dt.datetime) -> None:
    """StepRefused when the round takes no applications at this moment."""
    if takes_applications(round, now):
        return
    since, until = timezone.localtime(round.opens_at), timezone.localtime(round.closes_at)
    if round.state in ("draft", "open") and now < round.opens_at:
        raise StepRefused(
            Text(
                f"“{round.name}”{said_moment(since).zh} 开始申报，现在还不能填报。请到时再来。",
                f"“{round.name}” opens on {said_moment(since).en}. Come back then.",
            )
        )
    raise StepRefused(
        Text(
            f"“{round.name}”已于 {said_moment(until).zh} 截止申报，不能再新建。请留意下一批次。",
            f"“{round.name}” closed on {said_moment(until).en}. Look out for the next round.",
        )
    )


def _has_room(round: Round, application: Application) -> None:
    """StepRefused when the applicant has as many live applications as it may hand in."""
    quota = next((each for each in round.rule.quotas if each.by == "applicant"), None)
    live = Application.objects.filter(
        round=round, applicant_code=application.applicant_code, state__in=LIVE_STATES
    ).order_by("id")
    if application.title:
        there = live.filter(title=application.title).first()
        if there is not None:
            raise _title_taken(application)
    if quota is None or quota.at != "recommend":
        return
    limit = quota.of(application.applicant_code)
    mine = list(live[: limit + 1])
    if len(mine) >= limit:
        zh = "、".join(f"{one.number}（{one.flow.state(one.state).public.zh}）" for one in mine)
        en = ", ".join(f"{one.number} ({one.flow.state(one.state).public.en})" for one in mine)
        raise StepRefused(
            Text(
                f"本批次每家最多申报 {limit} 个，您单位已有 {zh}。"
                "请继续办理已有的，或先撤回一个再新建。",
                f"At most {limit} per applicant; you have {en}. Go on with it, or withdraw one"
                " first.",
            )
        )


def _title_taken(application: Application) -> StepRefused:
    return StepRefused(
        Text(
            f"本批次您单位已有名称为“{application.title}”的申报。请打开那一份继续填，"
            "或换一个名称。",
            f"You have an application called “{application.title}” in this round. Open that one,"
            " or choose another title.",
        )
    )


def rename(application: Application, actor: Actor, title: str) -> None:
    """Give a draft another title. StepRefused when the applicant has one of that title."""
    only_applicant(application, actor)
    title = title.strip()
    _check_title(title)
    try:
        with transaction.atomic():
            hold(application, ("draft",))
            Application.objects.filter(pk=application.pk).update(title=title)
    except IntegrityError as taken:
        application.title = title
        refusal = _title_taken(application)
        application.refresh_from_db()
        raise refusal from taken
    application.refresh_from_db()


@dataclass(frozen=True, slots=True)
class Clash:
    """Two values of one field: what was sent, and what a colleague (`author`) wrote at `at`."""

    field: str
    mine: FactValue
    theirs: FactValue
    version: int
    author: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of keeping: the version that each field has now, the fields that somebody else
    wrote meanwhile (nothing of these was written), and those that cannot be kept as they are."""

    versions: Mapping[str, int]
    clashes: tuple[Clash, ...] = ()
    faults: Mapping[str, Text] = field(default_factory=dict)
    at: dt.datetime | None = None


def keep(
    application: Application,
    actor: Actor,
    changes: Mapping[str, tuple[object, int]],
    *,
    at: dt.datetime | None = None,
) -> Kept:
    """Keep what was typed: (value, version seen) by field; the version is 0 where nothing was.

    Each field stands for itself: what is sound is kept though others clash or are faulty. The same
    value is no clash, and a prefilled value that was only sent back is nothing new. Moved when the
    application is not with the applicant.
    """
    only_applicant(application, actor)
    now = at or timezone.now()
    rules = {each.id: each for each in application.round.rule.fields}
    with transaction.atomic():
        hold(application, WRITABLE)
        known = known_of(application, timezone.localdate(now))
        reopened = set(
            application.reopenings.filter(answered_at=None).values_list("item", flat=True)
        )
        read, faults = _read(application, changes, rules, known, reopened)
        rows = application.entries.select_related("user").filter(field__in=read)
        there = {row.field: row for row in rows}
        made: list[Entry] = []
        clashes: list[Clash] = []
        for id, value in read.items():
            row, rule = there.get(id), rules[id]
            if _says(rule, row, known, application.state) == value:
                continue
            if row is not None and _overtaken(row, changes[id][1]):
                clashes.append(_clash(rule, row, value))
                continue
            made.append(_entry(application, actor, id, value, row, now))
        if made:
            Entry.objects.bulk_create(
                made,
                update_conflicts=True,
                unique_fields=["application", "field"],
                update_fields=["value", "version", "user", "at"],
            )
    versions = {id: there[id].version if id in there else 0 for id in read}
    versions |= {row.field: row.version for row in made}
    return Kept(versions, tuple(clashes), faults, now)


def _read(
    application: Application,
    changes: Mapping[str, tuple[object, int]],
    rules: Mapping[str, FormField],
    known: Mapping[str, FactValue],
    reopened: set[str],
) -> tuple[dict[str, FactValue], dict[str, Text]]:
    """The changes as typed values, and what is wrong with the others."""
    read: dict[str, FactValue] = {}
    faults: dict[str, Text] = {}
    for id, (value, _) in changes.items():
        rule = rules.get(id)
        if rule is None:
            faults[id] = Text(
                f"本批次的申报表没有“{id[:40]}”这一项，没有保存。请刷新页面。",
                f"The form of this round has no “{id[:40]}”; it was not kept. Reload the page.",
            )
            continue
        try:
            typed = read_entry(rule, policy().facts.get(rule.fact), value)
        except EntryError as error:
            faults[id] = error.text
            continue
        fixed = rule.fact in HELD and known.get(rule.fact) is not None
        if fixed and typed == known[rule.fact]:
            continue
        if fixed:
            faults[id] = Text(
                f"{rule.text.zh}以登记信息为准，不能在这里改。如有变化，请先更正一企一档。",
                f"{rule.text.en} is that of the register. If it changed, mend it there first.",
            )
        elif not is_open(application.state, id, reopened):
            faults[id] = Text(
                f"{rule.text.zh}没有退回，不能改。只有退回的项目可以修改。",
                f"{rule.text.en} was not returned and stays closed. Mend what was returned.",
            )
        else:
            read[id] = typed
    return read, faults


def _says(
    rule: FormField, row: Entry | None, known: Mapping[str, FactValue], state: str
) -> FactValue:
    if row is not None:
        return value_of(rule, row.value)
    return known.get(rule.fact) if rule.fact and state == "draft" else None


def _overtaken(row: Entry, seen: int) -> bool:
    return row.version != seen


def _clash(rule: FormField, row: Entry, mine: FactValue) -> Clash:
    author = str(row.user) if row.user else ""
    return Clash(rule.id, mine, value_of(rule, row.value), row.version, author, row.at)


def _entry(
    application: Application,
    actor: Actor,
    id: str,
    value: FactValue,
    row: Entry | None,
    now: dt.datetime,
) -> Entry:
    return Entry(
        application=application,
        field=id,
        value=json_entry(value),
        version=row.version + 1 if row else 1,
        user_id=actor.user_id or None,
        at=now,
    )


def carry(
    source: Application, application: Application, actor: Actor, *, at: dt.datetime | None = None
) -> Kept:
    """Take what an earlier application of the same applicant says into a draft, its papers too.

    Only into fields that nothing was typed into, so twice is the same as once; what the new form
    does not allow is left out and named in `faults`.
    """
    only_applicant(source, actor)
    only_applicant(application, actor)
    now, rule = at or timezone.now(), application.round.rule
    rules = {each.id: each for each in rule.fields}
    earlier = source.entries.exclude(user=None).filter(field__in=rules)
    with transaction.atomic():
        hold(application, ("draft",))
        typed = set(application.entries.values_list("field", flat=True))
        given = {row.field: (row.value, 0) for row in earlier if row.field not in typed}
        kept = keep(
            application,
            actor,
            {id: said for id, said in given.items() if said[0] is not None},
            at=now,
        )
        _carry_papers(source, application, rule, now)
    return kept


def _carry_papers(
    source: Application, application: Application, rule: Selection, now: dt.datetime
) -> None:
    slots = {slot.id: slot for slot in rule.slots}
    there: dict[str, set[str]] = {slot: set() for slot in slots}
    for paper in application.attachments.select_related("document"):
        if paper.slot in there:
            there[paper.slot].add(paper.document.fingerprint)
    made = []
    earlier = source.attachments.filter(removed_at=None, slot__in=slots).select_related("document")
    for paper in earlier.order_by("id"):
        slot, lying = slots[paper.slot], there[paper.slot]
        ending = paper.document.name.rpartition(".")[2].lower()
        fits = ending in slot.types and len(lying) < slot.most
        if fits and paper.document.fingerprint not in lying:
            lying.add(paper.document.fingerprint)
            made.append(
                Attachment(application=application, slot=slot.id, document=paper.document, at=now)
            )
    Attachment.objects.bulk_create(made, ignore_conflicts=True)


def hold(application: Application, states: tuple[str, ...]) -> None:
    """Take the application's row lock by writing to it, and read it anew; Moved when it is in none
    of the states. Whoever writes to a form or hands it in thus never crosses another."""
    held = Application.objects.filter(pk=application.pk, state__in=states)
    if not held.update(created_at=models.F("created_at")):
        application.refresh_from_db()
        state = application.flow.state(application.state).public
        raise Moved(
            Text(
                f"{application.number} 现在的状态是“{state.zh}”，不能修改。请刷新页面查看。",
                f"{application.number} is now “{state.en}” and cannot be changed. Reload the page.",
            )
        )
    application.refresh_from_db()


def attach(
    application: Application,
    actor: Actor,
    slot: str,
    file: UploadedFile[bytes],
    *,
    at: dt.datetime | None = None,
) -> Attachment:
    """Keep a paper under a heading of the form; the same file there twice is kept once.

    FileRefused for a kind or size that is not welcome, or one too many; Moved or StepRefused when
    the heading is closed.
    """
    only_applicant(application, actor)
    now = at or timezone.now()
    rule = slot_of(application.round.rule, slot)
    megabytes = policy().practised("evidence_file_mb", timezone.localdate(now))
    document = keep_document(file, by=actor, types=rule.types, most_bytes=megabytes * 2**20)
    try:
        with transaction.atomic():
            _hold_slot(application, rule)
            there = list(
                application.attachments.filter(slot=slot, removed_at=None)
                .select_related("document")
                .order_by("id")
            )
            for paper in there:
                if paper.document.fingerprint == document.fingerprint:
                    drop(document)
                    return paper
            if len(there) >= rule.most:
                raise FileRefused(
                    Text(
                        f"“{rule.text.zh}”最多 {rule.most} 份，已经有了。请先移除用不着的，"
                        "或把几页合成一个 PDF 再上传。",
                        f"“{rule.text.en}” takes {rule.most} at most. Remove one first, or put"
                        " several pages into one PDF.",
                    )
                )
            return Attachment.objects.create(
                application=application, slot=slot, document=document, at=now
            )
    except StepRefused:
        drop(document)
        raise


def detach(
    application: Application, actor: Actor, attachment_id: int, *, at: dt.datetime | None = None
) -> None:
    """Take a paper away; it stays as a record. Twice is the same as once."""
    only_applicant(application, actor)
    mine = application.attachments.filter(pk=attachment_id)
    with transaction.atomic():
        paper = mine.first()
        if paper is None:
            raise StepRefused(
                Text(
                    "这份附件不在本申报里，没有移除。请刷新页面后再看。",
                    "That paper is not part of this application. Reload the page.",
                )
            )
        _hold_slot(application, slot_of(application.round.rule, paper.slot))
        mine.filter(removed_at=None).update(removed_at=at or timezone.now())


def slot_of(selection: Selection, slot: str) -> Slot:
    """One heading of the form by its id. StepRefused if there is none."""
    for rule in selection.slots:
        if rule.id == slot:
            return rule
    raise StepRefused(
        Text(
            f"本批次没有“{slot[:40]}”这一类附件，没有上传。请从申报页面选择附件类别。",
            f"This round has no papers called “{slot[:40]}”. Choose the heading from the page.",
        )
    )


def _hold_slot(application: Application, rule: Slot) -> None:
    hold(application, WRITABLE)
    item = f"slot:{rule.id}"
    reopened = application.reopenings.filter(answered_at=None).values_list("item", flat=True)
    if not is_open(application.state, item, set(reopened)):
        raise StepRefused(
            Text(
                f"“{rule.text.zh}”没有退回，不能增减。只有退回的项目可以修改。",
                f"“{rule.text.en}” was not returned and stays closed.",
            )
        )
