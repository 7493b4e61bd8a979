"""Lists, publicity, objections."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.official import objections as official_objections
from dengta.web.official import publicity as official_publicity
from dengta.web.official import round_list
from dengta.web.public import objections, publicity

patterns: list[URLPattern] = [
    path("rounds/<int:pk>/publicity/", publicity.publicity, name="round_publicity"),
    path(
        "rounds/<int:pk>/publicity.xlsx",
        publicity.export,
        {"form": "xlsx"},
        name="round_publicity_xlsx",
    ),
    path(
        "rounds/<int:pk>/publicity.csv",
        publicity.export,
        {"form": "csv"},
        name="round_publicity_csv",
    ),
    path("rounds/<int:pk>/list.json", publicity.record, name="round_list_record"),
    path("objections/", objections.objections, name="objections"),
    path("objections/<int:pk>/new/", objections.objection_new, name="objection_new"),
    path("objections/<slug:code>/", objections.objection, name="objection"),
    path("official/rounds/<int:pk>/list/", round_list.round_list, name="official_round_list"),
    path(
        "official/rounds/<int:pk>/list/step/", round_list.list_step, name="official_round_list_step"
    ),
    path("official/rounds/<int:pk>/list.json", round_list.record, name="official_list_record"),
    path(
        "official/rounds/<int:pk>/publicity/",
        official_publicity.publicity,
        name="official_publicity",
    ),
    path("official/rounds/<int:pk>/award/", official_publicity.award, name="official_award_list"),
    path(
        "official/rounds/<int:pk>/reserve/close/",
        official_publicity.close_reserve,
        name="official_close_reserve",
    ),
    path(
        "official/listed/<int:pk>/<slug:step>/",
        official_publicity.move,
        name="official_listed_step",
    ),
    path("official/objections/<int:pk>/", official_objections.objection, name="official_objection"),
    path(
        "official/objections/<int:pk>/step/",
        official_objections.step,
        name="official_objection_step",
    ),
]
