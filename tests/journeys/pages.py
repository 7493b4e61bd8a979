"""Every address that shows a page: by desk, by name, with what stands in the demo's province."""

from __future__ import annotations

from collections.abc import Mapping

Pages = Mapping[str, Mapping[str, str]]

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
EVERYDAY: Pages = {
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
MATCHING: Pages = {
    "firm": {
        "needs": "/enterprise/needs/",
        "need": "/enterprise/needs/1/",
        "need_new": "/enterprise/needs/new/?gap=quality",
        "need_edit": "/enterprise/needs/4/edit/",
        "recommendations": "/enterprise/needs/fitting/",
    },
    "provider": {
        "provider_needs": "/provider/needs/?show=open",
        "provider_need": "/provider/needs/1/",
    },
    "county": NEEDS,
    "city": NEEDS,
    "province": NEEDS,
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
BUDGETS: Pages = {
    "": {"funds": "/funds/"},
    "city": FUNDS
    | {
        "late": "/official/late/",
        "public_expense_new": "/official/budgets/fund/{fund}/public/new/",
    },
    "province": FUNDS | {"tranche_plan": "/official/tranches/plan/"},
}
# Ratings and samples: the county has the re-check that waits, the city what was drawn.
RATINGS = {
    "official_assessment": "/official/assessments/{rated}/",
    "official_samples": "/official/samples/",
    "official_sample": "/official/samples/{sample}/",
    "official_assessors": "/official/assessors/",
}
RATING: Pages = {
    "": {"samples": "/samples/", "sample": "/samples/{sample}/"},
    "county": RATINGS | {"official_rating": "/official/ratings/{recheck}/"},
    "city": RATINGS,
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
ASSESSED: Pages = {"county": OVERVIEWS, "province": OVERVIEWS}
# Diagnosis, at each of its desks.
DIAGNOSES: Pages = {
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
SELECTIONS: Pages = {
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
FINANCE: Pages = {
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
# Money on its way: the province sees every place, a county its own.
ON_ITS_WAY = {
    "money": "/official/money/?programme=cloud_voucher",
    "money_cases": "/official/money/cases/?late=1",
    "money_expiring": "/official/money/expiring/",
}
WAITING: Pages = {
    "": {"payment_times": "/payment-times/"},
    "county": ON_ITS_WAY,
    "province": ON_ITS_WAY,
}
# Claims, payments, clawbacks, openings and duplicates, one of each kind where the demo has it.
MONEY: Pages = {
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
# Industrial identifiers.
IDENTIFIERS: Pages = {
    "": {"identifier_search": "/identifiers/?code=88.118.2/ZB-0001"},
    "firm": {"identifiers": "/desk/identifiers/", "platforms": "/desk/platforms/"},
    "province": {
        "identifier_prefixes": "/official/prefixes/",
        "official_platforms": "/official/platforms/",
    },
}
# Pilots: the board for everybody, one's own plan to begin.
PILOTS: Pages = {
    "": {"public_pilots": "/pilots/"},
    "city": {"pilot_new": "/official/pilots/new/"},
    "province": {"pilots": "/official/pilots/"},
}
# The resource pool: the demo's first package has two versions, one product was returned.
POOL: Pages = {
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
# Projects: the firm's own, what its provider and its offices have of it, what is in publicity.
PROJECTS: Pages = {
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
# Providers and complaints about them.
PROVIDERS: Pages = {
    "": {
        "providers": "/providers/?sub_industry=auto_parts",
        "provider_shares": "/providers/shares/auto_parts/",
    },
    "firm": {"complaints": "/desk/complaints/", "complaint_new": "/desk/complaints/new/"},
}
# After acceptance: before and after, the checks of use.
AFTER: Pages = {
    "firm": {"project_results": "/enterprise/projects/{project}/results/"},
    "county": {
        "official_usage": "/official/usage/",
        "official_project_results": "/official/projects/{undertaken}/results/",
    },
}
MATTERS = (
    EVERYDAY, MATCHING, BUDGETS, RATING, ASSESSED, DIAGNOSES, SELECTIONS, FINANCE, WAITING,
    MONEY, IDENTIFIERS, PILOTS, POOL, PROJECTS, PROVIDERS, AFTER,
)  # fmt: skip
PAGES: Pages = {
    who: {name: address for matter in MATTERS for name, address in matter.get(who, {}).items()}
    for who in EVERYDAY
}
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
