"""Writes of the registry."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from dengta.accounts.actions import create_user
from dengta.accounts.models import User
from dengta.accounts.queries import Actor
from dengta.core.codes import normal_uscc, size_class, uscc_fault
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.registry.models import (
    EnterpriseYear,
    ExpertProfile,
    Invite,
    Membership,
    Organisation,
    ProviderRole,
    Sanction,
    StatedFact,
    Tie,
    Title,
)
from dengta.registry.queries import (
    barred,
    by_uscc,
    choosable_regions,
    policy,
    role_of,
    sanctions_of,
)
from dengta.trail.actions import NotAllowed, StepRefused


class Refused(Exception):
    """Something about a field cannot be right; `field` and `text` say what and how to mend it."""

    def __init__(self, field: str, text: Text) -> None:
        super().__init__(text.zh)
        self.field, self.text = field, text


class Sanctioned(StepRefused):
    """An organisation is under sanction on the day; `text` says why, until when and what helps."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What a firm states when it registers. Money in 分."""

    uscc: str
    name: str
    region_code: str
    industry_code: str
    employees: int
    revenue_fen: int
    assets_fen: int
    established_date: dt.date | None = None
    legal_person: str = ""
    phone: str = ""
    address: str = ""
    kind: str = "enterprise"


def register(
    form: Registration, *, username: str, password: str | None, person: str = "", year: int
) -> tuple[User, Organisation]:
    """Register an organisation and its first user in one go. `year` is the year the figures are of.

    Refused names the field: a code that is wrong or taken, a region or industry unknown, a name
    in use.
    """
    code = normal_uscc(form.uscc)
    fault = uscc_fault(code)
    if fault is not None:
        raise Refused("uscc", fault)
    if form.region_code not in {region.code for region in choosable_regions()}:
        raise Refused(
            "region_code", Text("请从列表中选择所在区县。", "Choose the county from the list.")
        )
    if form.industry_code[:2] not in policy().industries:
        raise Refused(
            "industry_code",
            Text(
                f"行业代码 {form.industry_code} 不在 GB/T 4754 门类大类中，请从列表中选择。",
                f"{form.industry_code} is not a GB/T 4754 division. Choose it from the list.",
            ),
        )
    size = size_class(
        policy(),
        {
            "industry_code": form.industry_code,
            "employees": form.employees,
            "revenue_fen": form.revenue_fen,
            "assets_fen": form.assets_fen,
        },
    )
    with transaction.atomic():
        organisation = _new_organisation(form, code, size.size_class or "")
        user = _new_user(username, password, person, form.phone)
        EnterpriseYear.objects.create(
            organisation=organisation,
            year=year,
            employees=form.employees,
            revenue_fen=form.revenue_fen,
            assets_fen=form.assets_fen,
        )
        Membership.objects.create(user=user, organisation=organisation)
    return user, organisation


def _new_organisation(form: Registration, code: str, size: str) -> Organisation:
    try:
        with transaction.atomic():
            return Organisation.objects.create(
                uscc=code,
                name=form.name,
                kind=form.kind,
                region_code=form.region_code,
                industry_code=form.industry_code,
                established_date=form.established_date,
                legal_person=form.legal_person,
                phone=form.phone,
                address=form.address,
                size_class=size,
                created_at=timezone.now(),
            )
    except IntegrityError as taken:
        raise Refused(
            "uscc",
            Text(
                f"统一社会信用代码 {code} 已经注册。如忘记登录名，请联系所在区县经信部门；"
                "同一家企业不需要注册两次。",
                f"{code} is registered already. If you forgot the sign-in name, ask your county"
                f" office; "
                "an enterprise registers only once.",
            ),
        ) from taken


def state_facts(actor: Actor, values: Mapping[str, object]) -> int:
    """Keep what the actor's organisation states about itself; JSON values, checked by the
    caller's form."""
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    now = timezone.now()
    rows = [
        StatedFact(
            organisation=organisation, fact=fact, value=value, user_id=actor.user_id or None, at=now
        )
        for fact, value in values.items()
    ]
    return len(StatedFact.objects.bulk_create(rows))


