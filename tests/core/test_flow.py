from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.flow import Flow, FlowFault, State, Step
from dengta.core.shapes import Text


def state(id: str, **more: Any) -> State:
    return State(id, Text(f"{id}中", id.title()), Text(f"{id}外", f"{id} outside"), **more)


def step(id: str, sources: tuple[str, ...], target: str, *roles: str) -> Step:
    return Step(id, Text(f"{id}办", id.title()), sources, target, roles or ("firm",))


def flow(states: tuple[State, ...], steps: tuple[Step, ...]) -> Flow:
    return Flow("loan", Text("借书", "Loan"), states, steps)


DRAFT, OPEN, DONE = state("draft"), state("open"), state("done", final=True)
HAND_IN = step("hand_in", ("draft",), "open")
FINISH = step("finish", ("open",), "done", "county", "city")


def test_a_sound_flow_is_built_and_begins_in_its_first_state() -> None:
    loan = flow((DRAFT, OPEN, DONE), (HAND_IN, FINISH))
    assert loan.start == DRAFT
    assert loan.state("open") == OPEN
    assert loan.step("finish") == FINISH


def test_a_state_that_cannot_be_reached_is_refused() -> None:
    with pytest.raises(FlowFault, match="loan: state lost cannot be reached"):
        flow((DRAFT, OPEN, DONE, state("lost", final=True)), (HAND_IN, FINISH))


def test_a_circle_beside_the_way_does_not_count_as_reached() -> None:
    island = (step("there", ("a",), "b"), step("back", ("b",), "a"))
    with pytest.raises(FlowFault, match="state a cannot be reached"):
        flow((DRAFT, OPEN, DONE, state("a"), state("b")), (HAND_IN, FINISH, *island))


def test_a_step_from_nowhere_is_refused() -> None:
    with pytest.raises(FlowFault, match="step finish comes from nowhere"):
        flow((DRAFT, OPEN, DONE), (HAND_IN, step("finish", (), "done")))


@pytest.mark.parametrize("wrong", [step("x", ("nowhere",), "open"), step("x", ("open",), "nil")])
def test_a_step_that_names_an_unknown_state_is_refused(wrong: Step) -> None:
    with pytest.raises(FlowFault, match="step x names the unknown state"):
        flow((DRAFT, OPEN, DONE), (HAND_IN, FINISH, wrong))


def test_a_dead_end_that_is_not_final_is_refused() -> None:
    with pytest.raises(FlowFault, match="state open has no way out and is not final"):
        flow((DRAFT, OPEN), (HAND_IN,))


def test_a_step_back_to_the_same_state_is_no_way_out() -> None:
    with pytest.raises(FlowFault, match="state open has no way out and is not final"):
        flow((DRAFT, OPEN), (HAND_IN, step("again", ("open",), "open")))


def test_a_step_out_of_a_final_state_is_refused() -> None:
    with pytest.raises(FlowFault, match="step reopen leaves the final state done"):
        flow((DRAFT, OPEN, DONE), (HAND_IN, FINISH, step("reopen", ("done",), "open")))


def test_a_step_that_nobody_may_take_is_refused() -> None:
    nobody = Step("finish", Text("完成", "Finish"), ("open",), "done", ())
    with pytest.raises(FlowFault, match="nobody may take step finish"):
        flow((DRAFT, OPEN, DONE), (HAND_IN, nobody))


def test_a_state_or_a_step_named_twice_is_refused() -> None:
    with pytest.raises(FlowFault, match="a state is named twice"):
        flow((DRAFT, OPEN, DONE, OPEN), (HAND_IN, FINISH))
    with pytest.raises(FlowFault, match="a step is named twice"):
        flow((DRAFT, OPEN, DONE), (HAND_IN, FINISH, FINISH))


def test_a_flow_without_states_is_refused() -> None:
    with pytest.raises(FlowFault, match="at least one state"):
        flow((), ())


def test_the_steps_available_depend_on_state_and_roles() -> None:
    loan = flow((DRAFT, OPEN, DONE), (HAND_IN, FINISH))
    assert loan.available("draft", frozenset({"firm"})) == (HAND_IN,)
    assert loan.available("draft", frozenset({"county"})) == ()
    assert loan.available("open", frozenset({"county", "firm"})) == (FINISH,)
    assert loan.available("done", frozenset({"county", "firm"})) == ()
    assert loan.available("open", frozenset()) == ()


def test_a_flow_draws_itself_as_mermaid_in_both_languages() -> None:
    loan = flow((DRAFT, OPEN, DONE), (HAND_IN, FINISH))
    assert loan.mermaid() == (
        "stateDiagram-v2\n    [*] --> draft\n"
        "    draft: draft中\n    open: open中\n    done: done中\n"
        "    draft --> open: hand_in办\n    open --> done: finish办\n"
        "    done --> [*]\n"
    )
    assert "    draft --> open: Hand_In\n" in loan.mermaid("en")
    assert not re.search("[一-鿿]", loan.mermaid("en"))


IDS = st.sampled_from("abcde")


@given(
    finals=st.frozensets(IDS),
    ways=st.lists(st.tuples(st.lists(IDS, max_size=3).map(tuple), IDS), max_size=8),
)
def test_from_every_state_of_a_flow_that_was_built_there_is_a_way_on_or_it_is_final(
    finals: frozenset[str], ways: list[tuple[tuple[str, ...], str]]
) -> None:
    states = tuple(state(id, final=id in finals) for id in "abcde")
    steps = tuple(step(f"s{n}", *way) for n, way in enumerate(ways))
    try:
        built = flow(states, steps)
    except FlowFault:
        return
    reached, edge = {"a"}, ["a"]
    while edge:
        here = edge.pop()
        onward = built.available(here, frozenset({"firm"}))
        assert any(s.target != here for s in onward) != (here in finals)
        edge += [s.target for s in onward if s.target not in reached]
        reached |= {s.target for s in onward}
    assert reached == set("abcde")
