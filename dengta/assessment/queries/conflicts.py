"""回避: who may not rate a firm, and why; and who of the pool is fit to be asked."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dengta.accounts.models import Post, User
from dengta.accounts.queries import territory
from dengta.assessment.models import Assessment, DiagnosisOrder, Rating
from dengta.core.shapes import Text
from dengta.registry.models import ExpertProfile, Membership, Organisation, Tie
from dengta.registry.queries import division_of, policy

CHECKS: Mapping[str, Text] = {
    "employer": Text("工作单位不是被评企业", "Does not work for the enterprise"),
    "adviser": Text("没有为企业做过顾问或服务", "Has not advised or served the enterprise"),
    "declared": Text("没有申报与企业的利害关系", "Has declared no tie to the enterprise"),
    "legal_person": Text("法定代表人不同", "Shares no legal person with the enterprise"),
    "phone": Text("电话不同", "Shares no phone with the enterprise"),
    "member": Text("不是企业的成员", "Does not act for the enterprise"),
    "diagnosed": Text("不属于为企业做过诊断的服务商", "Is not of a provider that diagnosed it"),
    "duty": Text("没有经手过这件事", "Had no hand in this matter before"),
}
"""What is checked, as it reads when nothing was found."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One reason why somebody may not rate a firm; `kind` is a key of CHECKS."""

    kind: str
    text: Text


@dataclass(frozen=True, slots=True)
class _Person:
    """Somebody as the check sees them; `employer` where their employer is registered here."""

    user: User
    profile: ExpertProfile | None
    employer: Organisation | None
    ties: tuple[Tie, ...]
    member_of: frozenset[int]


def conflicts_of(
    users: Collection[int],
    firm: Organisation,
    day: dt.date,
    *,
    had_a_hand: Mapping[int, Text] | None = None,
) -> dict[int, tuple[Conflict, ...]]:
    """Why each of some users may not rate a firm on a day; empty for those who may.

    `had_a_hand` names users who may not because of what they did in the matter itself. Somebody
    whose employer is not known cannot be checked, and so may not. Six queries for any number.
    """
    providers = _diagnosers([firm]).get(firm.pk, [])
    years = policy().practised("adviser_years", day)
    barred = had_a_hand or {}
    return {
        person.user.pk: tuple(
            _found(person, firm, providers, day, years, barred.get(person.user.pk))
        )
        for person in _people(users)
    }


def conflicts_among(
    users: Collection[int], firms: Sequence[Organisation], day: dt.date
) -> dict[tuple[int, int], tuple[Conflict, ...]]:
    """Every pair (user, organisation) that may not be on a day, and why: `conflicts_of` for many
    firms. Only pairs that share a code, name, phone or organisation are looked at closely, so that
    thousands of firms take no longer than what they have in common. Six queries for any number.
    """
    providers = _diagnosers(firms)
    years = policy().practised("adviser_years", day)
    sharing: dict[tuple[str, object], list[Organisation]] = {}
    for firm in firms:
        for key in _keys_of_firm(firm, providers.get(firm.pk, [])):
            sharing.setdefault(key, []).append(firm)
    found = {}
    for person in _people(users):
        if person.profile is None:  # nothing is known that could be compared
            near = {firm.pk: firm for firm in firms}
        else:
            near = {f.pk: f for key in _keys_of_person(person) for f in sharing.get(key, ())}
        for pk, firm in near.items():
            reasons = _found(person, firm, providers.get(pk, []), day, years, None)
            if reasons:
                found[person.user.pk, pk] = tuple(reasons)
    return found


def _keys_of_firm(firm: Organisation, providers: Sequence[Organisation]) -> set[tuple[str, object]]:
    keys: set[tuple[str, object]] = {("uscc", firm.uscc), ("name", _plain(firm.name))}
    keys |= {("organisation", one.pk) for one in (firm, *providers)}
    keys |= {("person", _plain(firm.legal_person)), ("phone", _last_digits(firm.phone))}
    return {key for key in keys if key[1]}


def _keys_of_person(person: _Person) -> set[tuple[str, object]]:
    profile, employer = person.profile, person.employer
    keys: set[tuple[str, object]] = {("uscc", tie.uscc) for tie in person.ties}
    keys |= {("organisation", pk) for pk in person.member_of}
    keys |= {("person", _plain(str(person.user))), ("phone", _last_digits(person.user.phone))}
    if profile is not None:
        keys |= {("uscc", profile.employer_uscc), ("name", _plain(profile.employer))}
    if employer is not None:
        keys |= {("person", _plain(employer.legal_person)), ("organisation", employer.pk)}
        keys.add(("phone", _last_digits(employer.phone)))
    return {key for key in keys if key[1]}


def _last_digits(phone: str) -> str:
    """What two phones have in common that `same_phone` calls the same; empty for none."""
    digits = "".join(sign for sign in phone if sign.isdecimal())
    return digits[-7:] if len(digits) >= 7 else ""