def award_title(
    organisation: Organisation,
    title: str,
    *,
    document: str,
    awarded: dt.date,
    expires: dt.date | None = None,
    role: str = "",
) -> Title:
    """Record a title once; a second record of the same day is the same title. A title that admits
    providers gives them `role`, that of the practice where none is named."""
    record, _ = Title.objects.get_or_create(
        organisation=organisation,
        title=title,
        awarded_date=awarded,
        defaults={"document": document, "expires_date": expires},
    )
    usual = role_of(title, awarded)
    if usual:
        ProviderRole.objects.get_or_create(
            organisation=organisation,
            role=role if role in ProviderRole.Role.values else usual,
            from_date=awarded,
            defaults={"award": record.document[:40], "until_date": expires},
        )
    return record


def award_titles(documents: Mapping[int, str], title: str, *, awarded: dt.date) -> None:
    """`award_title` for good, for many organisations: by id, with the document of each. Who lost
    the title of that day holds it again. Two statements; ValueError for a title with a role."""
    if role_of(title, awarded):
        raise ValueError(f"{title} admits to a role: award it one by one")
    rows = [
        Title(organisation_id=pk, title=title, awarded_date=awarded, document=document)
        for pk, document in documents.items()
    ]
    Title.objects.bulk_create(rows, ignore_conflicts=True)
    held = Title.objects.filter(organisation__in=documents, title=title, awarded_date=awarded)
    held.update(expires_date=None)


def _role_until(
    organisation: Organisation, title: str, awarded: dt.date, last: dt.date | None
) -> None:
    """Let the role that came with a title hold until a day: it has the title's document."""
    record = Title.objects.filter(
        organisation=organisation, title=title, awarded_date=awarded
    ).first()
    if record is not None and role_of(title, awarded):
        held = ProviderRole.objects.filter(
            organisation=organisation, from_date=awarded, award=record.document[:40]
        )
        held.update(until_date=last)


def pause_role(organisation: Organisation, title: str, *, awarded: dt.date, day: dt.date) -> None:
    """While what a title was given for is to be rectified, its role rests from `day` on: no new
    business in it. The title stands, and what was begun goes on."""
    _role_until(organisation, title, awarded, max(awarded, day - dt.timedelta(days=1)))


def resume_role(
    organisation: Organisation, title: str, *, awarded: dt.date, expires: dt.date | None
) -> None:
    """The role of a title works again, until the title's last day."""
    _role_until(organisation, title, awarded, expires)


def extend_title(
    organisation: Organisation, title: str, *, awarded: dt.date, expires: dt.date | None
) -> int:
    """Let a title hold until another day (None for good). Returns how many there were: 0 or 1."""
    held = Title.objects.filter(organisation=organisation, title=title, awarded_date=awarded)
    _role_until(organisation, title, awarded, expires)
    return held.update(expires_date=expires)


def end_title(organisation: Organisation, title: str, *, awarded: dt.date, day: dt.date) -> int:
    """Take a title away from `day` on: the day before is its last one, or the day it was given if
    that is later. What it was before stays true. Returns how many ended; an ended one stays."""
    last = max(awarded, day - dt.timedelta(days=1))
    held = Title.objects.filter(organisation=organisation, title=title, awarded_date=awarded)
    running = held.filter(models.Q(expires_date=None) | models.Q(expires_date__gt=last))
    ended = running.update(expires_date=last)
    if ended:
        _role_until(organisation, title, awarded, last)
    return ended


def refuse_sanctioned(organisation: Organisation, day: dt.date) -> None:
    """Sanctioned if the organisation is under sanction on a day: with the grounds, the document
    that says so, the day from which it may ask again, and how to be heard. One read.

    Whoever asks for money or recognition is asked this first, wherever they ask.
    """
    held = sanctions_of(organisation, day).order_by("-until_date", "-id").first()
    if held is None:
        return
    raise Sanctioned(barred(organisation, held))


