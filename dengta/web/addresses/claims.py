"""Claims: what firms ask to be paid, and the offices that check and decide it."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.enterprise import claims as own
from dengta.web.enterprise import claims_edit as editing
from dengta.web.official import claims as official

patterns: list[URLPattern] = [
    path("enterprise/claims/", own.claims, name="claims"),
    path("enterprise/claims/new/", own.claim_new, name="claim_new"),
    path("enterprise/claims/lines.csv", editing.lines_template, name="claim_lines_template"),
    path("enterprise/claims/<int:pk>/", own.claim, name="claim"),
    path("enterprise/claims/<int:pk>/edit/", editing.claim_edit, name="claim_edit"),
    path("enterprise/claims/<int:pk>/account/", own.claim_account, name="claim_account"),
    path("enterprise/claims/<int:pk>/confirm/", own.claim_confirm, name="claim_confirm"),
    path("enterprise/claims/<int:pk>/withdraw/", own.claim_withdraw, name="claim_withdraw"),
    path("official/claims/", official.official_claims, name="official_claims"),
    path("official/claims/pass/", official.claims_pass, name="claims_pass"),
    path("official/claims/list/", official.claims_list, name="claims_list"),
    path("official/claims/<int:pk>/", official.official_claim, name="official_claim"),
    path("official/claims/<int:pk>/<slug:step>/", official.claim_step, name="official_claim_step"),
]
