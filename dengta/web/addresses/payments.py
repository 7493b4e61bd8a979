"""Payments: what is ready, batches, what the bank answered, and what a payee sees of it."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web import own_payments as own
from dengta.web.official import payment_batch as batch
from dengta.web.official import payments as official

patterns: list[URLPattern] = [
    path("official/payments/", official.payments, name="payments"),
    path("official/payments/make/", official.payments_make, name="payments_make"),
    path("official/payments/batches/", official.payment_batches, name="payment_batches"),
    path("official/payments/batches/<int:pk>/", batch.payment_batch, name="payment_batch"),
    path(
        "official/payments/batches/<int:pk>/step/<slug:step>/",
        batch.batch_step,
        name="payment_batch_step",
    ),
    path(
        "official/payments/batches/<int:pk>/file/<slug:form>/",
        batch.batch_file,
        name="payment_batch_file",
    ),
    path(
        "official/payments/batches/<int:pk>/results/",
        batch.batch_results,
        name="payment_batch_results",
    ),
    path("official/payments/bounced/", official.payments_bounced, name="payments_bounced"),
    path("official/payments/unmatched/", official.payments_unmatched, name="payments_unmatched"),
    path("official/payments/<int:pk>/", official.payment, name="payment"),
    path("official/payments/<int:pk>/return/", official.payment_return, name="payment_return"),
    path("official/payments/<int:pk>/end/", official.payment_end, name="payment_end"),
    path("official/payments/<int:pk>/drop/", official.payment_drop, name="payment_drop"),
    path("enterprise/payments/", own.own_payments, name="enterprise_payments"),
    path("enterprise/payments/<int:pk>/", own.own_payment, name="enterprise_payment"),
    path("enterprise/payments/<int:pk>/mend/", own.mend, name="enterprise_payment_mend"),
    path("provider/payments/", own.own_payments, name="provider_payments"),
    path("provider/payments/<int:pk>/", own.own_payment, name="provider_payment"),
    path("provider/payments/<int:pk>/mend/", own.mend, name="provider_payment_mend"),
]
