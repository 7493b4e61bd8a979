"""What offices ask of a firm: campaigns that it has not answered yet."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dengta.accounts.queries import Actor
from dengta.assessment.queries import campaigns
from dengta.registry.queries import policy
from dengta.web.frame import said
from dengta.web.templatetags.dengta import date_zh


def calls(acting: Actor) -> list[dict[str, Any]]:
    """Each call as the component wants it, the most urgent first."""
    return [_row(call) for call in campaigns.calls(acting.organisation_id, timezone.localdate())]


def _row(call: campaigns.Call) -> dict[str, Any]:
    campaign = call.campaign
    instrument = policy().instruments.get(campaign.instrument)
    values = {"asker": said(call.asker), "day": date_zh(campaign.due_date)}
    return {
        "campaign": campaign,
        "title": _("%(asker)s请您在%(day)s前完成测评") % values,
        "instrument": instrument.name if instrument else campaign.instrument,
        "clock": {"holder": _("本企业"), "left": call.left, "due": campaign.due_date},
        "late": call.left < 0,
        "begun": call.begun,
    }
