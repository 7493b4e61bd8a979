"""Every address of the platform."""

from __future__ import annotations

from allauth.account.views import LogoutView
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from dengta.web import addresses, display, gallery, jobs, members, shared, tokens
from dengta.web.enterprise import (
    assessment,
    diagnosis,
    home,
    own_data,
    policies,
    record,
    result,
    roadmap,
    vouchers,
    wizard,
)
from dengta.web.expert import home as expert
from dengta.web.expert import profile as expert_profile
from dengta.web.expert import ratings as expert_ratings
from dengta.web.official import (
    assessments,
    campaign_new,
    campaigns,
    cases,
    exports,
    imports,
    indicators,
    pool,
    reports,
    what_if,
)
from dengta.web.official import diagnosis as diagnoses
from dengta.web.official import ratings as official_ratings
from dengta.web.official import samples as official_samples
from dengta.web.provider import diagnosis as diagnosing
from dengta.web.provider import home as provider
from dengta.web.public import calculator, plan, programmes, register, samples, sign_in, verify
from dengta.web.public import home as public

urlpatterns = [
    path("", public.home, name="home"),
    path("calculator/", calculator.calculator, name="calculator"),
    path("plan/", plan.plan, name="plan"),
    path("programmes/", programmes.programmes, name="programmes"),
    path("programmes/<slug:programme>/", programmes.programme, name="programme"),
    path("verify/", verify.verify, name="verify"),
    path("verify/<slug:code>/", verify.verify_code, name="verify_code"),
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
    path("enterprise/assessment/<int:pk>/", result.result, name="assessment_result"),
    path(
        "enterprise/assessment/<int:pk>/report/<slug:language>/",
        result.paper,
        name="assessment_report",
    ),
    path("enterprise/assessment/<int:pk>/roadmap/", roadmap.roadmap, name="roadmap"),
    path("enterprise/assessment/<int:pk>/check/", assessment.check, name="assessment_check"),
    path("enterprise/assessment/<int:pk>/discard/", assessment.discard, name="assessment_discard"),
    path("enterprise/assessment/<int:pk>/carry/", assessment.carry, name="assessment_carry"),
    path("enterprise/assessment/<int:pk>/<slug:item>/", wizard.item, name="assessment_item"),
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
    path(
        "official/vouchers/<int:pk>/redemptions/<int:claim>/reverse/",
        cases.reverse_one,
        name="case_reverse",
    ),
    path("official/vouchers/<int:pk>/<slug:step>/", cases.step, name="case_step"),
    path("official/indicators/", indicators.indicators, name="indicators"),
    path("official/indicators/<slug:target>/", indicators.indicator, name="indicator"),
    path(
        "official/indicators/<slug:target>/<slug:region>/",
        indicators.members,
        name="indicator_members",
    ),
    path("official/reports/", reports.reports, name="report_batch"),
    path(
        "official/assessments/<int:pk>/report/<slug:language>/",
        reports.paper,
        name="official_report",
    ),
    path("official/pool/", pool.pool, name="pool"),
    # Long work, earlier results, programs that act for people.
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("official/import/", imports.imports, name="imports"),
    path("official/import/template/", imports.template, name="import_template"),
    path("official/export/", exports.export, name="export"),
    path("enterprise/export/", own_data.export, name="own_data"),
    path("members/", members.members, name="members"),
    path("members/<int:pk>/leave/", members.leave, name="member_leave"),
    path("members/invites/<int:pk>/revoke/", members.revoke, name="invite_revoke"),
    path("join/<slug:code>/", members.join, name="join"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="token_revoke"),
    path("official/assessments/", assessments.assessments, name="official_assessments"),
    path("official/what-if/", what_if.page, name="what_if"),
    path("official/campaigns/", campaigns.campaigns, name="campaigns"),
    path("official/campaigns/new/", campaign_new.campaign_new, name="campaign_new"),
    path("official/campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("official/campaigns/<int:pk>/firms/", campaigns.firms, name="campaign_firms"),
    path("official/campaigns/<int:pk>/firms.xlsx", campaigns.export, name="campaign_export"),
    path("official/campaigns/<int:pk>/<slug:step>/", campaigns.step, name="campaign_step"),
    path("enterprise/diagnosis/", diagnosis.diagnoses, name="diagnoses"),
    path("enterprise/diagnosis/<int:pk>/", diagnosis.diagnosis, name="diagnosis"),
    path("enterprise/diagnosis/<int:pk>/<slug:step>/", diagnosis.step, name="diagnosis_step"),
    path("provider/diagnosis/", diagnosing.diagnoses, name="provider_diagnoses"),
    path("provider/diagnosis/<int:pk>/", diagnosing.diagnosis, name="provider_diagnosis"),
    path("provider/diagnosis/<int:pk>/report/", diagnosing.report, name="provider_report"),
    path(
        "provider/diagnosis/<int:pk>/<slug:step>/", diagnosing.step, name="provider_diagnosis_step"
    ),
    path("official/diagnosis/", diagnoses.diagnoses, name="official_diagnoses"),
    path("official/diagnosis/<int:pk>/", diagnoses.diagnosis, name="official_diagnosis"),
    path(
        "official/diagnosis/<int:pk>/<slug:step>/", diagnoses.step, name="official_diagnosis_step"
    ),
    path("provider/", provider.home, name="provider_home"),
    path("expert/", expert.home, name="expert_home"),
    # Ratings: the expert's tasks, the official's view of one assessment, re-checks, samples.
    path("expert/profile/", expert_profile.profile, name="expert_profile"),
    path("expert/profile/ties/<int:pk>/", expert_profile.end, name="expert_tie_end"),
    path("expert/ratings/worker.js", expert_ratings.worker, name="expert_worker"),
    path("expert/ratings/<int:pk>/", expert_ratings.rating, name="expert_rating"),
    path("expert/ratings/<int:pk>/answers/", expert_ratings.answers, name="expert_answers"),
    path("expert/ratings/<int:pk>/evidence/", expert_ratings.evidence, name="expert_evidence"),
    path("expert/ratings/<int:pk>/decline/", expert_ratings.decline, name="expert_decline"),
    path("official/assessments/<int:pk>/", official_ratings.assessment, name="official_assessment"),
    path("official/assessments/<int:pk>/assign/", official_ratings.assign, name="official_assign"),
    path("official/ratings/worker.js", expert_ratings.worker, name="official_worker"),
    path("official/ratings/<int:pk>/", expert_ratings.rating, name="official_rating"),
    path("official/ratings/<int:pk>/answers/", expert_ratings.answers, name="official_answers"),
    path("official/ratings/<int:pk>/evidence/", expert_ratings.evidence, name="official_evidence"),
    path(
        "official/ratings/<int:pk>/cancel/", official_ratings.cancel, name="official_rating_cancel"
    ),
    path("official/samples/", official_samples.samples, name="official_samples"),
    path("official/samples/<int:pk>/", official_samples.sample, name="official_sample"),
    path("official/samples/<int:pk>/draw/", official_samples.draw, name="official_sample_draw"),
    path("official/drawn/<int:pk>/recheck/", official_samples.recheck, name="official_recheck"),
    path("official/assessors/", official_samples.assessors, name="official_assessors"),
    path("samples/", samples.samples, name="samples"),
    path("samples/<int:pk>/", samples.sample, name="sample"),
    path("samples/<int:pk>/record.json", samples.record, name="sample_record"),
    *addresses.patterns,
]