def sanction(
    organisation: Organisation,
    *,
    grounds: str,
    document_number: str,
    from_date: dt.date,
    until_date: dt.date,
    source: str,
    source_id: int,
    by: Actor,
    at: dt.datetime | None = None,
) -> Sanction:
    """Put an organisation under sanction from a day until another, both included, for one matter
    (`source` names the flow, `source_id` the thing). Told again for the same matter, it is the
    same sanction. It ends by itself. StepRefused names what is missing or cannot be."""
    why, number = grounds.strip(), document_number.strip()
    if not why or not number:
        raise StepRefused(
            Text(
                "惩戒必须写明事由和文号，对方才能申诉。请补充。",
                "A sanction names its grounds and document, so that it can be appealed. Add them.",
            )
        )
    if until_date < from_date:
        raise StepRefused(
            Text(
                f"惩戒截止日期 {said_day(until_date).zh} 早于生效日期"
                f" {said_day(from_date).zh}。请改正。",
                f"The sanction would end on {said_day(until_date).en}, before it begins on"
                f" {said_day(from_date).en}.",
            )
        )
    made, _ = Sanction.objects.get_or_create(
        organisation=organisation,
        source=source,
        source_id=source_id,
        defaults={
            "grounds": why[:500],
            "document_number": number[:80],
            "from_date": from_date,
            "until_date": until_date,
            "user_id": by.user_id or None,
            "at": at or timezone.now(),
        },
    )
    return made


def lift_sanction(
    held: Sanction, actor: Actor, reason: str, *, at: dt.datetime | None = None
) -> bool:
    """End a sanction before its day, with a reason; False if that was done already.

    NotAllowed unless the office of the city or the province acts; StepRefused without a reason.
    """
    roles = actor.roles_for(held.organisation.region_code)
    if not roles.intersection(("city", "province", "system")):
        raise NotAllowed(
            Text(
                "提前解除惩戒由市州或省级经信部门办理，请向其提出。",
                "The office of the city or the province lifts a sanction; ask it.",
            )
        )
    if not reason.strip():
        raise StepRefused(
            Text(
                "提前解除惩戒需要写明理由，理由会保留。请补充。",
                "Lifting a sanction early needs a reason, which is kept. Add it.",
            )
        )
    live = Sanction.objects.filter(pk=held.pk, lifted_at=None)
    return bool(live.update(lifted_at=at or timezone.now(), lifted_reason=reason.strip()[:500]))


def change_name(organisation: Organisation, name: str) -> bool:
    """Keep an organisation's new name; whether it was another one. The code stays the same.

    Refused names the field: no name, or one that cannot be.
    """
    new = " ".join(name.split())
    if not new or len(new) > 120 or not new.isprintable():
        raise Refused(
            "name",
            Text(
                "请填写登记机关核准的新名称，一行，最多 120 字。",
                "Give the new name as registered, in one line of 120 characters at most.",
            ),
        )
    changed = Organisation.objects.filter(pk=organisation.pk).exclude(name=new).update(name=new)
    organisation.name = new
    return bool(changed)


def keep_profile(
    actor: Actor,
    *,
    employer: str,
    employer_uscc: str = "",
    professional_title: str = "",
    region_code: str,
    fields: Sequence[str] = (),
    at: dt.datetime | None = None,
) -> ExpertProfile:
    """Where an expert works and what they know, as they state it; the latest statement stands.

    Refused names the field: no employer, a code that is wrong, a region or field unknown.
    """
    code, name = normal_uscc(employer_uscc), employer.strip()
    if not name:
        raise Refused(
            "employer",
            Text(
                "请填写工作单位，没有就写“无”；派单前要据此核查回避。",
                "Say where you work, or “none”; conflicts are checked by it.",
            ),
        )
    fault = uscc_fault(code) if code else None
    if fault is not None:
        raise Refused("employer_uscc", fault)
    if region_code not in policy().regions:
        raise Refused("region_code", Text("请从列表中选择所在地区。", "Choose the region."))
    strange = [field for field in fields if field not in policy().industries]
    if strange:
        raise Refused(
            "fields",
            Text(
                f"专业领域 {strange[0][:20]} 不在行业大类中，请从列表中选择。",
                f"{strange[0][:20]} is not a division of GB/T 4754. Choose it from the list.",
            ),
        )
    profile, _ = ExpertProfile.objects.update_or_create(
        user_id=actor.user_id,
        defaults={
            "employer": name[:120],
            "employer_uscc": code,
            "professional_title": professional_title.strip()[:60],
            "region_code": region_code,
            "fields": sorted(set(fields)),
            "at": at or timezone.now(),
        },
    )
    return profile


