"""What tests of finance share: firms that fit, requests taken along their way, a bank's file."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dengta.funding.actions.finance import Asked, request_loan, review
from dengta.funding.actions.finance_answers import import_answers
from dengta.funding.actions.finance_lists import build_list, push_list
from dengta.funding.models import LoanRequest, WhiteList
from dengta.registry.actions import state_facts
from dengta.registry.queries import policy
from dengta.trail.models import Job
from tests.cast import MOMENT, WAN, Cast, Firm
from tests.tables import uploaded, xlsx
from tests.working import work

PRODUCT, BANK, OTHER_BANK = "commercial_credit", "hubei-bank", "hankou-bank"
ASKED = Asked(300 * WAN, "购买生产管理系统", "HT-2026-01")
HEADING = ["申请编号", "企业名称", "银行答复", "金额（万元）", "年利率（%）", "答复日期", "说明"]


def scope() -> tuple[str, ...]:
    """All that the product needs."""
    return policy().loan(PRODUCT).scope


def fitting(firm: Firm) -> Firm:
    """A firm of which is known that it stands on no list of offenders."""
    state_facts(firm.actor, {"abnormal_listed": False, "serious_violation": False})
    return firm


def requested(firm: Firm, at: dt.datetime = MOMENT, **different: Any) -> LoanRequest:
    """A request with its authorisation, for three million yuan at the Bank of Hubei."""
    how: dict[str, Any] = {
        "product": PRODUCT, "bank": BANK, "asked": ASKED, "scope": scope(), "months": 12,
    }  # fmt: skip
    request, _ = request_loan(fitting(firm).actor, **(how | different), at=at)
    return request


def recommended(cast: Cast, firm: Firm, at: dt.datetime = MOMENT, **how: Any) -> LoanRequest:
    """A request that county and city have passed."""
    request = requested(firm, at, **how)
    county = {"420102": cast.county, "420104": cast.next_county}[firm.organisation.region_code]
    review(request, "pass", county, at=at)
    review(request, "recommend", cast.city, at=at)
    return request


def built(cast: Cast, at: dt.datetime = MOMENT) -> WhiteList:
    """The list of the Bank of Hubei as it stands."""
    return build_list(cast.province, PRODUCT, BANK, at=at)[0]


def pushed(cast: Cast, *firms: Firm, at: dt.datetime = MOMENT) -> WhiteList:
    """A list of these firms that has been pushed."""
    for firm in firms:
        recommended(cast, firm, at)
    listed = built(cast, at)
    push_list(listed, cast.province, at=at)
    return listed


def answered(
    cast: Cast, listed: WhiteList, *rows: list[Any], heading: list[str] = HEADING,
    name: str = "答复.xlsx",
) -> Job:  # fmt: skip
    """The job of an import of a bank's answers that has been worked through."""
    source = uploaded(xlsx(答复=[heading, *rows]), name, cast.province)
    job, _ = import_answers(cast.province, listed, source)
    work()
    job.refresh_from_db()
    return job
