"""改造项目的状态流转."""

from dengta.projects.states.acceptance import ACCEPTANCE, DISPUTE, USAGE
from dengta.projects.states.pilots import COMPLAINT, PILOT_FIRM, PILOT_PLAN
from dengta.projects.states.projects import CHANGE, MILESTONE, PROJECT

__all__ = [
    "ACCEPTANCE",
    "CHANGE",
    "COMPLAINT",
    "DISPUTE",
    "MILESTONE",
    "PILOT_FIRM",
    "PILOT_PLAN",
    "PROJECT",
    "USAGE",
]
