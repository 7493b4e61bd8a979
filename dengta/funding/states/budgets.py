"""预算资金的状态流转: an order that moves a budget, a city's tranche, and what a place spends on
public service."""

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

ORDER = Flow(
    id="budget_order",
    name=Text("资金指标文", "Budget order"),
    states=(
        State(
            "proposed",
            Text("待下达", "Proposed"),
            Text("待下达", "Proposed"),
            owner="province",
            days="order_workdays",
        ),
        State(
            "booked", Text("已下达", "Booked"), Text("已下达", "Booked"), tone="good", final=True
        ),
        State(
            "refused",
            Text("不予下达", "Refused"),
            Text("不予下达", "Refused"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step("book", Text("下达", "Book"), ("proposed",), "booked", ("province", "city")),
        Step(
            "refuse",
            Text("不予下达", "Refuse"),
            ("proposed",),
            "refused",
            ("province", "city"),
            reason=True,
            tone="danger",
        ),
    ),
)

TRANCHE = Flow(
    id="tranche",
    name=Text("城市试点分批资金", "City tranche"),
    states=(
        State(
            "planned",
            Text("待市州申请", "To be asked for"),
            Text("待申请", "To be asked for"),
            tone="draft",
            owner="city",
        ),
        State(
            "asked",
            Text("待省级评价", "To be evaluated"),
            Text("省级正在评价", "The province is evaluating"),
            owner="province",
            days="tranche_evaluation_workdays",
        ),
        State(
            "evaluated",
            Text("评价通过，待下达", "Evaluated, to be released"),
            Text("评价通过，等待下达", "Evaluated, release to come"),
            tone="info",
            owner="province",
            days="tranche_release_workdays",
        ),
        State(
            "released",
            Text("已下达", "Released"),
            Text("资金已下达", "Released"),
            tone="good",
            final=True,
        ),
        State(
            "refused",
            Text("不予下达", "Refused"),
            Text("未通过评价", "Not passed"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step("ask", Text("申请下达", "Ask"), ("planned",), "asked", ("city",)),
        Step("evaluate", Text("评价通过", "Pass"), ("asked",), "evaluated", ("province",)),
        Step(
            "return",
            Text("退回整改", "Return"),
            ("asked",),
            "planned",
            ("province",),
            reason=True,
            tone="plain",
        ),
        Step("release", Text("下达资金", "Release"), ("evaluated",), "released", ("province",)),
        Step(
            "refuse",
            Text("不予下达", "Refuse"),
            ("asked", "evaluated"),
            "refused",
            ("province",),
            reason=True,
            tone="danger",
        ),
    ),
)

PUBLIC_EXPENSE = Flow(
    id="public_expense",
    name=Text("公共服务支出", "Public expenditure"),
    states=(
        State(
            "recorded",
            Text("待复核入账", "To be checked and booked"),
            Text("待复核入账", "To be checked and booked"),
            owner="city",
            days="public_expense_workdays",
        ),
        State(
            "booked", Text("已入账", "Booked"), Text("已入账", "Booked"), tone="good", final=True
        ),
        State(
            "refused",
            Text("不予入账", "Refused"),
            Text("不予入账", "Refused"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step("book", Text("复核入账", "Book"), ("recorded",), "booked", ("city", "county")),
        Step(
            "refuse",
            Text("不予入账", "Refuse"),
            ("recorded",),
            "refused",
            ("city", "county"),
            reason=True,
            tone="danger",
        ),
    ),
)
