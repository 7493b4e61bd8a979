"""Writes of identifiers: who owns a prefix, what stands under it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.identifiers import IdentifierFault, prefix_scheme, read_identifier
from dengta.core.shapes import Text
from dengta.registry.actions import Refused
from dengta.registry.models import Identifier, Organisation, Prefix
from dengta.registry.queries import owning_prefix
from dengta.trail.actions import NotAllowed


def keep_prefix(
    actor: Actor, code: str, owner: Organisation, *, node: str = "", at: dt.datetime | None = None
) -> Prefix:
    """Enter a prefix and its owner, or another `node` for one that is there. Refused names the
    field: a prefix that cannot be one, that is another's, a node that is no address."""
    if actor.role != "province":
        raise NotAllowed(
            Text("标识前缀由省级登记。", "Prefixes are entered by the provincial office.")
        )
    node = node.strip().rstrip("/")
    if node and not node.startswith(("https://", "http://")):
        raise Refused(
            "node",
            Text(
                f"解析节点“{node[:60]}”不是网址，请以 https:// 开头，或留空由本平台解析。",
                f"The node “{node[:60]}” is no address. Begin with https:// or leave it empty.",
            ),
        )
    try:
        scheme = prefix_scheme(code)
    except IdentifierFault as fault:
        raise Refused("code", fault.text) from fault
    values = {"scheme": scheme, "organisation": owner, "at": at or timezone.now()}
    kept, made = Prefix.objects.get_or_create(code=code.strip(), defaults=values | {"node": node})
    if not made and kept.organisation_id != owner.pk:
        raise Refused(
            "code",
            Text(
                f"前缀 {kept.code} 已登记给{kept.organisation.name}，同一前缀只属于一家。",
                f"The prefix {kept.code} belongs to {kept.organisation.name} already.",
            ),
        )
    Prefix.objects.filter(pk=kept.pk).update(node=node)
    kept.node = node
    return kept


def register_identifier(
    actor: Actor, code: str, *, thing: str, name: str, public: bool = True,
    values: Sequence[Mapping[str, object]] | None = None, at: dt.datetime | None = None,
) -> Identifier:  # fmt: skip
    """Give one of the organisation's own objects its code, whose prefix has to be its own; sent
    again for the same kind of object it changes name and, where they are given, values. Refused
    names the field."""
    now = at or timezone.now()
    if thing not in Identifier.Thing.values:
        raise Refused("thing", Text("请选择标识对象。", "Choose what it identifies."))
    if not 1 <= len(name.strip()) <= 120:
        raise Refused(
            "name", Text("请填写名称，最多 120 个字。", "Write a name, 120 characters at most.")
        )
    try:
        read = read_identifier(code)
    except IdentifierFault as fault:
        raise Refused("code", fault.text) from fault
    prefix = owning_prefix(read)
    if prefix is None or prefix.organisation_id != actor.organisation_id:
        raise Refused("code", _not_yours(read.text, prefix))
    there = Identifier.objects.filter(code=read.text).first()
    if there is not None and there.removed_at is not None:
        raise Refused(
            "code",
            Text(
                f"{read.text[:60]} 已注销，不能再用。请换一个后缀。",
                f"{read.text[:60]} was taken out of use for good. Choose another suffix.",
            ),
        )
    if there is not None and there.thing != thing:
        what = str(there.get_thing_display())
        raise Refused(
            "code",
            Text(
                f"{read.text[:60]} 已经是{what}“{there.name}”的标识，一个标识只标一个对象。"
                f"请换一个后缀；只改名称的，标识对象请选{what}。",
                f"{read.text[:60]} already stands for “{there.name}”. One code stands for one"
                " object: choose another suffix, or the same kind of object to change its name.",
            ),
        )
    said: dict[str, object] = {
        "thing": thing, "name": name.strip(), "public": public, "changed_at": now,
        "prefix": prefix,
    }  # fmt: skip
    if values is not None:
        said["values"] = list(values)
    kept, _made = Identifier.objects.update_or_create(
        code=read.text, organisation_id=actor.organisation_id, defaults=said,
        create_defaults=said | {"at": now},
    )  # fmt: skip
    return kept


def deregister_identifier(actor: Actor, pk: int, *, at: dt.datetime | None = None) -> bool:
    """Take a code out of use; it is never given to another object. False when it was already."""
    mine = Identifier.objects.filter(pk=pk, organisation_id=actor.organisation_id, removed_at=None)
    return bool(mine.update(removed_at=at or timezone.now()))


def _not_yours(code: str, prefix: Prefix | None) -> Text:
    if prefix is None:
        return Text(
            f"{code[:60]} 的前缀还没有登记。请先向二级节点申请前缀，再请省级经信部门登记归属。",
            f"The prefix of {code[:60]} is not registered. Get one from a second-level node and"
            " have the provincial office enter it.",
        )
    return Text(
        f"前缀 {prefix.code} 属于{prefix.organisation.name}，本单位不能用它编码。",
        f"The prefix {prefix.code} belongs to {prefix.organisation.name}; you cannot use it.",
    )
