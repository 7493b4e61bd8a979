"""The laws that models keep, as functions over model classes: each returns its findings.

They take the models to look at, so that a test can hand them one with a planted fault.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from django.db import models

from dengta.core.flow import Flow
from dengta.core.shapes import Policy

Findings = list[str]
ModelType = type[models.Model]


def floors(pyproject: Path) -> dict[str, int]:
    """App label -> floor, read from the layers contract of the import linter, not repeated."""
    contracts = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers: Sequence[str] = next(
        contract["layers"] for contract in contracts["contracts"] if contract["type"] == "layers"
    )
    return {
        name.strip(" ()"): floor
        for floor, layer in enumerate(reversed(layers))
        for name in layer.split("|")
    }


def _relations(model: ModelType) -> Iterator[models.ForeignKey[object, object]]:
    foreign = _named_elsewhere(model)
    for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
        if field.name in foreign:
            continue
        if field.remote_field is not None and isinstance(field.remote_field.model, type):
            yield field  # type: ignore[misc]


def relations_point_down(all_models: Iterable[ModelType], floor: Mapping[str, int]) -> Findings:
    """A relation leads to its own app or a lower floor; one that leaves has no way back."""
    found: Findings = []
    for model in all_models:
        here = model._meta.app_label
        for field in _relations(model):
            there = field.remote_field.model._meta.app_label
            name = f"{model._meta.label}.{field.name}"
            if there == here:
                continue
            if floor.get(there, -1) >= floor[here]:
                found.append(f"{name}: points up to {there}: keep it on the upper floor")
            # The parent link of a multi-table model and "+" are the only silent directions.
            if field.remote_field.related_name != "+":
                found.append(f'{name}: crosses floors: it needs related_name="+"')
    return found


def official_terms(all_models: Iterable[ModelType], policy: Policy) -> Findings:
    """Every model and field has an official term: the glossary's, or that of the fact it is."""
    found: Findings = []
    terms = {term.zh for term in policy.glossary.values()}
    terms |= {fact.term.zh for fact in policy.facts.values()}
    for model in all_models:
        label = model._meta.label
        app = model._meta.app_label
        facts = {fact.id: fact.term.zh for fact in policy.facts.values() if fact.app == app}
        found += _term(label, str(model._meta.verbose_name), terms)
        for field in model._meta.local_fields:
            if field.primary_key or field.name in _named_elsewhere(model):
                continue
            name = str(field.verbose_name)
            if field.name in facts and name != facts[field.name]:
                found.append(f"{label}.{field.name}: “{name}”, but the fact is {facts[field.name]}")
            else:
                found += _term(f"{label}.{field.name}", name, terms)
    return found


def _named_elsewhere(model: ModelType) -> set[str]:
    """Fields that come with Django's own abstract models: their names are Django's."""
    bases = (base for base in model.__mro__ if base.__module__.startswith("django."))
    return {
        field.name
        for base in bases
        if hasattr(base, "_meta")
        for field in (*base._meta.local_fields, *base._meta.local_many_to_many)
    }


def _term(label: str, name: str, terms: Collection[str]) -> Findings:
    if not any("\u4e00" <= sign <= "\u9fff" for sign in name):
        return [f"{label}: “{name}” is no official term: give it a verbose_name in Chinese"]
    if name not in terms:
        return [f"{label}: “{name}” is not in the glossary: add it, or use the term that is"]
    return []


def states_are_tied(all_models: Iterable[ModelType]) -> Findings:
    """A model with a state has a Flow, and constraints speak of states that the Flow knows.

    Each moment that belongs to a state (`submitted_at` to `submitted`) is tied to it by a
    CheckConstraint, so that neither can be written without the other's leave.
    """
    found: Findings = []
    for model in all_models:
        names = {field.name for field in model._meta.get_fields()}
        if "state" not in names:
            continue
        flow = getattr(model, "flow", None)
        label = model._meta.label
        if not isinstance(flow, Flow):
            found.append(f"{label}: has a state but no Flow")
            continue
        states = {state.id for state in flow.states}
        tied: set[str] = set()
        for constraint in model._meta.constraints:
            condition = getattr(constraint, "condition", None)
            spoken = set(_states_in(condition))
            for state in sorted(spoken - states):
                found.append(f"{label}: {constraint.name} names the unknown state {state}")
            if isinstance(constraint, models.CheckConstraint) and spoken:
                tied.update(_fields_in(condition))
        for state in sorted(states):
            if f"{state}_at" in names and f"{state}_at" not in tied:
                found.append(f"{label}: no CheckConstraint ties {state}_at to the state {state}")
    return found


def _leaves(condition: object) -> Iterator[tuple[str, object]]:
    if isinstance(condition, models.Q):
        for child in condition.children:
            if isinstance(child, tuple):
                yield child
            else:
                yield from _leaves(child)


def _states_in(condition: object) -> Iterator[str]:
    for name, value in _leaves(condition):
        if name == "state" and isinstance(value, str):
            yield value
        elif name == "state__in" and isinstance(value, Iterable):
            yield from (str(one) for one in value)


def _fields_in(condition: object) -> Iterator[str]:
    for name, _ in _leaves(condition):
        yield name.split("__")[0]
