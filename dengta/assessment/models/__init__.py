"""测评诊断: assessments and what they rest on, ratings by others, samples, diagnoses, campaigns."""

from dengta.assessment.models.assessment import Answer, Assessment, Evidence, RecordedResult
from dengta.assessment.models.campaign import Campaign, Invitation
from dengta.assessment.models.diagnosis import DiagnosisGap, DiagnosisOrder
from dengta.assessment.models.rating import RatedAnswer, Rating, Sample, SampledRating

__all__ = [
    "Answer",
    "Assessment",
    "Campaign",
    "DiagnosisGap",
    "DiagnosisOrder",
    "Evidence",
    "Invitation",
    "RatedAnswer",
    "Rating",
    "RecordedResult",
    "Sample",
    "SampledRating",
]
