"""追回的状态流转: money taken back, as a case with notice, defence, decision and appeal."""

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

OFFICES = ("city", "province")
PARTY = ("enterprise", "provider")

CLAWBACK = Flow(
    id="clawback",
    name=Text("资金追回", "Clawback"),
    states=(
        State(
            "found",
            Text("已立案", "Opened"),
            Text("正在核查", "Being looked into"),
            owner="city",
            days="clawback_notice_workdays",
        ),
        State(
            "noticed",
            Text("已告知，等待申辩", "Noticed, defence to come"),
            Text("请陈述申辩", "Please state your case"),
            tone="bad",
            owner="enterprise",
            days="clawback_defence_workdays",
        ),
        State(
            "heard",
            Text("已申辩，待决定", "Heard, to be decided"),
            Text("等待决定", "Decision to come"),
            owner="city",
            days="clawback_decision_workdays",
        ),
        State(
            "decided",
            Text("已决定，申诉期内", "Decided, appeal open"),
            Text("已决定，可以申诉", "Decided; an appeal is open"),
            tone="bad",
            owner="enterprise",
            days="clawback_appeal_days",
        ),
        State(
            "appealed",
            Text("申诉审理中", "Under appeal"),
            Text("申诉审理中", "Under appeal"),
            owner="province",
            days="clawback_review_workdays",
        ),
        State(
            "collecting",
            Text("追缴中", "Being collected"),
            Text("请按期缴回", "Please pay on time"),
            tone="bad",
            owner="enterprise",
        ),
        State(
            "closed",
            Text("已追回结案", "Collected, closed"),
            Text("已结案", "Closed"),
            tone="good",
        ),
        State(
            "overturned",
            Text("决定已撤销，待退款", "Overturned, to be refunded"),
            Text("决定已撤销，等待退款", "Overturned; a refund is to come"),
            tone="info",
            owner="city",
            days="clawback_refund_workdays",
        ),
        State(
            "dropped",
            Text("不予追回", "Dropped"),
            Text("不予追回", "Nothing is taken back"),
            tone="good",
            final=True,
        ),
    ),
    steps=(
        Step("notice", Text("发出告知", "Give notice"), ("found",), "noticed", OFFICES),
        Step("defend", Text("陈述申辩", "State the case"), ("noticed", "heard"), "heard", PARTY),
        Step("lapse", Text("逾期未申辩", "No defence in time"), ("noticed",), "heard", ("system",)),
        Step("decide", Text("作出追回决定", "Decide"), ("heard",), "decided", OFFICES, reason=True),
        Step("appeal", Text("提出申诉", "Appeal"), ("decided",), "appealed", PARTY),
        Step("accept", Text("接受决定", "Accept"), ("decided",), "collecting", PARTY, tone="plain"),
        Step(
            "become_final",
            Text("决定生效", "Becomes final"),
            ("decided",),
            "collecting",
            ("system",),
        ),
        Step(
            "confirm",
            Text("维持或变更决定", "Confirm or change"),
            ("appealed",),
            "collecting",
            ("province",),
            reason=True,
        ),
        Step("repay", Text("登记缴款", "Record a payment"), ("collecting",), "collecting", OFFICES),
        Step("set_off", Text("抵扣", "Set off"), ("collecting",), "collecting", ("system",)),
        Step(
            "undo",
            Text("撤销入账", "Undo an entry"),
            ("collecting", "closed"),
            "collecting",
            ("system", *OFFICES),
            reason=True,
            tone="plain",
        ),
        Step("remind", Text("逾期提醒", "Remind"), ("collecting",), "collecting", ("system",)),
        Step("close", Text("结案", "Close"), ("collecting",), "closed", ("system",)),
        Step(
            "overturn",
            Text("撤销决定", "Overturn"),
            ("collecting", "closed"),
            "overturned",
            ("province",),
            reason=True,
            tone="danger",
        ),
        Step(
            "lessen",
            Text("应退款减少", "Less to refund"),
            ("overturned",),
            "overturned",
            ("system",),
        ),
        Step("refund", Text("登记退款", "Record the refund"), ("overturned",), "dropped", OFFICES),
        Step(
            "clear", Text("无款可退", "Nothing to refund"), ("overturned",), "dropped", ("system",)
        ),
        Step(
            "drop",
            Text("不予追回", "Drop"),
            ("found", "noticed", "heard", "appealed"),
            "dropped",
            OFFICES,
            reason=True,
            tone="plain",
        ),
    ),
)
