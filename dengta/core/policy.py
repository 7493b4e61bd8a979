"""A policy directory as a whole: what it extends, its digest, its faults, the `Policy` it becomes.

`load` is for use and quick; `check` also reads every expression.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dengta.core import (
    formats,
    formats_entries,
    formats_instruments,
    formats_loans,
    formats_pool,
    formats_programmes,
    formats_projects,
    formats_roads,
    formats_schemes,
    formats_scores,
    formats_selections,
    proof,
    proof_instruments,
    proof_programmes,
    proof_schemes,
    proof_selections,
)
from dengta.core.drafts import Draft
from dengta.core.pool_content import SeedEntry
from dengta.core.reading import STEM, Fault, Sheet, nearest, plain, shown
from dengta.core.schemes import Scheme
from dengta.core.shapes import Policy, Text

if TYPE_CHECKING:
    from dengta.core.situations import CaseResult

__all__ = [
    "SHIPPED",
    "Fault",
    "PolicyFaults",
    "check",
    "content",
    "examine",
    "load",
    "run_cases",
    "shipped",
]

SHIPPED = Path(__file__).resolve().parent.parent / "policies"
MANIFEST = "policy.toml"

Reader = Callable[[Sheet, Draft], None]
FILES: dict[str, Reader] = {
    "facts.toml": formats.read_facts,
    "glossary.toml": formats.read_glossary,
    "industries.toml": formats.read_industries,
    "size_classes.toml": formats.read_size_classes,
    "regions.toml": formats.read_regions,
    "targets.toml": formats.read_targets,
    "practice.toml": formats_programmes.read_practice,
    "sub_industries.toml": formats_entries.read_sub_industries,
    "entries.toml": formats_entries.read_entries,
    "projects.toml": formats_projects.read_projects,
    "provider_scores.toml": formats_scores.read_scores,
}
FOLDERS: dict[str, Reader] = {
    "instruments": formats_instruments.read_instrument,
    "programmes": formats_programmes.read_programme,
    "funding": formats_programmes.read_fund,
    "plans": formats.read_plan,
    "roadmaps": formats_roads.read_road,
    "schemes": formats_schemes.read_scheme,
    "selections": formats_selections.read_selection,
    "loans": formats_loans.read_loan,
    "situations": formats_programmes.read_cases,
    "pool": formats_pool.read_pool,
}
CONTENT = frozenset({"pool"})
"""Folders of content, not policy: read by `check` and `content`, no part of the digest."""


class PolicyFaults(Exception):
    """A policy that cannot be used; `faults` says where and how to mend it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(slots=True)
class _Layer:
    """One directory: its own name, what it extends, its sheets by relative path, and the folders
    that could not be opened."""

    id: str
    name: Text
    extends: str
    manifest: Sheet
    sheets: dict[str, Sheet] = field(default_factory=dict)
    unopened: set[str] = field(default_factory=set)


def load(directory: Path) -> Policy:
    """The policy of a directory and of what it extends.

    PolicyFaults if anything but an expression is wrong; `rules` reads expressions when they are
    first used, and `check` reads them all.
    """
    policy, faults = _read(directory, deep=False)
    if policy is None or faults:
        raise PolicyFaults(faults)
    return policy


def check(directory: Path) -> list[Fault]:
    """Everything that is wrong with a policy directory, by file and line; empty if it is fit."""
    return examine(directory)[1]


def examine(directory: Path) -> tuple[Policy | None, list[Fault]]:
    """The policy, None when it has faults, and all of them. Never raises for what files hold."""
    return _read(directory, deep=True)


def content(directory: Path) -> list[SeedEntry]:
    """The entries of the resource pool that come with a policy directory and what it extends.
    PolicyFaults if anything in them, or in what they refer to, is wrong."""
    draft, faults = Draft(), list[Fault]()
    _gathered(directory, draft, faults, with_content=True)
    if faults:
        raise PolicyFaults(sorted(set(faults)))
    return [row.record for row in draft.pool_entries]


def run_cases(policy: Policy) -> list[CaseResult]:
    """Decide the policy's own situations. ClauseError if an expression is wrong: check first."""
    # Only here: deciding needs the language of clauses, reading a policy does not.
    from dengta.core.situations import run

    return run(policy)