def declare_tie(
    actor: Actor,
    *,
    kind: str,
    uscc: str,
    name: str = "",
    until: dt.date | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> Tie:
    """Somebody declares what they have to do with an enterprise; told again, it is the same tie.

    Refused names the field: a kind unknown, a code that is wrong.
    """
    if kind not in Tie.Kind.values:
        raise Refused("kind", Text("请选择是哪一种关系。", "Choose the kind of tie."))
    code = normal_uscc(uscc)
    fault = uscc_fault(code)
    if fault is not None:
        raise Refused("uscc", fault)
    known = by_uscc(code)
    tie, _ = Tie.objects.update_or_create(
        user_id=actor.user_id,
        kind=kind,
        uscc=code,
        withdrawn_at=None,
        defaults={
            "name": (known.name if known else name.strip() or code)[:120],
            "until_date": until,
            "note": note.strip()[:500],
            "at": at or timezone.now(),
        },
    )
    return tie


def end_tie(actor: Actor, pk: int, *, at: dt.datetime | None = None) -> None:
    """Take a declaration back; it stays as a record. Nothing happens to anybody else's."""
    mine = Tie.objects.filter(pk=pk, user_id=actor.user_id, withdrawn_at=None)
    mine.update(withdrawn_at=at or timezone.now())


def invite(actor: Actor, name: str, *, at: dt.datetime | None = None) -> tuple[Invite, str]:
    """Invite a colleague to act for the actor's organisation; the code can be shown now and never
    again. Refused without a name."""
    now, name = at or timezone.now(), " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise Refused(
            "name",
            Text(
                "请填写同事的姓名，最多 80 个字。",
                "Write the colleague's name, 80 characters at most.",
            ),
        )
    code = secrets.token_urlsafe(24)
    days = policy().practised("invite_days", timezone.localdate(now))
    made = Invite.objects.create(
        organisation_id=actor.organisation_id,
        name=name,
        digest=_digest(code),
        user_id=actor.user_id,
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    return made, code


def revoke_invite(actor: Actor, pk: int) -> bool:
    """Take back an invitation of one's organisation that nobody used; False when there is none."""
    mine = Invite.objects.filter(pk=pk, organisation_id=actor.organisation_id, used_at=None)
    return bool(mine.filter(revoked_at=None).update(revoked_at=timezone.now()))


def find_invite(code: str, *, at: dt.datetime | None = None) -> Invite | None:
    """The invitation of a code while it can be used, else None."""
    return (
        Invite.objects.select_related("organisation", "user")
        .filter(digest=_digest(code), used_at=None, revoked_at=None)
        .filter(expires_at__gt=at or timezone.now())
        .first()
    )


def join(code: str, *, username: str, password: str, at: dt.datetime | None = None) -> User:
    """Become a member by an invitation, which is used up. Refused names the field: the code when it
    is no longer good, the sign-in name when it is taken."""
    now = at or timezone.now()
    found = find_invite(code, at=now)
    with transaction.atomic():
        if found is None or not Invite.objects.filter(
            pk=found.pk, used_at=None, revoked_at=None
        ).update(used_at=now):
            raise Refused(
                "code",
                Text(
                    "邀请链接已用过、已撤回或已过期。请让同事重新发一个。",
                    "The invitation was used, taken back or has expired. Ask for a new one.",
                ),
            )
        user = _new_user(username, password, found.name)
        Membership.objects.create(user=user, organisation=found.organisation)
    return user


def leave(actor: Actor, user_id: int) -> bool:
    """End somebody's membership of the actor's organisation at once; False when it has ended.
    Refused for the last member, who would leave nobody to act for it."""
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update().get(pk=actor.organisation_id)
        members = Membership.objects.filter(organisation=organisation)
        theirs = members.filter(user_id=user_id)
        if theirs.exists() and members.count() == 1:
            raise Refused(
                "user",
                Text(
                    "这是最后一位经办人，不能移除。请先邀请接手的同事。",
                    "This is the last member and cannot be removed. Invite a successor first.",
                ),
            )
        return bool(theirs.delete()[0])


def _new_user(username: str, password: str | None, person: str, phone: str = "") -> User:
    try:
        with transaction.atomic():
            return create_user(
                username=username, password=password, display_name=person, phone=phone
            )
    except IntegrityError as taken:
        raise Refused(
            "username",
            Text(
                f"登录名“{username}”已有人使用，请换一个。",
                f"The sign-in name “{username}” is taken. Choose another.",
            ),
        ) from taken


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
