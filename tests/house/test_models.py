"""The laws that models keep, over the real models; then over small ones with a planted fault."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from dengta.core.policy import shipped
from dengta.trail.models import Case
from tests.house import model_laws as laws

ROOT = Path(__file__).resolve().parents[2]
FLOORS = laws.floors(ROOT / "pyproject.toml")


def our_models() -> list[laws.ModelType]:
    return [
        model
        for config in apps.get_app_configs()
        if config.name.startswith("dengta.")
        for model in config.get_models()
    ]


def test_relations_point_down() -> None:
    assert laws.relations_point_down(our_models(), FLOORS) == []


def test_every_model_and_field_has_its_official_term() -> None:
    assert laws.official_terms(our_models(), shipped()) == []


def test_every_state_is_tied_to_its_evidence() -> None:
    assert laws.states_are_tied(our_models()) == []


def test_no_state_carries_a_number_of_days_but_names_one_of_practice() -> None:
    known, day = shipped(), dt.date(2026, 1, 1)
    given = [
        known.practised(state.days, day)
        for model in our_models()
        if issubclass(model, Case)
        for state in model.flow.states
        if state.days
    ]
    assert len(given) > 40 and all(1 <= days <= 100 for days in given)


def test_every_app_stands_on_a_floor() -> None:
    here = {config.label for config in apps.get_app_configs() if config.name.startswith("dengta.")}
    assert here <= FLOORS.keys()
    assert FLOORS["core"] == 0
    assert FLOORS["registry"] < FLOORS["ledger"] == FLOORS["rights"] < FLOORS["funding"]


@isolate_apps("dengta.registry", "dengta.funding")
def test_a_relation_upwards_is_refused() -> None:
    class Pool(models.Model):
        class Meta:
            app_label = "funding"

    class Firm(models.Model):
        pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")

        class Meta:
            app_label = "registry"

    found = laws.relations_point_down([Firm], FLOORS)
    assert [line.split(":")[0] for line in found] == ["registry.Firm.pool"]
    assert "points up to funding" in found[0]


@isolate_apps("dengta.assessment", "dengta.registry", "dengta.rights", "dengta.ledger")
def test_a_relation_between_siblings_is_refused() -> None:
    class Account(models.Model):
        class Meta:
            app_label = "ledger"

    class Grant(models.Model):
        account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")

        class Meta:
            app_label = "rights"

    assert "points up to ledger" in laws.relations_point_down([Grant], FLOORS)[0]


@isolate_apps("dengta.registry", "dengta.funding")
@pytest.mark.parametrize("kind", [models.ForeignKey, models.OneToOneField])
def test_a_way_back_up_is_refused(kind: type[models.ForeignKey[object, object]]) -> None:
    class Firm(models.Model):
        class Meta:
            app_label = "registry"

    class Claim(models.Model):
        firm = kind(Firm, on_delete=models.PROTECT, related_name="claims")

        class Meta:
            app_label = "funding"

    assert 'needs related_name="+"' in laws.relations_point_down([Claim], FLOORS)[0]


@isolate_apps("dengta.registry")
def test_a_term_that_nobody_defined_is_refused() -> None:
    class Firm(models.Model):
        nickname = models.CharField(max_length=9)
        alias = models.CharField("江湖绰号", max_length=9)
        employees = models.IntegerField("人头")

        class Meta:
            app_label = "registry"
            verbose_name = "企业"

    found = {line.split(":")[0]: line for line in laws.official_terms([Firm], shipped())}
    assert "no official term" in found["registry.Firm.nickname"]
    assert "not in the glossary" in found["registry.Firm.alias"]
    assert "but the fact is 从业人员" in found["registry.Firm.employees"]


@isolate_apps("dengta.assessment", "dengta.registry")
def test_a_state_without_a_flow_or_constraint_is_refused() -> None:
    class Loose(models.Model):
        state = models.CharField(max_length=9)

        class Meta:
            app_label = "assessment"

    class Untied(Case):
        flow = laws.Flow("untied", *_two_states())
        closed_at = models.DateTimeField(null=True)

        class Meta:
            app_label = "assessment"
            constraints = [
                models.CheckConstraint(name="ghost", condition=~models.Q(state="vanished"))
            ]

    found = laws.states_are_tied([Loose, Untied])
    assert any("has a state but no Flow" in line for line in found)
    assert any("names the unknown state vanished" in line for line in found)
    assert any("no CheckConstraint ties closed_at" in line for line in found)


def _two_states() -> tuple[object, ...]:
    from dengta.core.flow import State, Step
    from dengta.core.shapes import Text

    name = Text("事项", "matter")
    states = (State("open", name, name), State("closed", name, name, final=True))
    return name, states, (Step("close", name, ("open",), "closed", ("enterprise",)),)
