"""拨付的状态流转: a batch of payments, and each payment in it."""

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

BATCH = Flow(
    id="payment_batch",
    name=Text("拨付批次", "Payment batch"),
    states=(
        State(
            "open",
            Text("编制中", "Being made"),
            Text("编制中", "Being made"),
            tone="draft",
            owner="province",
            days="batch_workdays",
        ),
        State(
            "sent",
            Text("已送银行，等待结果", "Sent, results to come"),
            Text("银行正在付款", "The bank is paying"),
            tone="info",
            owner="province",
            days="bank_workdays",
        ),
        State(
            "closed",
            Text("已对平", "Reconciled"),
            Text("已完成", "Done"),
            tone="good",
            final=True,
        ),
        State(
            "cancelled",
            Text("已作废", "Cancelled"),
            Text("已作废", "Cancelled"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step("send", Text("送交银行", "Send to the bank"), ("open",), "sent", ("city", "province")),
        Step(
            "close", Text("对账完成", "Close"), ("sent",), "closed", ("city", "province", "system")
        ),
        Step(
            "cancel",
            Text("作废批次", "Cancel"),
            ("open",),
            "cancelled",
            ("city", "province"),
            reason=True,
            tone="danger",
        ),
    ),
)

PAYMENT = Flow(
    id="payment",
    name=Text("付款", "Payment"),
    states=(
        State(
            "listed",
            Text("已列入批次", "Listed"),
            Text("已列入拨付批次", "In a payment batch"),
            tone="draft",
        ),
        State(
            "sent",
            Text("已送银行", "Sent"),
            Text("银行正在付款", "The bank is paying"),
            tone="info",
        ),
        State("paid", Text("已到账", "Paid"), Text("资金已到账", "Paid"), tone="good"),
        State(
            "bounced",
            Text("银行退回", "Bounced"),
            Text("银行退回，请更正账户", "Bounced: mend the account"),
            tone="bad",
            owner="enterprise",
            days="account_workdays",
        ),
        State(
            "mended",
            Text("账户已更正，重新拨付", "Account mended, to be paid anew"),
            Text("账户已更正，等待重新拨付", "Account mended, payment to come"),
            tone="info",
        ),
        State(
            "ended",
            Text("银行退回，不再拨付", "Bounced, not paid anew"),
            Text("银行退回，不再拨付", "Bounced, not paid anew"),
            tone="bad",
            final=True,
        ),
        State(
            "dropped",
            Text("移出批次", "Dropped"),
            Text("移出批次", "Dropped"),
            tone="draft",
            final=True,
        ),
    ),
    steps=(
        Step(
            "send", Text("送交银行", "Send to the bank"), ("listed",), "sent", ("city", "province")
        ),
        Step(
            "pay",
            Text("登记到账", "Record payment"),
            ("sent",),
            "paid",
            ("city", "province", "system"),
        ),
        Step(
            "bounce",
            Text("登记退回", "Record bounce"),
            ("sent",),
            "bounced",
            ("city", "province", "system"),
        ),
        Step(
            "return",
            Text("登记付款后退回", "Record a late return"),
            ("paid",),
            "bounced",
            ("city", "province"),
            reason=True,
            tone="plain",
        ),
        Step(
            "mend",
            Text("更正收款账户", "Mend the account"),
            ("bounced",),
            "mended",
            ("enterprise", "provider"),
        ),
        Step(
            "end",
            Text("不再拨付", "Pay it no more"),
            ("bounced", "mended"),
            "ended",
            ("city", "province", "system"),
            reason=True,
            tone="danger",
        ),
        Step(
            "drop",
            Text("移出批次", "Drop"),
            ("listed",),
            "dropped",
            ("city", "province"),
            reason=True,
            tone="danger",
        ),
    ),
)