@lru_cache
def shipped(name: str = "hubei") -> Policy:
    """A policy that comes with dengta, read once per process."""
    return load(SHIPPED / name)


def _read(directory: Path, deep: bool) -> tuple[Policy | None, list[Fault]]:
    faults: list[Fault] = []
    draft = Draft()
    layers, whole = _gathered(directory, draft, faults, with_content=deep)
    if whole and deep:
        # Only here: the language of clauses is slow to import, and `load` need not pay for it.
        from dengta.core.proof_expressions import expressions

        expressions(draft)
    if faults or not layers:
        return None, sorted(set(faults))
    return _policy(layers, draft), []


def _gathered(
    directory: Path, draft: Draft, faults: list[Fault], with_content: bool
) -> tuple[list[_Layer], bool]:
    """All files read into the draft and held against each other; the layers, and whether all of
    them could be read."""
    layers, whole = _layers(directory, faults, with_content)
    for layer in layers:
        _fill(draft, layer)
    formats_selections.complete(draft)
    formats_schemes.complete(draft)
    if whole:
        proof.references(draft)
        proof_instruments.references(draft)
        proof_programmes.references(draft)
        proof_selections.references(draft)
        proof_schemes.references(draft)
        formats_roads.references(draft)
        formats_loans.references(draft)
        formats_entries.references(draft)
        formats_projects.references(draft)
        formats_scores.references(draft)
        formats_pool.references(draft)
    return layers, whole


def _layers(directory: Path, faults: list[Fault], with_content: bool) -> tuple[list[_Layer], bool]:
    """The directory and what it extends, the base first, and whether all of them could be read."""
    layers: list[_Layer] = []
    seen: set[str] = set()
    while True:
        layer = _layer(directory, faults, with_content)
        if layer is None:
            return layers, False
        seen.add(os.path.realpath(directory))
        layers.insert(0, layer)
        root = layer.manifest.root
        if not layer.extends:
            return layers, not layer.manifest.lost and "extends" not in root
        # Not `parent`: the directory may be written as "." or end in "..".
        base = Path(os.path.normpath(directory / os.pardir / layer.extends))
        if not base.is_dir():
            # A copy of a province alone still stands on the national policy that comes with dengta.
            base = SHIPPED / layer.extends
        said = shown(layer.extends)
        if not base.is_dir():
            root.fault(
                "extends",
                Text(f"没有目录 {said}", f"there is no directory {said}"),
                Text("请写相邻目录的名称", "name a directory beside this one"),
            )
            return layers, False
        if os.path.realpath(base) in seen:
            root.fault(
                "extends",
                Text(f"{said} 又引用回自己", f"{said} comes back to where it began"),
                Text("请删去其中一个 extends", "remove one of the extends"),
            )
            return layers, False
        directory = base


def _entries(directory: Path, faults: list[Fault]) -> list[str]:
    """The names in a policy directory; none, and a fault, if it is not one."""
    try:
        names = sorted(os.listdir(directory))
    except (OSError, ValueError) as trouble:
        why = getattr(trouble, "strerror", None) or "?"
        faults.append(
            Fault(
                plain(str(directory)),
                1,
                Text(f"政策目录打不开（{why}）", f"the policy directory cannot be opened ({why})"),
                Text("请核对目录名", "check its name"),
            )
        )
        return []
    if MANIFEST not in names:
        faults.append(
            Fault(
                plain(str(directory / MANIFEST)),
                1,
                Text("政策目录里没有 policy.toml", "the policy directory has no policy.toml"),
                Text(
                    "请核对目录名，或补上此文件（id、name、name_en）",
                    "check the directory's name, or add the file (id, name, name_en)",
                ),
            )
        )
        return []
    return names


