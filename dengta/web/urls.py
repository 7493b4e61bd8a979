"""Every address of the platform."""

from __future__ import annotations

from allauth.account.views import LogoutView
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from dengta.web import display, gallery, jobs, shared, tokens
from dengta.web.enterprise import assessment, home, policies, record, vouchers
from dengta.web.expert import home as expert
from dengta.web.official import cases, imports, indicators, pool
from dengta.web.provider import home as provider
from dengta.web.public import calculator, plan, programmes, register, sign_in
from dengta.web.public import home as public

urlpatterns = [
    path("", public.home, name="home"),
    path("calculator/", calculator.calculator, name="calculator"),
    path("plan/", plan.plan, name="plan"),
    path("programmes/", programmes.programmes, name="programmes"),
    path("programmes/<slug:programme>/", programmes.programme, name="programme"),
    path("register/", register.register, name="register"),
    path("register/check/", register.check, name="register_check"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("accessibility/", public.accessibility, name="accessibility"),
    path("desk/", shared.desk_home, name="desk"),
    path("elder/", display.elder, name="elder"),
    path("language/", set_language, name="set_language"),
    path("notices/", shared.notices, name="notices"),
    path("notices/<int:pk>/", shared.open_notice, name="open_notice"),
    path("documents/<int:pk>/", shared.document, name="document"),
    # allauth's own names of pages that we have in our frame.
    path("accounts/sign-in/", RedirectView.as_view(pattern_name="sign_in"), name="account_login"),
    path("accounts/new/", RedirectView.as_view(pattern_name="register"), name="account_signup"),
    path("accounts/", include("allauth.socialaccount.urls")),
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("enterprise/", home.home, name="enterprise_home"),
    path("enterprise/record/", record.record, name="record"),
    path("enterprise/consent/", record.consent, name="consent"),
    path("enterprise/assessment/", assessment.overview, name="assessment"),
    path("enterprise/assessment/start/", assessment.start, name="assessment_start"),
    path("enterprise/assessment/<int:pk>/", assessment.result, name="assessment_result"),
    path("enterprise/assessment/<int:pk>/check/", assessment.check, name="assessment_check"),
    path("enterprise/assessment/<int:pk>/discard/", assessment.discard, name="assessment_discard"),
    path("enterprise/assessment/<int:pk>/<slug:item>/", assessment.item, name="assessment_item"),
    path("enterprise/policies/", policies.policies, name="policies"),
    path("enterprise/policies/fact/", policies.fact, name="policies_fact"),
    path("enterprise/vouchers/", vouchers.vouchers, name="vouchers"),
    path("enterprise/vouchers/new/", vouchers.new, name="voucher_new"),
    path("enterprise/vouchers/<int:pk>/", vouchers.voucher, name="voucher"),
    path("enterprise/vouchers/<int:pk>/edit/", vouchers.edit, name="voucher_edit"),
    path("enterprise/vouchers/<int:pk>/<slug:step>/", vouchers.step, name="voucher_step"),
    path("official/", cases.queue, name="queue"),
    path("official/vouchers/", cases.voucher_list, name="voucher_list"),
    path("official/vouchers/<int:pk>/", cases.case, name="case"),
    path("official/vouchers/<int:pk>/<slug:step>/", cases.step, name="case_step"),
    path("official/indicators/", indicators.indicators, name="indicators"),
    path("official/indicators/<slug:target>/", indicators.indicator, name="indicator"),
    path(
        "official/indicators/<slug:target>/<slug:region>/",
        indicators.members,
        name="indicator_members",
    ),
    path("official/pool/", pool.pool, name="pool"),
    # Long work, earlier results, programs that act for people.
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("official/import/", imports.imports, name="imports"),
    path("official/import/template/", imports.template, name="import_template"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="token_revoke"),
    path("provider/", provider.home, name="provider_home"),
    path("expert/", expert.home, name="expert_home"),
]
