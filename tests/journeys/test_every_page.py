"""Every address that shows a page, for each desk, on a phone and on a wide screen, in Chinese and
English: no violation of accessibility, nothing sticks out, nothing left untranslated.

Accessibility is looked into at each width and in each language once, on a phone in Chinese and on a
wide screen in English: markup and styles are those of the other two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from django.urls import URLPattern

from dengta.web.urls import urlpatterns
from tests.journeys.conftest import DESKTOP, PHONE, Visit, Visitor
from tests.journeys.province import Site

OFFICES = {
    "queue": "/official/",
    "voucher_list": "/official/vouchers/",
    "case": "/official/vouchers/{voucher}/",
    "official_rounds": "/official/rounds/",
    "official_applications": "/official/applications/",
    "official_ageing": "/official/ageing/",
    "notices": "/notices/",
    # Long work and what goes in and out.
    "imports": "/official/import/",
    "export": "/official/export/",
    "jobs": "/jobs/",
    "tokens": "/tokens/",
}
PAGES: Mapping[str, Mapping[str, str]] = {
    "": {
        "home": "/?indicator=assessed",
        "calculator": "/calculator/?region_code=420100&industry_code=36&employees=180"
        "&revenue_wan=9000&assets_wan=7500&digital_level=2&cloud_depth=business",
        "plan": "/plan/",
        "programmes": "/programmes/",
        "programme": "/programmes/cloud_voucher/",
        "rounds": "/rounds/",
        "register": "/register/",
        "sign_in": "/sign-in/",
        "verify": "/verify/?code=ABCD",
        "accessibility": "/accessibility/",
        "join": "/join/used-or-never-made/",
    },
    "firm": {
        "enterprise_home": "/enterprise/",
        "record": "/enterprise/record/",
        "members": "/members/",
        "consent": "/enterprise/consent/",
        "assessment": "/enterprise/assessment/",
        "assessment_item": "/enterprise/assessment/{draft}/q1/",
        "assessment_check": "/enterprise/assessment/{draft}/check/",
        "assessment_result": "/enterprise/assessment/{result}/",
        "roadmap": "/enterprise/assessment/{result}/roadmap/?target=4&budget=100",
        "verify_code": "/verify/{code}/",
        "policies": "/enterprise/policies/",
        "policies_fact": "/enterprise/policies/fact/?id=cloud_depth&id=cloud_spend_fen&id=purpose",
        "vouchers": "/enterprise/vouchers/",
        "voucher": "/enterprise/vouchers/{voucher}/",
        "voucher_edit": "/enterprise/vouchers/{application}/edit/",
        "applications": "/applications/",
        "statement": "/enterprise/statement/",
        "notices": "/notices/",
    },
    "provider": {"provider_home": "/provider/", "notices": "/notices/"},
    "expert": {
        "expert_home": "/expert/",
        "expert_profile": "/expert/profile/",
        "expert_reviews": "/expert/reviews/",
        "expert_rating": "/expert/ratings/{rating}/",
        "notices": "/notices/",
    },
    "county": OFFICES,
    "city": OFFICES | {"job": "/jobs/{job}/"},
    "province": OFFICES
    | {
        "indicators": "/official/indicators/",
        "indicator": "/official/indicators/cloud_enterprises/",
        "indicator_members": "/official/indicators/cloud_enterprises/420100/",
        "pool": "/official/pool/",
        "books": "/official/books/",
        "books_account": "/official/books/account/pool/cloud-voucher-2026/",
        "books_programme": "/official/books/programme/cloud_voucher/",
        "books_firm": "/official/books/firm/{uscc}/",
        "report_batch": "/official/reports/",
        "official_round_new": "/official/rounds/new/",
    },
}
# Matching: needs, quotes and what is recommended.
NEEDS = {"official_needs": "/official/needs/", "official_need": "/official/needs/1/"}
PAGES = {
    **PAGES,
    "firm": {
        **PAGES["firm"],
        "needs": "/enterprise/needs/",
        "need": "/enterprise/needs/1/",
        "need_new": "/enterprise/needs/new/?gap=quality",
        "need_edit": "/enterprise/needs/4/edit/",
        "recommendations": "/enterprise/needs/fitting/",
    },
    "provider": {
        **PAGES["provider"],
        "provider_needs": "/provider/needs/?show=open",
        "provider_need": "/provider/needs/1/",
    },
    "county": {**PAGES["county"], **NEEDS},
    "city": {**PAGES["city"], **NEEDS},
    "province": {**PAGES["province"], **NEEDS},
}
# Budgets: the province sees all places, the city what it was given.
FUNDS = {
    "budgets": "/official/budgets/",
    "fund": "/official/budgets/fund/{fund}/",
    "budget_orders": "/official/budgets/orders/",
    "budget_order": "/official/budgets/orders/1/",
    "budget_new": "/official/budgets/orders/new/",
    "tranches": "/official/tranches/",
    "tranche": "/official/tranches/2/",
    "public_expense": "/official/budgets/public/1/",
}
PAGES = {
    **PAGES,
    "": {**PAGES[""], "funds": "/funds/"},
    "city": {
        **PAGES["city"],
        **FUNDS,
        "late": "/official/late/",
        "public_expense_new": "/official/budgets/fund/{fund}/public/new/",
    },
    "province": {**PAGES["province"], **FUNDS, "tranche_plan": "/official/tranches/plan/"},
}
# Ratings and samples: the county has the re-check that waits, the city what was drawn.
RATINGS = {
    "official_assessment": "/official/assessments/{rated}/",
    "official_samples": "/official/samples/",
    "official_sample": "/official/samples/{sample}/",
    "official_assessors": "/official/assessors/",
}
PAGES = {
    **PAGES,
    "": {**PAGES[""], "samples": "/samples/", "sample": "/samples/{sample}/"},
    "county": {**PAGES["county"], **RATINGS, "official_rating": "/official/ratings/{recheck}/"},
    "city": {**PAGES["city"], **RATINGS},
}
# Lists of assessments, campaigns, what-if.
OVERVIEWS = {
    "official_assessments": "/official/assessments/?sort=high",
    "what_if": "/official/what-if/?w-foundation=40&w-outcome=30",
    "campaigns": "/official/campaigns/",
    "campaign_new": "/official/campaigns/new/",
    "campaign": "/official/campaigns/{campaign}/?area=420000",
    "campaign_firms": "/official/campaigns/{campaign}/firms/?region=420000",
}
PAGES = {**PAGES, **{who: {**PAGES[who], **OVERVIEWS} for who in ("county", "province")}}
# Diagnosis, at each of its desks.
DIAGNOSES = {
    "firm": {"diagnoses": "/enterprise/diagnosis/", "diagnosis": "/enterprise/diagnosis/{order}/"},
    "provider": {
        "provider_diagnoses": "/provider/diagnosis/",
        "provider_diagnosis": "/provider/diagnosis/{order}/",
        "provider_report": "/provider/diagnosis/{order}/report/",
    },
    "province": {
        "official_diagnoses": "/official/diagnosis/",
        "official_diagnosis": "/official/diagnosis/{order}/",
    },
}
# Selections: what became of the rounds of the demo, where one is in publicity and one is awarded.
SELECTIONS = {
    "": {
        "round_publicity": "/rounds/{publicity}/publicity/",
        "objection_new": "/objections/{listed}/new/",
        "objections": "/objections/",
        "awards": "/awards/",
        "award": "/awards/{award}/",
    },
    "firm": {
        "own_awards": "/applications/awards/",
        "own_award": "/applications/awards/{award}/",
    },
    "province": {
        "simulation": "/official/simulation/",
        "official_round_list": "/official/rounds/{publicity}/list/",
        "official_publicity": "/official/rounds/{publicity}/publicity/",
        "official_objection": "/official/objections/{objection}/",
        "official_awards": "/official/awards/",
        "official_experts": "/official/experts/",
        "official_award": "/official/awards/{award}/",
    },
}
# Loans and the fund: the demo has requests, a pushed list and projects.
FINANCE = {
    "": {"loans": "/loans/", "loan": "/loans/commercial_credit/"},
    "firm": {
        "enterprise_loans": "/enterprise/loans/",
        "enterprise_loan": "/enterprise/loans/commercial_credit/",
        "enterprise_loan_request": "/enterprise/loans/requests/{loan}/",
        "grants": "/enterprise/grants/",
    },
    "county": {"official_loan_request": "/official/loans/requests/{loan}/"},
    "province": {
        "official_loans": "/official/loans/?show=all",
        "official_white_list": "/official/loans/lists/{white_list}/",
        "fund_pipeline": "/official/fund-pipeline/",
        "fund_project": "/official/fund-pipeline/{project}/",
    },
}
VOUCHERS = {
    "": {"openings": "/openings/"},
    "firm": {"opening": "/enterprise/openings/{opening}/"},
    "provider": {"provider_redeem": "/provider/vouchers/"},
    "province": {
        "official_openings": "/official/openings/",
        "official_opening": "/official/openings/{opening}/",
        "issuances": "/official/issuances/",
    },
}
PAGES = {
    who: {
        **pages,
        **DIAGNOSES.get(who, {}),
        **SELECTIONS.get(who, {}),
        **FINANCE.get(who, {}),
        **VOUCHERS.get(who, {}),
    }
    for who, pages in PAGES.items()
}
# Money on its way: the province sees every place, a county its own.
ON_ITS_WAY = {
    "money": "/official/money/?programme=cloud_voucher",
    "money_cases": "/official/money/cases/?late=1",
    "money_expiring": "/official/money/expiring/",
}
PAGES = {
    **PAGES,
    "": {**PAGES[""], "payment_times": "/payment-times/"},
    **{who: {**PAGES[who], **ON_ITS_WAY} for who in ("county", "province")},
}
# Claims, payments, clawbacks, openings and duplicates, one of each kind where the demo has it.
MONEY = {
    "": {"openings": "/openings/", "sanctions": "/sanctions/"},
    "firm": {
        "claims": "/enterprise/claims/",
        "claim": "/enterprise/claims/{claim}/",
        "claim_edit": "/enterprise/claims/{claimed}/edit/",
        "enterprise_payments": "/enterprise/payments/",
        "own_clawbacks": "/enterprise/clawbacks/",
        "opening": "/enterprise/openings/{opening}/",
    },
    "provider": {
        "provider_redeem": "/provider/vouchers/",
        "provider_payments": "/provider/payments/",
    },
    "city": {"official_claims": "/official/claims/"},
    "province": {
        "claims_list": "/official/claims/list/",
        "official_claim": "/official/claims/{claim}/",
        "payments": "/official/payments/",
        "payment_batches": "/official/payments/batches/",
        "payment_batch": "/official/payments/batches/{batch}/",
        "payments_bounced": "/official/payments/bounced/",
        "payments_unmatched": "/official/payments/unmatched/",
        "payment": "/official/payments/{payment}/",
        "official_clawbacks": "/official/clawbacks/",
        "official_clawback": "/official/clawbacks/{clawback}/",
        "clawback_new": "/official/clawbacks/new/",
        "official_openings": "/official/openings/",
        "official_opening": "/official/openings/{opening}/",
        "issuances": "/official/issuances/",
        "hits": "/official/hits/?state=",
        "register_search": "/official/register/?q=HT-",
    },
}
PAGES = {who: {**pages, **MONEY.get(who, {})} for who, pages in PAGES.items()}
# Industrial identifiers.
IDENTIFIERS = {
    "": {"identifier_search": "/identifiers/?code=88.118.2/ZB-0001"},
    "firm": {"identifiers": "/desk/identifiers/", "platforms": "/desk/platforms/"},
    "province": {
        "identifier_prefixes": "/official/prefixes/",
        "official_platforms": "/official/platforms/",
    },
}
PAGES = {who: {**pages, **IDENTIFIERS.get(who, {})} for who, pages in PAGES.items()}
# Pilots: the board for everybody, one's own plan to begin.
PILOTS = {
    "": {"public_pilots": "/pilots/"},
    "city": {"pilot_new": "/official/pilots/new/"},
    "province": {"pilots": "/official/pilots/"},
}
PAGES = {who: {**pages, **PILOTS.get(who, {})} for who, pages in PAGES.items()}
# The resource pool: the demo's first package has two versions, one product was returned.
POOL = {
    "": {
        "coverage": "/coverage/?sub_industry=auto_parts",
        "catalogue": "/catalogue/?q=包&kind=package&level=3",
        "catalogue_compare": "/catalogue/compare/?e=package-f4ea7129a0&e=package-b262abc82f",
        "catalogue_entry": "/catalogue/package-f4ea7129a0/",
    },
    "provider": {
        "own_entries": "/entries/",
        "own_entry_new": "/entries/new/",
        "own_entry": "/entries/{entry}/",
        "own_entry_edit": "/entries/{returned}/edit/",
    },
    "province": {
        "official_coverage": "/official/coverage/?by=sub_industry&division=420100",
        "official_catalogue": "/official/catalogue/",
        "official_entry": "/official/catalogue/{entry}/",
    },
}
PAGES = {who: {**pages, **POOL.get(who, {})} for who, pages in PAGES.items()}
# Projects: the firm's own, what its provider and its offices have of it, what is in publicity.
PROJECTS = {
    "": {"acceptances": "/acceptances/"},
    "firm": {"projects": "/enterprise/projects/", "project": "/enterprise/projects/{project}/"},
    "provider": {
        "provider_projects": "/provider/projects/",
        "provider_project": "/provider/projects/{project}/",
    },
    "county": {
        "official_projects": "/official/projects/?state=all",
        "official_project": "/official/projects/{undertaken}/",
    },
}
PAGES = {who: {**pages, **PROJECTS.get(who, {})} for who, pages in PAGES.items()}
# Providers and complaints about them.
PROVIDERS = {
    "": {
        "providers": "/providers/?sub_industry=auto_parts",
        "provider_shares": "/providers/shares/auto_parts/",
    },
    "firm": {"complaints": "/desk/complaints/", "complaint_new": "/desk/complaints/new/"},
}
PAGES = {who: {**pages, **PROVIDERS.get(who, {})} for who, pages in PAGES.items()}
# After acceptance: before and after, the checks of use.
AFTER = {
    "firm": {"project_results": "/enterprise/projects/{project}/results/"},
    "county": {
        "official_usage": "/official/usage/",
        "official_project_results": "/official/projects/{undertaken}/results/",
    },
}
PAGES = {who: {**pages, **AFTER.get(who, {})} for who, pages in PAGES.items()}
# The gallery has its own test; the others show no page of their own to a GET.
ELSEWHERE = {
    "assessment_report", "official_report",
    "gallery", "register_check", "sign_out", "desk", "elder", "set_language", "open_notice",
    "document", "account_login", "account_signup", "assessment_start", "assessment_discard",
    "assessment_carry", "diagnosis_step", "provider_diagnosis_step", "official_diagnosis_step",
    "voucher_new", "voucher_step", "case_step", "case_reverse", "claim_account",
    "official_opening_step",
    "import_template", "own_data", "token_revoke", "member_leave", "invite_revoke",
    "expert_tie_end", "expert_worker", "expert_answers", "expert_evidence", "expert_decline",
    "official_assign", "official_worker", "official_answers", "official_evidence",
    "campaign_step", "campaign_export",
    # A quote is looked at by test_match.
    "need_choose", "need_step", "need_record", "provider_need_step", "provider_quote",
    "official_need_step",
    # Pages of one round and one application are looked at by test_apply.
    "round", "application", "application_form", "application_papers", "application_check",
    "official_round", "round_applications", "official_application",
    "application_start", "application_step", "application_carry",
    "official_round_step", "official_application_step", "round_applications_export",
    "official_letter_issue", "official_letter",
    "budget_order_step", "tranche_step", "public_expense_step",
    "books_prove", "books_export", "books_export_job",
    "official_rating_cancel", "official_sample_draw", "official_recheck", "sample_record",
    # The review of a round, in test_review.
    "round_draw", "round_publication", "round_panel", "round_panel_act", "round_panel_item",
    "expert_review", "expert_review_keep", "expert_review_paper", "expert_review_withdraw",
    "expert_review_correct", "expert_panel_leave",
    # Of lists and awards: files, steps, and cases that the demo does not have.
    "round_list_record", "round_publicity_csv", "round_publicity_xlsx", "awards_file", "objection",
    "official_list_record", "official_round_list_step", "official_listed_step",
    "official_close_reserve", "official_award_list", "official_objection_step",
    "own_certificate", "official_certificate", "ask_award", "answer_proceeding",
    "official_proceeding", "proceeding_step", "restore_award", "round_instant", "instant_step",
    "money_export",
    # Steps and files of loans.
    "enterprise_loan_step", "grant_revoke", "white_list_build", "official_loan_step",
    "white_list_file", "white_list_answers", "white_list_step", "fund_project_step",
    # Of claims, payments, clawbacks, openings, duplicates: steps and files; what a small demo and
    # its firm do not have is in the tests of those pages.
    "claim_new", "claim_confirm", "claim_withdraw", "claim_lines_template", "claims_pass",
    "official_claim_step", "payments_make", "payment_drop", "payment_end", "payment_batch_step",
    "payment_batch_file", "payment_batch_results", "enterprise_payment", "provider_payment",
    "enterprise_payment_mend", "provider_payment_mend", "own_clawback", "own_clawback_letter",
    "answer_clawback", "clawback_letter", "clawback_step", "lift_sanction",
    "hit", "hit_step", "official_list", "register_firm", "register_invoice",
    "provider", "complaint", "payment_return",
    "acceptance",  # in the pages' own tests: a small demo may have none in publicity
    "identifier", "identifier_end", "platform", "official_platform",
    "platform_record", "platform_evaluate", "platform_exit",
    # Of a pilot: its pages are in tests/web/test_pilot_pages.py.
    "pilot_counted", "pilot_month_counted", "official_copies",
    "pilot", "pilot_edit", "pilot_step", "pilot_list", "pilot_firm_step", "pilot_month",
    "pilot_import", "pilot_import_seen", "pilot_import_template",
    "own_entry_step", "official_entry_step",
    # Of projects: steps, a form that is looked at by its own tests, and objections.
    "project_new", "project_edit", "project_split", "project_claim", "project_step",
    "provider_project_step", "official_project_step", "dispute",
    "project_case", "usage_report", "usage_decide",
}  # fmt: skip


def test_no_page_is_forgotten() -> None:
    names = {pattern.name for pattern in urlpatterns if isinstance(pattern, URLPattern)}
    assert names == ELSEWHERE | {name for pages in PAGES.values() for name in pages}


def places(visitor: Visitor, who: str) -> dict[str, str]:
    """What stands behind the numbers in addresses, found by following links."""
    page, found = visitor.page, {}
    if "opening" in PAGES[who] or "official_opening" in PAGES[who]:
        visitor.go("/openings/" if who == "firm" else "/official/openings/")
        found["opening"] = _number(page.locator(".queue-title a").first.get_attribute("href"))
    if who == "firm":
        for button, name, address in (
            ("/enterprise/assessment/start/", "draft", "/enterprise/assessment/"),
            ("/enterprise/vouchers/new/", "application", "/enterprise/vouchers/"),
            ("/enterprise/claims/new/", "claimed", "/enterprise/claims/"),
        ):
            visitor.go(address)
            start = page.locator(f"form[action='{button}'] button:visible")
            (start.first if start.count() else page.locator("main .btn-primary").first).click()
            page.wait_for_url(re.compile(r"/\d+/"))
            found[name] = _number(page.url)
        visitor.go("/enterprise/assessment/")
        found["result"] = _number(page.locator(".results a").first.get_attribute("href"))
        visitor.go(f"/enterprise/assessment/{found['result']}/")
        code = page.locator("#verify a[href^='/verify/']").get_attribute("href") or ""
        found["code"] = code.split("/")[2]
        visitor.go("/enterprise/vouchers/")
        found["voucher"] = _number(page.locator(".queue-title a").last.get_attribute("href"))
    elif "voucher_list" in PAGES[who]:
        visitor.go("/official/vouchers/")
        found["voucher"] = _number(page.locator("[data-open]").first.get_attribute("href"))
    if "books_firm" in PAGES[who]:
        visitor.go("/official/books/?q=有限公司")
        shown = page.locator("a[href^='/official/books/firm/']").first.get_attribute("href")
        found["uscc"] = (shown or "").split("/")[4]
    if "campaign" in PAGES[who]:
        visitor.go("/official/campaigns/")
        found["campaign"] = _number(page.locator("[data-open]").first.get_attribute("href"))
    if "job" in PAGES[who]:
        visitor.go("/jobs/")
        found["job"] = _number(page.locator(".queue-title a").first.get_attribute("href"))
    if "fund" in PAGES[who]:
        visitor.go("/official/budgets/")
        pilot = page.locator("a[href*='/fund/pilot-city']").first.get_attribute("href")
        found["fund"] = (pilot or "").split("/")[4]
    if who in DIAGNOSES:
        desk = {"firm": "enterprise", "province": "official"}.get(who, who)
        visitor.go(f"/{desk}/diagnosis/")
        found["order"] = _number(page.locator("[data-open]").last.get_attribute("href"))
    found |= finance_places(visitor, who) | money_places(visitor, who) | pool_places(visitor, who)
    found |= project_places(visitor, who)
    return found | rating_places(visitor, who) | selection_places(visitor, who)


def pool_places(visitor: Visitor, who: str) -> dict[str, str]:
    """The numbers of entries of the pool, where a desk has them."""
    page, found = visitor.page, {}
    for name, address, says in (
        ("entry", "/entries/", "质量追溯"),
        ("returned", "/entries/", "空压机"),
        ("entry", "/official/catalogue/", "仓储条码"),
    ):
        if who == {"entries": "provider", "official": "province"}[address.split("/")[1]]:
            visitor.go(address)
            link = page.locator(".queue-title a", has_text=says).first
            found[name] = _number(link.get_attribute("href"))
    return found


def money_places(visitor: Visitor, who: str) -> dict[str, str]:
    """The numbers of claims, payments, clawbacks, openings and hits, where a desk has them."""
    page, found = visitor.page, {}
    for name, address, link in (
        ("claim", "/enterprise/claims/", "main .queue-title a[href^='/enterprise/claims/']"),
        ("opening", "/enterprise/", "main a[href^='/enterprise/openings/']"),
        ("claim", "/official/claims/list/", "[data-open]"),
        ("batch", "/official/payments/batches/", "[data-open]"),
        ("payment", "/official/payments/bounced/", "[data-open]"),
        ("clawback", "/official/clawbacks/", "main .queue-title a"),
        ("opening", "/official/openings/", "main .queue-title a"),
    ):
        if who == {"enterprise": "firm", "official": "province"}[address.split("/")[1]]:
            visitor.go(address)
            found[name] = _number(page.locator(link).last.get_attribute("href"))
    return found


def project_places(visitor: Visitor, who: str) -> dict[str, str]:
    """The number of a project, where a desk has one."""
    desks = {
        "firm": ("project", "/enterprise/projects/"),
        "provider": ("project", "/provider/projects/"),
        "county": ("undertaken", "/official/projects/?state=all"),
    }
    if who not in desks:
        return {}
    name, address = desks[who]
    visitor.go(address)
    return {name: _number(visitor.page.locator(".queue-title a").last.get_attribute("href"))}


def finance_places(visitor: Visitor, who: str) -> dict[str, str]:
    """The numbers of a request, a list that was pushed and a project, where a desk has them."""
    page, found = visitor.page, {}
    for name, address, link in (
        ("loan", "/enterprise/loans/", "a[href^='/enterprise/loans/requests/']"),
        ("loan", "/official/loans/?show=all", "[data-open]"),
        ("white_list", "/official/loans/", "a[href^='/official/loans/lists/']"),
        ("project", "/official/fund-pipeline/", "[data-open]"),
    ):
        desk = {"enterprise": ("firm",), "official": ("county", "province")}[address.split("/")[1]]
        if who in desk and (name == "loan" or who == "province"):
            visitor.go(address)
            found[name] = _number(page.locator(link).last.get_attribute("href"))
    return found


def selection_places(visitor: Visitor, who: str) -> dict[str, str]:
    """The numbers of rounds, awards and objections, where a desk has them; the demo's round of
    lighthouses is in publicity."""
    page, found = visitor.page, {}

    def follow(address: str, name: str, link: str, says: str = "") -> None:
        visitor.go(address)
        links = page.locator(link, has_text=says) if says else page.locator(link)
        found[name] = _number(links.first.get_attribute("href"))

    if who == "":
        follow("/rounds/", "publicity", ".queue-title a", "小灯塔")
        publicity = f"/rounds/{found['publicity']}/publicity/"
        follow(publicity, "listed", "a[href$='/new/']")
        visitor.go("/awards/")
        code = page.locator(".queue-title a, td a, h2 a").first.get_attribute("href") or ""
        found["award"] = code.split("/")[2]
    if who == "firm":
        follow("/applications/awards/", "award", "main a[href^='/applications/awards/']")
    if who == "province":
        follow("/official/rounds/", "publicity", "[data-open]", "小灯塔")
        publicity = f"/official/rounds/{found['publicity']}/publicity/"
        follow(publicity, "objection", "a[href^='/official/objections/']")
        follow("/official/awards/", "award", "main a[href^='/official/awards/']")
    return found


def rating_places(visitor: Visitor, who: str) -> dict[str, str]:
    """The numbers of ratings and samples, where a desk has them."""
    page, found = visitor.page, {}

    def follow(address: str, name: str, link: str, place: int = -1) -> None:
        visitor.go(address)
        found[name] = _number(page.locator(link).nth(place).get_attribute("href"))

    if who == "":
        follow("/samples/", "sample", ".queue-title a")
    if who == "expert":
        follow("/expert/", "rating", "main [data-open]", 0)
    if who in ("county", "city"):
        follow("/official/samples/", "sample", "[data-open]")
        follow(f"/official/samples/{found['sample']}/", "rated", "[data-open]")
    if who == "county":
        follow(page.url.removeprefix(visitor.url), "recheck", "a[href^='/official/ratings/']")
    return found


def _number(address: str | None) -> str:
    number = re.search(r"/(\d+)/", address or "")
    assert number, address
    return number[1]


@pytest.mark.parametrize("who", sorted(PAGES, key=lambda who: -len(PAGES[who])))
def test_every_page_is_for_everyone(visit: Visit, site: Site, who: str) -> None:
    numbers, found = {}, []
    for language, looked_into in (("zh-hans", PHONE), ("en", DESKTOP)):
        visitor = visit(PHONE, language=language, as_=who)
        numbers = numbers or places(visitor, who)
        widths = [PHONE, DESKTOP]
        for address in PAGES[who].values():
            page = visitor.go(address.format_map(numbers))
            if language == "en":
                leaks = site.foreign(page.content())
                found += [f"{address}: Chinese: {leaks[:6]}"] if leaks else []
            # A page is loaded at the width that the one before it was left at.
            for width, height in widths:
                page.set_viewport_size({"width": width, "height": height})
                if not visitor.fits_the_screen():
                    found.append(f"{address} at {width}, {language}: wider than the screen")
                if (width, height) == looked_into:
                    found += [f"{address} at {width}: {one}" for one in visitor.violations()]
            widths.reverse()
    assert found == []
