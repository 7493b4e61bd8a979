"""The assessment app (测评诊断)."""

from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    """测评诊断"""

    name = "dengta.assessment"
    label = "assessment"
    verbose_name = "测评诊断"