def _diagnosers(firms: Sequence[Organisation]) -> dict[int, list[Organisation]]:
    """The providers that have or had an order to diagnose each of some firms."""
    orders = DiagnosisOrder.objects.filter(
        organisation__in=[firm.pk for firm in firms], provider__isnull=False
    ).exclude(state="cancelled")
    found: dict[int, dict[int, Organisation]] = {}
    for order in orders.select_related("provider").order_by("id"):
        if order.provider is not None:
            found.setdefault(order.organisation_id, {})[order.provider.pk] = order.provider
    return {firm: list(providers.values()) for firm, providers in found.items()}


def _people(users: Collection[int]) -> list[_Person]:
    profiles = {p.user_id: p for p in ExpertProfile.objects.filter(user__in=users)}
    codes = {p.employer_uscc for p in profiles.values() if p.employer_uscc}
    employers = {o.uscc: o for o in Organisation.objects.filter(uscc__in=codes)}
    ties: dict[int, list[Tie]] = {}
    for tie in Tie.objects.filter(user__in=users, withdrawn_at=None):
        ties.setdefault(tie.user_id, []).append(tie)
    member_of: dict[int, set[int]] = {}
    members = Membership.objects.filter(user__in=users)
    for user, organisation in members.values_list("user", "organisation"):
        member_of.setdefault(user, set()).add(organisation)
    return [
        _Person(
            user,
            profile := profiles.get(user.pk),
            employers.get(profile.employer_uscc) if profile else None,
            tuple(ties.get(user.pk, ())),
            frozenset(member_of.get(user.pk, ())),
        )
        for user in User.objects.filter(pk__in=users).order_by("pk")
    ]


def _found(
    person: _Person,
    firm: Organisation,
    providers: Sequence[Organisation],
    day: dt.date,
    years: int,
    hand: Text | None,
) -> list[Conflict]:
    found = [Conflict("duty", hand)] if hand else []
    found += _by_employer(person, firm)
    found += _by_ties(person, firm, day, years)
    found += _by_people(person, firm)
    if firm.pk in person.member_of:
        found.append(
            Conflict(
                "member",
                Text(f"是{firm.name}的成员，可以代表该企业办事", f"Acts for {firm.name}"),
            )
        )
    for provider in providers:
        employed = person.employer is not None and person.employer.pk == provider.pk
        if employed or provider.pk in person.member_of:
            found.append(
                Conflict(
                    "diagnosed",
                    Text(
                        f"属于为该企业做诊断的服务商（{provider.name}）",
                        f"Is of the provider that diagnosed the enterprise ({provider.name})",
                    ),
                )
            )
    return found


def _by_employer(person: _Person, firm: Organisation) -> list[Conflict]:
    profile = person.profile
    if profile is None:
        unknown = Text(
            "还没有填写工作单位，无法核查回避，请其先在专家工作台补充",
            "Has not said where they work, so that conflicts cannot be checked; ask them to",
        )
        return [Conflict("employer", unknown)]
    same_code = bool(profile.employer_uscc) and profile.employer_uscc == firm.uscc
    if same_code or _plain(profile.employer) == _plain(firm.name):
        works = Text(f"在{firm.name}工作", f"Works for {firm.name}")
        return [Conflict("employer", works)]
    return []


def _by_ties(person: _Person, firm: Organisation, day: dt.date, years: int) -> list[Conflict]:
    found = []
    for tie in person.ties:
        if tie.uscc != firm.uscc:
            continue
        kind = Tie.Kind(tie.kind)
        if kind is Tie.Kind.ADVISER:
            if tie.until_date is not None and _years_later(tie.until_date, years) < day:
                continue
            text = Text(
                f"{years} 年内为该企业做过顾问或提供过服务",
                f"Advised or served the enterprise within {years} years",
            )
            found.append(Conflict("adviser", text))
        elif tie.until_date is None or tie.until_date >= day:
            text = Text(
                f"本人申报：{tie.note or '与该企业有利害关系'}",
                f"Declared: {tie.note or 'a tie to the enterprise'}",
            )
            found.append(Conflict("declared", text))
    return found


def _by_people(person: _Person, firm: Organisation) -> list[Conflict]:
    found, employer = [], person.employer
    if employer is not None and employer.pk == firm.pk:
        employer = None  # said already
    if firm.legal_person and _plain(str(person.user)) == _plain(firm.legal_person):
        text = Text("与该企业法定代表人同名", "Has the name of the enterprise's legal person")
        found.append(Conflict("legal_person", text))
    elif employer is not None and same(employer.legal_person, firm.legal_person):
        text = Text(
            f"工作单位与该企业的法定代表人都是{firm.legal_person}",
            f"Employer and enterprise have the same legal person ({firm.legal_person})",
        )
        found.append(Conflict("legal_person", text))
    if same_phone(person.user.phone, firm.phone):
        text = Text("本人电话与该企业相同", "Has the phone of the enterprise")
        found.append(Conflict("phone", text))
    elif employer is not None and same_phone(employer.phone, firm.phone):
        text = Text("工作单位与该企业电话相同", "Employer and enterprise have the same phone")
        found.append(Conflict("phone", text))
    return found


