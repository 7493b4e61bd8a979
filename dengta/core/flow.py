"""状态流转: states, steps and who may take them. A flow that makes no sense is refused when it
is built.

A flow knows nothing of databases; `trail.advance` is the one place that moves a state along it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dengta.core.shapes import Text

Tone = Literal["draft", "wait", "good", "bad", "info"]


class FlowFault(ValueError):
    """A flow that cannot be right; the message names the state or step."""


@dataclass(frozen=True, slots=True)
class State:
    """A state with its inner name (for officials) and its public one (for applicants).

    `owner` is the role that has the matter now, `days` names the number of `practice.toml` that
    says how many working days that role is given; empty without a limit.
    """

    id: str
    name: Text
    public: Text
    tone: Tone = "wait"
    owner: str = ""
    days: str = ""
    final: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A way from some states to one state, open to some roles. `reason` means that a note is
    required."""

    id: str
    name: Text
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...]
    reason: bool = False
    tone: Literal["primary", "plain", "danger"] = "primary"


@dataclass(frozen=True)
class Flow:
    """The states and steps of one kind of matter; the first state is where it begins."""

    id: str
    name: Text
    states: tuple[State, ...]
    steps: tuple[Step, ...]
    _states: dict[str, State] = field(init=False, repr=False, compare=False)
    _steps: dict[str, Step] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse doubles, steps from or to nowhere, states unreachable or without a way out."""
        object.__setattr__(self, "_states", {state.id: state for state in self.states})
        object.__setattr__(self, "_steps", {step.id: step for step in self.steps})
        if not self.states:
            raise FlowFault(f"{self.id}: a flow needs at least one state")
        if len(self._states) != len(self.states):
            raise FlowFault(f"{self.id}: a state is named twice")
        if len(self._steps) != len(self.steps):
            raise FlowFault(f"{self.id}: a step is named twice")
        for step in self.steps:
            self._check_step(step)
        self._check_ways()

    def _check_step(self, step: Step) -> None:
        for state in (*step.sources, step.target):
            if state not in self._states:
                raise FlowFault(f"{self.id}: step {step.id} names the unknown state {state}")
        if not step.sources:
            raise FlowFault(f"{self.id}: step {step.id} comes from nowhere")
        if not step.roles:
            raise FlowFault(f"{self.id}: nobody may take step {step.id}")
        for state in step.sources:
            if self._states[state].final:
                raise FlowFault(f"{self.id}: step {step.id} leaves the final state {state}")

    def _check_ways(self) -> None:
        reached = {self.start.id}
        while True:
            more = {
                step.target for step in self.steps if reached.intersection(step.sources)
            } - reached
            if not more:
                break
            reached |= more
        leaving = {
            source for step in self.steps for source in step.sources if source != step.target
        }
        for state in self.states:
            if state.id not in reached:
                raise FlowFault(f"{self.id}: state {state.id} cannot be reached")
            if not state.final and state.id not in leaving:
                raise FlowFault(f"{self.id}: state {state.id} has no way out and is not final")

    @property
    def start(self) -> State:
        """The state in which a matter begins."""
        return self.states[0]

    def state(self, id: str) -> State:
        """One state. KeyError if the flow has none of that name."""
        return self._states[id]

    def step(self, id: str) -> Step:
        """One step. KeyError if the flow has none of that name."""
        return self._steps[id]

    def available(self, state: str, roles: frozenset[str]) -> tuple[Step, ...]:
        """The steps that somebody in one of `roles` may take from `state`, in the order written."""
        return tuple(
            step for step in self.steps if state in step.sources and roles.intersection(step.roles)
        )

    def mermaid(self, language: str = "zh-hans") -> str:
        """The flow as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start.id}"]
        lines += [f"    {state.id}: {state.name.said(language)}" for state in self.states]
        for step in self.steps:
            for source in step.sources:
                lines.append(f"    {source} --> {step.target}: {step.name.said(language)}")
        lines += [f"    {state.id} --> [*]" for state in self.states if state.final]
        return "\n".join(lines) + "\n"
