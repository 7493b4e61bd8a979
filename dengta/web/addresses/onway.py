"""Money on its way: the offices' pages, what is late below, and how long payments take, for
everybody."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.official import late, lists, onway
from dengta.web.public import payment_times

patterns: list[URLPattern] = [
    path("payment-times/", payment_times.payment_times, name="payment_times"),
    path("official/late/", late.late, name="late"),
    path("official/money/", onway.money, name="money"),
    path("official/money/cases/", onway.money_cases, name="money_cases"),
    path("official/money/expiring/", onway.money_expiring, name="money_expiring"),
    path("official/money/export.xlsx", onway.money_export, name="money_export"),
    path("official/lists/<slug:what>/<slug:form>/", lists.official_list, name="official_list"),
]
