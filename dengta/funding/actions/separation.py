"""Separation of duties: who makes a thing that moves money does not send it as well."""

from __future__ import annotations

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.registry.queries import officials_for
from dengta.trail.actions import StepRefused


def refuse_maker(
    maker: int | None, actor: Actor, office: str, note: str, *, colleague: Text, alone: Text
) -> bool:
    """Whether one person makes and sends, which only somebody does who is alone in an office (a
    region) and says in a note who checked it. `maker` is the id of the user who made it.

    StepRefused with `colleague` where the office has somebody else, with `alone` without a note.
    """
    if maker is None or maker != actor.user_id:
        return False
    if set(officials_for(actor.role, office)) - {actor.user_id}:
        raise StepRefused(colleague)
    if not note.strip():
        raise StepRefused(alone)
    return True
