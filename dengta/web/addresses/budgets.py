"""Money given to places: funds, orders, tranches; what of it is public."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.official import budget_new, budgets, public_spending, tranche_plan, tranches
from dengta.web.public import funds

patterns: list[URLPattern] = [
    path("funds/", funds.funds, name="funds"),
    path("official/budgets/", budgets.budgets, name="budgets"),
    path("official/budgets/orders/", budgets.orders, name="budget_orders"),
    path("official/budgets/orders/new/", budget_new.budget_new, name="budget_new"),
    path("official/budgets/orders/<int:pk>/", budgets.order, name="budget_order"),
    path("official/budgets/orders/<int:pk>/step/", budgets.order_step, name="budget_order_step"),
    path("official/budgets/fund/<slug:fund>/", budgets.fund, name="fund"),
    path(
        "official/budgets/fund/<slug:fund>/public/new/",
        public_spending.public_expense_new,
        name="public_expense_new",
    ),
    path(
        "official/budgets/public/<int:pk>/", public_spending.public_expense, name="public_expense"
    ),
    path(
        "official/budgets/public/<int:pk>/step/",
        public_spending.public_expense_step,
        name="public_expense_step",
    ),
    path("official/tranches/", tranches.tranches, name="tranches"),
    path("official/tranches/plan/", tranche_plan.tranche_plan, name="tranche_plan"),
    path("official/tranches/<int:pk>/", tranches.tranche, name="tranche"),
    path("official/tranches/<int:pk>/step/", tranches.step, name="tranche_step"),
]
