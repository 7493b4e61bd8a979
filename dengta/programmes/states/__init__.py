"""遴选的状态流转: round, application, draw of experts, sheet, objection, award, proceeding."""

from dengta.programmes.states.application import (
    APPLICANTS,
    APPLICATION,
    CHECKS,
    LIVE_STATES,
    MENDING_STATES,
    OPEN_STATES,
    PUBLIC_STATES,
)
from dengta.programmes.states.award import AWARD, OBJECTION, PROCEEDING
from dengta.programmes.states.round import PANEL_DRAW, REVIEW, ROUND

__all__ = [
    "APPLICANTS",
    "APPLICATION",
    "AWARD",
    "CHECKS",
    "LIVE_STATES",
    "MENDING_STATES",
    "OBJECTION",
    "OPEN_STATES",
    "PANEL_DRAW",
    "PROCEEDING",
    "PUBLIC_STATES",
    "REVIEW",
    "ROUND",
]
