"""Experts, draws, sheets and discussions."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.expert import reviews
from dengta.web.official import experts, round_panel
from dengta.web.public import round_draws

_PANEL = "official/rounds/<int:pk>/panel/"

patterns: list[URLPattern] = [
    path("official/experts/", experts.experts, name="official_experts"),
    path("rounds/<int:pk>/draw/", round_draws.round_draw, name="round_draw"),
    path(
        "rounds/<int:pk>/publications/<slug:code>.json",
        round_draws.publication,
        name="round_publication",
    ),
    path(_PANEL, round_panel.round_panel, name="round_panel"),
    path(f"{_PANEL}<slug:step>/", round_panel.act, name="round_panel_act"),
    path(f"{_PANEL}<slug:step>/<int:item>/", round_panel.act, name="round_panel_item"),
    path("expert/reviews/", reviews.reviews, name="expert_reviews"),
    path("expert/reviews/<int:pk>/", reviews.review, name="expert_review"),
    path("expert/reviews/<int:pk>/keep/", reviews.keep, name="expert_review_keep"),
    path("expert/reviews/<int:pk>/papers/<int:item>/", reviews.paper, name="expert_review_paper"),
    path("expert/reviews/<int:pk>/withdraw/", reviews.withdraw, name="expert_review_withdraw"),
    path("expert/reviews/<int:pk>/correct/", reviews.correct, name="expert_review_correct"),
    path("expert/panels/<int:pk>/leave/", reviews.leave, name="expert_panel_leave"),
]
