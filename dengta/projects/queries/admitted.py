"""入库角色: whether a party of a project was admitted in the role that its part asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.programmes.queries.admission import admissions
from dengta.registry.models import Organisation, ProviderRole
from dengta.registry.queries import policy, roles_of

Role = ProviderRole.Role


def delivering(day: dt.date) -> tuple[str, ...]:
    """The roles of which one lets a provider quote and contract for a project (`match_roles` of
    the practice)."""
    return tuple(policy().practised_words("match_roles", day))


def cannot_deliver(provider: Organisation, day: dt.date, signed: dt.date | None) -> Text | None:
    """Why a provider cannot be the contractor of a project filed on `day`; None when it can. One
    that held its role on the day of the contract goes on with it though the role ended since."""
    wanted = delivering(day)
    if signed is not None and signed < day and _holds(provider, wanted, signed):
        return None
    return unadmitted(provider, wanted, day)


def cannot_supervise(supervisor: Organisation, day: dt.date) -> Text | None:
    """Why somebody cannot be named as the supervisor of a project on a day; None when it can."""
    return unadmitted(supervisor, (Role.SUPERVISOR,), day)


def unadmitted(organisation: Organisation, wanted: Collection[str], day: dt.date) -> Text | None:
    """None where an organisation holds one of the roles on a day; else which it holds, and by
    which selection it can be admitted."""
    held = {one.role for one in roles_of(organisation, day)}
    if held & set(wanted):
        return None
    labels = [str(Role(role).label) for role in wanted]
    there = "、".join(str(Role(role).label) for role in sorted(held)) or "无"
    ways = {
        name.zh: name.en
        for one in admissions(day)
        if one.role in wanted
        for _, name in one.programmes
    }
    zh = f"请对方先申报“{'”或“'.join(ways)}”" if ways else "请对方先申请入库"
    en = f"Have it apply for: {', or '.join(ways.values())}" if ways else "Have it apply first"
    return Text(
        f"{organisation.name}在 {said_day(day).zh} 没有“{'”或“'.join(labels)}”的认定（现有角"
        f"色：{there}）。"
        f"{zh}，或另选一家。",
        f"On {said_day(day).en} {organisation.name} was not admitted as"
        f" {' or '.join(wanted)} (it is:"
        f" {', '.join(sorted(held)) or 'nothing'}). {en}; or choose another.",
    )


def _holds(organisation: Organisation, wanted: Collection[str], day: dt.date) -> bool:
    return any(one.role in wanted for one in roles_of(organisation, day))
