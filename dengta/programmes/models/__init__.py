"""遴选: rounds, applications, panels, objections, awards."""

from dengta.programmes.models.application import Application, Attachment, Entry, Reopening
from dengta.programmes.models.award import Award, Objection, Proceeding
from dengta.programmes.models.panel import Correction, PanelDraw, Panelist, Recusal, Review
from dengta.programmes.models.round import Publication, QuotaCount, Round

__all__ = [
    "Application",
    "Attachment",
    "Award",
    "Correction",
    "Entry",
    "Objection",
    "PanelDraw",
    "Panelist",
    "Proceeding",
    "Publication",
    "QuotaCount",
    "Recusal",
    "Reopening",
    "Review",
    "Round",
]
