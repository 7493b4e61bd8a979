"""Matching: needs of firms, quotes of providers, the office that helps."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.enterprise import need as one
from dengta.web.enterprise import needs as own
from dengta.web.official import needs as official
from dengta.web.provider import needs as provider

patterns: list[URLPattern] = [
    path("enterprise/needs/", own.needs, name="needs"),
    path("enterprise/needs/new/", own.need_new, name="need_new"),
    path("enterprise/needs/fitting/", own.recommendations, name="recommendations"),
    path("enterprise/needs/<int:pk>/", one.need, name="need"),
    path("enterprise/needs/<int:pk>/edit/", own.need_edit, name="need_edit"),
    path("enterprise/needs/<int:pk>/choose/", one.choose, name="need_choose"),
    path("enterprise/needs/<int:pk>/record.json", one.need_record, name="need_record"),
    path("enterprise/needs/<int:pk>/step/<slug:step>/", one.step, name="need_step"),
    path("provider/needs/", provider.provider_needs, name="provider_needs"),
    path("provider/needs/<int:pk>/", provider.provider_need, name="provider_need"),
    path("provider/needs/<int:pk>/<slug:step>/", provider.step, name="provider_need_step"),
    path("provider/quotes/<int:pk>/", provider.provider_quote, name="provider_quote"),
    path("official/needs/", official.official_needs, name="official_needs"),
    path("official/needs/<int:pk>/", official.official_need, name="official_need"),
    path("official/needs/<int:pk>/<slug:step>/", official.step, name="official_need_step"),
]
