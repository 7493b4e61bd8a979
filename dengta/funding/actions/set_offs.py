"""抵扣: what a payee owes back is kept from what it is paid. The one place where payments meet
clawbacks.

Kept at sending, so that the payment file says what is transferred; booked when the bank has paid,
so that a payment that bounces takes nothing.
"""

from __future__ import annotations

import datetime as dt

from dengta.funding.models import Payment
from dengta.registry.models import Organisation


def due_from(organisation: Organisation, *, at: dt.datetime) -> int:
    """What is to be kept from an organisation's payments now, in 分: nothing unless a clawback is
    being collected."""
    return 0


def take(payment: Payment, *, at: dt.datetime) -> None:
    """Book what was kept from a payment that has just been paid; nothing when nothing was."""
