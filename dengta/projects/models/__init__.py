"""改造项目."""

from dengta.projects.models.acceptance import Acceptance, Dispute, UsageCheck
from dengta.projects.models.pilots import (
    Complaint,
    PilotChange,
    PilotFirm,
    PilotMonth,
    PilotPlan,
    ProviderScore,
)
from dengta.projects.models.projects import (
    DEAD_PROJECT,
    OPEN_PROJECT,
    Change,
    ContractLine,
    Milestone,
    Party,
    Project,
    Proof,
    SupervisionEntry,
)

__all__ = [
    "DEAD_PROJECT",
    "OPEN_PROJECT",
    "Acceptance",
    "Change",
    "Complaint",
    "ContractLine",
    "Dispute",
    "Milestone",
    "Party",
    "PilotChange",
    "PilotFirm",
    "PilotMonth",
    "PilotPlan",
    "Project",
    "Proof",
    "ProviderScore",
    "SupervisionEntry",
    "UsageCheck",
]