def _layer(directory: Path, faults: list[Fault], with_content: bool) -> _Layer | None:
    """One directory, its files opened. None if it is no policy directory."""
    names = _entries(directory, faults)
    if not names:
        return None
    manifest = Sheet(directory / MANIFEST, faults)
    root = manifest.root
    extends = root.word("extends", "", STEM) if "extends" in root else root.word("extends", "")
    layer = _Layer("", Text("", ""), extends, manifest)
    if not manifest.lost:
        layer.id, layer.name = root.word("id", pattern=STEM), root.text("name")
    layer.sheets[MANIFEST] = manifest
    for name in names:
        if name.startswith((".", "__")) or name == MANIFEST:
            continue
        path = directory / name
        if name in CONTENT and not with_content:
            continue
        if name in FOLDERS:
            _folder(layer, path, faults)
        elif name in FILES:
            layer.sheets[name] = Sheet(path, faults)
        elif name.endswith(".toml") or path.is_dir():
            faults.append(
                Fault(
                    plain(str(path)),
                    1,
                    Text("政策目录里没有这一项", "a policy directory has no such entry"),
                    nearest(name, [*FOLDERS, *FILES, MANIFEST]),
                )
            )
    return layer


def _folder(layer: _Layer, path: Path, faults: list[Fault]) -> None:
    """The files of one folder of a layer."""
    try:
        names = sorted(os.listdir(path))
    except OSError as trouble:
        layer.unopened.add(path.name)
        faults.append(
            Fault(
                plain(str(path)),
                1,
                Text(f"目录打不开（{trouble.strerror}）", f"cannot be opened ({trouble.strerror})"),
                Text("这里应当是一个目录", "this should be a folder"),
            )
        )
        return
    for name in names:
        if name.endswith(".toml") and not name.startswith("."):
            layer.sheets[f"{path.name}/{name}"] = Sheet(path / name, faults)


def _fill(draft: Draft, layer: _Layer) -> None:
    """Read each sheet of a layer into the draft."""
    draft.lost |= layer.unopened
    for name, sheet in layer.sheets.items():
        place = name.partition("/")[0]
        reader = FILES.get(place) or FOLDERS.get(place)
        if sheet.lost:
            draft.lost.add(place)
        elif reader is not None:
            reader(sheet, draft)
        sheet.close()


def _digest(layers: Iterable[_Layer]) -> str:
    """SHA-256 over all files in order, the base first: policy id and path, length, bytes."""
    digest = hashlib.sha256()
    for layer in layers:
        for name, sheet in sorted(layer.sheets.items()):
            if name.partition("/")[0] in CONTENT:
                continue
            head = f"{layer.id}/{name}\0{len(sheet.raw)}\0"
            digest.update(head.encode("utf-8", "surrogateescape"))
            digest.update(sheet.raw)
    return digest.hexdigest()


def _dated(scheme: Scheme) -> tuple[str, dt.date]:
    """The order of schemes: by id, the earlier edition first."""
    return scheme.id, scheme.in_force.start or dt.date.min


def _policy(layers: list[_Layer], draft: Draft) -> Policy:
    """The frozen records of a draft without faults."""

    programmes = sorted(
        (row.record for row in draft.programmes),
        key=lambda each: (each.id, each.in_force.start or dt.date.min),
    )
    return Policy(
        id=layers[-1].id,
        name=layers[-1].name,
        digest=_digest(layers),
        facts={row.record.id: row.record for row in draft.facts},
        programmes=tuple(programmes),
        instruments={row.record.id: row.record for row in draft.instruments},
        plans=tuple(row.record for row in draft.plans),
        targets=tuple(row.record for row in draft.targets),
        funds=tuple(row.record for row in draft.funds),
        practice=tuple(row.record for row in draft.practice),
        regions={row.record.code: row.record for row in draft.regions},
        industries={row.record.code: row.record for row in draft.divisions},
        sections={row.record.code: row.record.name for row in draft.sections},
        size_rows=tuple(row.record for row in draft.size_rows),
        glossary={row.record.id: row.record for row in draft.terms},
        cases=tuple(row.record for row in draft.cases),
        selections=tuple(
            sorted((row.record for row in draft.selections), key=lambda each: each.id)
        ),
        schemes=tuple(sorted((row.record for row in draft.schemes), key=_dated)),
        projects=tuple(sorted((row.record for row in draft.projects), key=lambda each: each.id)),
        scores=tuple(sorted((row.record for row in draft.scores), key=lambda each: each.id)),
        loans=tuple(sorted((row.record for row in draft.loans), key=lambda each: each.id)),
        roads={row.record.instrument: row.record for row in draft.roads},
        pool=formats_entries.rules(draft),
        sub_industries={row.record.id: row.record for row in draft.sub_industries},
        size_outside=tuple(code for _, _, code in draft.outside),
    )