def same(one: str, other: str) -> bool:
    """Whether two names are the same and not empty."""
    return bool(_plain(one)) and _plain(one) == _plain(other)


def same_phone(one: str, other: str) -> bool:
    """Whether two phone numbers are the same by their digits (seven at least), area code or not."""
    first, second = (
        "".join(sign for sign in number if sign.isdecimal()) for number in (one, other)
    )
    shorter, longer = sorted((first, second), key=len)
    return len(shorter) >= 7 and longer.endswith(shorter)


def _plain(name: str) -> str:
    return "".join(name.split()).replace("（", "(").replace("）", ")").casefold()


def _years_later(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def checked_json(found: Collection[Conflict], day: dt.date) -> dict[str, Any]:
    """What was checked on a day and what came of it, as it is stored with a rating."""
    texts = {conflict.kind: conflict.text for conflict in found}
    return {
        "day": day.isoformat(),
        "checks": [
            {"kind": kind, "clear": kind not in texts, **texts.get(kind, clear)._asdict()}
            for kind, clear in CHECKS.items()
        ],
    }


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of the pool who could be asked. `open` are the ratings in hand, `before` those of
    the same firm, `same_field` that the firm's industry is theirs, `near` the same division."""

    user_id: int
    name: str
    employer: str
    region_code: str
    open: int
    before: int
    same_field: bool
    near: bool
    conflicts: tuple[Conflict, ...]


def pool_for(region: str) -> list[int]:
    """Ids of the experts whose pool serves a region."""
    posts = Post.objects.filter(role=Post.Role.EXPERT).order_by("user_id")
    return list(
        dict.fromkeys(
            user
            for user, place in posts.values_list("user_id", "region_code")
            if region.startswith(territory(place))
        )
    )


def ratings_in_hand(users: Collection[int]) -> Counter[int]:
    """How many ratings each of some users has still to make."""
    waiting = Rating.objects.filter(assessor__in=users, state="assigned")
    return Counter(waiting.values_list("assessor", flat=True))


def candidates(
    assessment: Assessment, day: dt.date, *, had_a_hand: Mapping[int, Text] | None = None
) -> list[Candidate]:
    """The pool for one assessment, the fittest first: nobody with a conflict before one without,
    then the firm's industry, fewest in hand, near, not here before, name.

    Ten queries for a pool of any size.
    """
    firm = assessment.organisation
    users = pool_for(firm.region_code)
    found = conflicts_of(users, firm, day, had_a_hand=had_a_hand)
    profiles = {p.user_id: p for p in ExpertProfile.objects.filter(user__in=users)}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=users)}
    rated = Rating.objects.filter(assessor__in=users)
    in_hand = ratings_in_hand(users)
    done = rated.filter(assessment__organisation=firm, state="submitted")
    before = Counter(done.values_list("assessor", flat=True))
    trade = firm.industry_code.lstrip("ABCDEFGHIJKLMNOPQRST")[:2]
    here = division_of(firm.region_code)
    rows = []
    for user in users:
        profile = profiles.get(user)
        rows.append(
            Candidate(
                user_id=user,
                name=names[user],
                employer=profile.employer if profile else "",
                region_code=profile.region_code if profile else "",
                open=in_hand[user],
                before=before[user],
                same_field=profile is not None and trade in profile.fields,
                near=profile is not None and division_of(profile.region_code) == here,
                conflicts=found[user],
            )
        )
    return sorted(rows, key=_fitness)


def _fitness(one: Candidate) -> tuple[object, ...]:
    return (
        bool(one.conflicts), not one.same_field, one.open, not one.near, one.before, one.name,
        one.user_id,
    )  # fmt: skip


def why_nobody(rows: Collection[Candidate]) -> Text | None:
    """Why nobody of the pool can be asked and what would help; None when somebody can."""
    if any(not row.conflicts for row in rows):
        return None
    if not rows:
        return Text(
            "这一地区的专家库还没有人。请先在专家库中增加专家。",
            "The pool of this region is empty. Add experts to it first.",
        )
    unknown = sum(1 for row in rows if not row.employer)
    return Text(
        f"专家库 {len(rows)} 人都须回避"
        f"（其中 {unknown} 人没有填写工作单位，补充后可能可以）。请扩充专家库或请其补充信息。",
        f"All {len(rows)} of the pool have to stand aside ({unknown} only because they have not"
        " said where they work). Widen the pool, or ask them to fill that in.",
    )
