from __future__ import annotations

from dengta.funding.actions import vouchers as actions
from dengta.funding.models import Voucher
from dengta.funding.queries import vouchers as queries
from tests.cast import MOMENT, WAN, Cast


def exceptions(voucher: Voucher) -> list[str]:
    """What the machine found wrong, in its words."""
    return [finding.text.zh for finding in queries.findings(voucher) if not finding.ok]


def test_a_clean_application_has_findings_and_no_exceptions(cast: Cast) -> None:
    voucher = cast.voucher("district_check")
    assert exceptions(voucher) == []
    assert len(queries.findings(voucher)) == 5
    assert queries.exceptions(voucher) == []


def test_an_invoice_of_another_year_is_an_exception(cast: Cast) -> None:
    line = cast.invoice(day=MOMENT.date().replace(year=2025))
    assert exceptions(cast.application(cast.firm, line)) == ["1 张发票不是 2026 年开具"]


def test_a_supplier_that_is_not_on_this_years_list_is_an_exception(cast: Cast) -> None:
    former = cast.enrol("former", kind="provider", industry_code="65")
    cast.list_supplier(former, year=2025)
    voucher = cast.voucher("district_check", supplier=former.organisation)
    assert exceptions(voucher) == ["供应商不在本年度名单内"]


def test_a_supplier_with_the_firms_own_boss_phone_or_address_is_an_exception(cast: Cast) -> None:
    firm = cast.firm.organisation
    for field in ("legal_person", "phone", "address"):
        twin = cast.enrol(
            f"twin-{field}", kind="provider", industry_code="65", **{field: getattr(firm, field)}
        )
        cast.list_supplier(twin)
        voucher = cast.voucher("district_check", supplier=twin.organisation)
        assert exceptions(voucher) == ["企业与供应商的法定代表人、电话或地址相同"]


def test_two_blanks_are_no_likeness(cast: Cast) -> None:
    blank = {"legal_person": "", "phone": "", "address": ""}
    firm = cast.enrol("blank", **blank)
    seller = cast.enrol("blank-seller", kind="provider", industry_code="65", **blank)
    cast.list_supplier(seller)
    voucher = cast.application(firm, supplier=seller.organisation)
    assert "企业与供应商的法定代表人、电话或地址相同" not in exceptions(voucher)


def test_invoices_beyond_what_was_paid_are_an_exception(cast: Cast) -> None:
    voucher = cast.voucher("district_check", paid_by_firm_fen=4 * WAN)
    assert exceptions(voucher) == ["实付 40,000.00 元，发票合计 100,000.00 元"]


def test_another_firms_paper_is_an_exception_that_names_its_voucher(cast: Cast) -> None:
    theirs = cast.voucher("district_check", cast.rival)
    for paper in ("contract", "invoice_file", "payment_proof"):
        copied = cast.paper(cast.firm, "same")
        Voucher.objects.filter(pk=theirs.pk).update(**{paper: cast.paper(cast.rival, "same")})
        voucher = cast.voucher("district_check", **{paper: copied})
        assert exceptions(voucher) == [f"与 {theirs.number} 的材料完全相同"]


def test_a_firms_own_paper_used_again_is_no_exception(cast: Cast) -> None:
    contract = cast.paper(cast.firm, "框架合同")
    cast.voucher("district_check", contract=contract)
    assert exceptions(cast.voucher("district_check", contract=contract)) == []


def test_exceptions_come_first_and_are_kept_as_they_stood_at_submission(cast: Cast) -> None:
    voucher = cast.voucher("district_check", paid_by_firm_fen=4 * WAN)
    assert [finding.ok for finding in queries.findings(voucher)] == [False] + [True] * 4
    stored = queries.exceptions(Voucher.objects.get(pk=voucher.pk))
    assert [text.zh for text in stored] == ["实付 40,000.00 元，发票合计 100,000.00 元"]
    assert all(text.en for text in stored)


def test_a_mended_application_loses_its_exceptions(cast: Cast) -> None:
    voucher = cast.voucher("district_check", paid_by_firm_fen=4 * WAN)
    actions.take(voucher, "return", cast.county, note="请补齐付款。", at=MOMENT)
    actions.save_draft(voucher, cast.firm.actor, {"paid_by_firm_fen": 10 * WAN})
    actions.submit(voucher, cast.firm.actor, at=MOMENT)
    assert queries.exceptions(voucher) == []
