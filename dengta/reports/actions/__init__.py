"""Writes of reports: a report as a PDF, and a thousand of them as one file."""

from dengta.reports.actions.batch import make_batch, start_batch
from dengta.reports.actions.rendering import file_name, render

__all__ = ["file_name", "make_batch", "render", "start_batch"]
