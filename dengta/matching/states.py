"""供需对接的状态流转: needs and quotes."""

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

NEED = Flow(
    id="need",
    name=Text("改造需求", "Need"),
    states=(
        State(
            "draft",
            Text("填写中", "Draft"),
            Text("填写中", "Draft"),
            tone="draft",
            owner="enterprise",
        ),
        State(
            "open",
            Text("征集报价", "Open for quotes"),
            Text("征集报价中", "Open for quotes"),
            owner="enterprise",
        ),
        State(
            "unmatched",
            Text("无人应答", "Unanswered"),
            Text("已转经信部门协助", "Your office is helping"),
            tone="bad",
            owner="county",
        ),
        State(
            "chosen", Text("已选定", "Chosen"), Text("已选定服务商", "Provider chosen"), tone="good"
        ),
        State(
            "closed", Text("已关闭", "Closed"), Text("已关闭", "Closed"), tone="draft", final=True
        ),
        State(
            "withdrawn",
            Text("企业撤回", "Withdrawn"),
            Text("已撤回", "Withdrawn"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step("publish", Text("发布需求", "Publish"), ("draft",), "open", ("enterprise",)),
        Step("ask", Text("再询价", "Ask more"), ("open",), "open", ("enterprise",)),
        Step(
            "help",
            Text("协助", "Help"),
            ("unmatched",),
            "unmatched",
            (
                "county",
                "city",
                "province",
            ),
            reason=True,
        ),
        Step(
            "raise",
            Text("转经信部门", "Raise to the office"),
            ("open",),
            "unmatched",
            (
                "system",
                "enterprise",
            ),
        ),
        Step(
            "reopen",
            Text("协助后重新征集", "Reopen"),
            ("unmatched",),
            "open",
            (
                "enterprise",
                "county",
                "city",
                "province",
            ),
        ),
        Step(
            "choose",
            Text("选定报价", "Choose a quote"),
            (
                "open",
                "unmatched",
            ),
            "chosen",
            ("enterprise",),
        ),
        Step(
            "unchoose",
            Text("取消选定", "Undo the choice"),
            ("chosen",),
            "open",
            ("enterprise",),
            reason=True,
            tone="plain",
        ),
        Step(
            "close",
            Text("办结", "Close"),
            (
                "open",
                "unmatched",
                "chosen",
            ),
            "closed",
            (
                "county",
                "city",
                "province",
                "system",
            ),
            reason=True,
        ),
        Step(
            "withdraw",
            Text("撤回需求", "Withdraw"),
            (
                "draft",
                "open",
                "unmatched",
            ),
            "withdrawn",
            ("enterprise",),
            tone="danger",
        ),
    ),
)

QUOTE = Flow(
    id="quote",
    name=Text("报价", "Quote"),
    states=(
        State(
            "draft",
            Text("编制中", "Draft"),
            Text("编制中", "Draft"),
            tone="draft",
            owner="provider",
        ),
        State("sent", Text("已报价", "Sent"), Text("已报价", "Sent"), owner="enterprise"),
        State("chosen", Text("已选定", "Chosen"), Text("企业已选定", "Chosen"), tone="good"),
        State(
            "passed_over", Text("未选中", "Not chosen"), Text("未选中", "Not chosen"), tone="draft"
        ),
        State(
            "lapsed",
            Text("已过有效期", "Lapsed"),
            Text("已过有效期", "Lapsed"),
            tone="bad",
            final=True,
        ),
        State(
            "withdrawn",
            Text("服务商撤回", "Withdrawn"),
            Text("已撤回", "Withdrawn"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step("send", Text("提交报价", "Send"), ("draft",), "sent", ("provider",)),
        Step("mend", Text("修改报价", "Mend"), ("sent",), "sent", ("provider",)),
        Step("choose", Text("选定", "Choose"), ("sent",), "chosen", ("enterprise",)),
        Step(
            "pass_over",
            Text("未选中", "Pass over"),
            ("sent",),
            "passed_over",
            (
                "enterprise",
                "system",
            ),
        ),
        Step(
            "revive",
            Text("恢复报价", "Revive"),
            (
                "chosen",
                "passed_over",
            ),
            "sent",
            (
                "enterprise",
                "system",
            ),
        ),
        Step(
            "lapse",
            Text("过期", "Lapse"),
            (
                "draft",
                "sent",
            ),
            "lapsed",
            ("system",),
        ),
        Step(
            "withdraw",
            Text("撤回报价", "Withdraw"),
            (
                "draft",
                "sent",
            ),
            "withdrawn",
            ("provider",),
            tone="danger",
        ),
    ),
)
