"""城市试点和投诉的状态流转: plans, listed firms, complaints about providers."""

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

PILOT_PLAN = Flow(
    id="pilot_plan",
    name=Text("试点实施方案", "Plan of a pilot"),
    states=(
        State(
            "draft", Text("编制中", "Draft"), Text("编制中", "Draft"), tone="draft", owner="city"
        ),
        State(
            "review",
            Text("省级审核", "Province review"),
            Text("省级审核中", "The province reviews"),
            owner="province",
        ),
        State(
            "returned",
            Text("退回修改", "Returned"),
            Text("退回修改", "Returned"),
            tone="bad",
            owner="city",
        ),
        State(
            "in_force",
            Text("已备案", "Filed"),
            Text("已备案，实施中", "Filed, under way"),
            tone="good",
        ),
        State(
            "superseded",
            Text("已被修订版取代", "Superseded"),
            Text("旧版", "Earlier edition"),
            tone="draft",
            final=True,
        ),
        State(
            "closed",
            Text("试点期满", "Closed"),
            Text("试点期满", "Closed"),
            tone="draft",
            final=True,
        ),
    ),
    steps=(
        Step(
            "submit",
            Text("报省级备案", "Submit"),
            (
                "draft",
                "returned",
            ),
            "review",
            (
                "city",
                "county",
            ),
        ),
        Step(
            "return",
            Text("退回修改", "Return"),
            ("review",),
            "returned",
            ("province",),
            reason=True,
            tone="plain",
        ),
        Step("file", Text("同意备案", "File"), ("review",), "in_force", ("province",)),
        Step("supersede", Text("修订", "Superseded"), ("in_force",), "superseded", ("system",)),
        Step(
            "close",
            Text("结束试点", "Close"),
            ("in_force",),
            "closed",
            (
                "province",
                "system",
            ),
            reason=True,
        ),
    ),
)

PILOT_FIRM = Flow(
    id="pilot_firm",
    name=Text("试点企业", "Firm of a pilot"),
    states=(
        State(
            "listed", Text("在名单内", "Listed"), Text("在试点名单内", "On the list"), tone="good"
        ),
        State("withdrawn", Text("已退出", "Withdrawn"), Text("已退出试点", "Withdrew"), tone="bad"),
        State("replaced", Text("已被替换", "Replaced"), Text("已被替换", "Replaced"), tone="draft"),
        State(
            "out_of_period",
            Text("期满未完成", "Out of period"),
            Text("期满未完成", "Out of period"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step(
            "withdraw",
            Text("退出", "Withdraw"),
            ("listed",),
            "withdrawn",
            (
                "city",
                "county",
            ),
            reason=True,
            tone="danger",
        ),
        Step(
            "replace",
            Text("替换", "Replace"),
            ("listed",),
            "replaced",
            (
                "city",
                "county",
            ),
            reason=True,
            tone="plain",
        ),
        Step(
            "relist",
            Text("重新列入", "List again"),
            (
                "withdrawn",
                "replaced",
            ),
            "listed",
            (
                "city",
                "county",
            ),
            reason=True,
        ),
        Step(
            "lapse",
            Text("期满未完成", "Out of period"),
            (
                "listed",
                "withdrawn",
                "replaced",
            ),
            "out_of_period",
            (
                "city",
                "system",
            ),
        ),
    ),
)

COMPLAINT = Flow(
    id="complaint",
    name=Text("投诉", "Complaint"),
    states=(
        State(
            "filed",
            Text("待服务商答复", "Filed"),
            Text("等待服务商答复", "The provider is to answer"),
            owner="provider",
        ),
        State(
            "answered",
            Text("待核定", "Answered"),
            Text("经信部门核定中", "The office decides"),
            owner="city",
        ),
        State(
            "upheld", Text("投诉成立", "Upheld"), Text("投诉成立", "Upheld"), tone="bad", final=True
        ),
        State(
            "dismissed",
            Text("投诉不成立", "Dismissed"),
            Text("投诉不成立", "Dismissed"),
            tone="good",
            final=True,
        ),
        State(
            "withdrawn",
            Text("已撤回", "Withdrawn"),
            Text("已撤回", "Withdrawn"),
            tone="draft",
            final=True,
        ),
    ),
    steps=(
        Step("answer", Text("答复", "Answer"), ("filed",), "answered", ("provider",)),
        Step(
            "uphold",
            Text("投诉成立", "Uphold"),
            (
                "filed",
                "answered",
            ),
            "upheld",
            (
                "city",
                "province",
            ),
            reason=True,
            tone="danger",
        ),
        Step(
            "dismiss",
            Text("投诉不成立", "Dismiss"),
            (
                "filed",
                "answered",
            ),
            "dismissed",
            (
                "city",
                "province",
            ),
            reason=True,
            tone="plain",
        ),
        Step(
            "withdraw",
            Text("撤回投诉", "Withdraw"),
            (
                "filed",
                "answered",
            ),
            "withdrawn",
            ("enterprise",),
            tone="plain",
        ),
    ),
)
