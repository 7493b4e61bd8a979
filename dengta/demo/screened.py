"""Claims of the demo province that look alike, for the screening to find: one hit is open, one was
found to be no duplicate, one to be one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Protocol

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.demo.papers import workshop
from dengta.funding.actions import hits
from dengta.funding.actions import vouchers as funding
from dengta.funding.actions.eligibility import NotEligible
from dengta.funding.models import Hit, Voucher
from dengta.funding.queries.vouchers import edition, terms_of
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, suppliers
from dengta.trail.actions import keep_document
from dengta.trail.models import Document

PAIRS = (
    ("设备联网采集终端四十台，含安装调试及一年云平台服务",
     "设备联网采集终端四十二台，含安装调试及一年云平台服务", 31),
    ("云上仓储管理系统实施与年度订阅，含扫码终端对接",
     "云上仓储管理系统实施与年度订阅，含扫码终端对接", None),
    ("云端能耗监测平台年度服务，含电表网关与数据看板开发",
     "云端能耗监测平台年度服务，含电表网关与数据看板的开发", 32),
)  # fmt: skip
"""What two firms say they bought, and the photo that both gave."""
DISMISSED = "两家企业各自签约、各自付款，供应商用同一份产品说明开票，合同和流水均不同。"
UPHELD = "两份申请的现场照片相同，后一家不能提供设备的签收记录。"


class Build(Protocol):
    """What is needed of the builder of the demo province."""

    officials: dict[tuple[str, str], Actor]
    funded: dt.date

    def at(self, days_ago: int) -> dt.datetime:
        """Ten in the morning, some days ago."""

    def actor(self, organisation: Organisation) -> Actor:
        """The first person who acts for an organisation."""


def fill(province: Build, firms: list[Organisation]) -> None:
    """File each pair, and decide what was found of the last two."""
    fresh = _fresh(firms)
    found = [_pair(province, pair, fresh) for pair in PAIRS]
    for pairs, (decide, reason) in zip(
        found[1:], ((hits.dismiss, DISMISSED), (hits.uphold, UPHELD)), strict=True
    ):
        for hit in pairs:
            decide(hit, _county(province, hit), reason=reason, at=province.at(1))


def _fresh(firms: list[Organisation]) -> Iterator[Organisation]:
    """Firms that have no application yet, those of Wuhan first."""
    taken = set(Voucher.objects.values_list("organisation", flat=True))
    others = [firm for firm in firms if firm.pk not in taken]
    return iter(sorted(others, key=lambda firm: division_of(firm.region_code) != "420100"))


def _pair(
    province: Build, pair: tuple[str, str, int | None], fresh: Iterator[Organisation]
) -> list[Hit]:
    """Let two firms file; gives what was found."""
    first, second, photo = pair
    numbers = []
    for days, words in ((4, first), (3, second)):
        tried = (_file(province, firm, words, photo, province.at(days)) for firm in fresh)
        made = next((voucher for voucher in tried if voucher is not None), None)
        numbers += [made.number] if made is not None else []
    return list(Hit.objects.filter(filing__number__in=numbers).order_by("pk"))


def _county(province: Build, hit: Hit) -> Actor:
    region = hit.filing.organisation.region_code
    city = province.officials["city", division_of(region)]
    return province.officials.get(("county", region), city)


def _file(
    province: Build, firm: Organisation, words: str, photo: int | None, at: dt.datetime
) -> Voucher | None:
    """One application with such words and photo; None if the firm is not eligible."""
    acting = province.actor(firm)
    savepoint = transaction.savepoint()
    voucher = funding.begin_voucher(acting, at=at)
    amount = 12_000_000 + voucher.pk * 1_000
    papers = {
        field: _paper(acting, f"{name} {voucher.number} {firm.uscc}")
        for field, name in (("contract", "合同"), ("invoice_file", "发票"),
                            ("payment_proof", "付款凭证"), ("item_list", "清单"))
    }  # fmt: skip
    if photo is not None:
        file = SimpleUploadedFile("现场照片（演示）.jpg", workshop(photo))
        papers["item_list"] = keep_document(file, by=acting)
    invoiced = max(timezone.localdate(at) - dt.timedelta(days=9), dt.date(voucher.year, 1, 1))
    funding.save_draft(
        voucher, acting,
        papers | {
            "supplier": suppliers(province.funded).order_by("uscc")[0],
            "depth": "business",
            "contract_number": f"HT-{voucher.year}-{voucher.pk:05d}",
            "bank_flow": f"{voucher.year}{voucher.pk:012d}",
            "paid_by_firm_fen": amount,
            "bank_account": f"6200{firm.pk:012d}",
            "bank_name": "演示银行武汉分行",
            "terms": terms_of(edition(voucher.scheme)),
            "agreed_by": acting.name[:60],
        },
        [funding.InvoiceLine("", f"{26420000000000000000 + voucher.pk}", invoiced, words, amount)],
    )  # fmt: skip
    try:
        funding.submit(voucher, acting, at=at)
    except NotEligible:
        transaction.savepoint_rollback(savepoint)
        return None
    return voucher


def _paper(acting: Actor, words: str) -> Document:
    file = SimpleUploadedFile(f"{words[:4].strip()}.txt", f"{words}\n演示材料\n".encode())
    return keep_document(file, by=acting)
