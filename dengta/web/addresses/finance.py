"""Loans and funds, authorisations, white lists, the fund's pipeline."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.enterprise import grants
from dengta.web.enterprise import loans as own
from dengta.web.official import fund_pipeline as pipeline
from dengta.web.official import loans as official
from dengta.web.public import loans as public

_LIST = "official/loans/lists/<int:pk>/"

patterns: list[URLPattern] = [
    path("loans/", public.loans, name="loans"),
    path("loans/<slug:product>/", public.loan, name="loan"),
    path("enterprise/loans/", own.loans, name="enterprise_loans"),
    path("enterprise/loans/<slug:product>/", own.loan, name="enterprise_loan"),
    path("enterprise/loans/requests/<int:pk>/", own.loan_request, name="enterprise_loan_request"),
    path(
        "enterprise/loans/requests/<int:pk>/<slug:step>/",
        own.request_step,
        name="enterprise_loan_step",
    ),
    path("enterprise/grants/", grants.grants, name="grants"),
    path("enterprise/grants/<int:pk>/revoke/", own.revoke, name="grant_revoke"),
    path("official/loans/", official.official_loans, name="official_loans"),
    path("official/loans/build/", official.build, name="white_list_build"),
    path("official/loans/requests/<int:pk>/", official.loan_request, name="official_loan_request"),
    path(
        "official/loans/requests/<int:pk>/<slug:step>/",
        official.request_step,
        name="official_loan_step",
    ),
    path(_LIST, official.white_list, name="official_white_list"),
    path(f"{_LIST}file/", official.list_file, name="white_list_file"),
    path(f"{_LIST}answers/", official.answers, name="white_list_answers"),
    path(f"{_LIST}step/<slug:step>/", official.list_step, name="white_list_step"),
    path("official/fund-pipeline/", pipeline.fund_pipeline, name="fund_pipeline"),
    path("official/fund-pipeline/<int:pk>/", pipeline.fund_project, name="fund_project"),
    path(
        "official/fund-pipeline/<int:pk>/<slug:step>/",
        pipeline.project_step,
        name="fund_project_step",
    ),
]
