"""The tabs of one round at the official's desk."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from dengta.programmes.queries import Round


def round_tabs(round: Round, current: str) -> list[dict[str, Any]]:
    """One entry per page of a round; `current` is the address name of the page shown."""
    tabs: tuple[tuple[str, str], ...] = (("round_panel", _("专家评审")),)
    return [
        {"label": label, "url": reverse(name, args=[round.pk]), "active": name == current}
        for name, label in tabs
    ]
