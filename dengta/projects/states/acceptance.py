"""验收的状态流转: acceptance, objections to it, checks of use."""

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

ACCEPTANCE = Flow(
    id="acceptance",
    name=Text("项目验收", "Acceptance of a project"),
    states=(
        State(
            "county_check",
            Text("区县核查", "County check"),
            Text("区县正在核查材料", "The county is checking the papers"),
            owner="county",
        ),
        State(
            "returned",
            Text("退回补正", "Returned"),
            Text("请补正验收材料", "Please mend the papers"),
            tone="bad",
            owner="enterprise",
        ),
        State(
            "on_site",
            Text("现场核验", "On-site visit"),
            Text("等待现场核验", "Waiting for the visit"),
            owner="county",
        ),
        State(
            "visited",
            Text("待公示", "To be published"),
            Text("现场已核验，等待公示", "Visited, publicity to come"),
            owner="city",
        ),
        State(
            "publicity",
            Text("公示中", "In publicity"),
            Text("公示中", "In publicity"),
            tone="info",
            owner="city",
        ),
        State(
            "accepted",
            Text("验收通过，待拨付", "Accepted, to be paid"),
            Text("验收通过，可以申领补助", "Accepted, the subsidy can be claimed"),
            tone="good",
            final=True,
        ),
        State(
            "failed",
            Text("验收未通过", "Not accepted"),
            Text("未通过，请整改", "Not passed, please mend"),
            tone="bad",
            final=True,
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
        Step(
            "return",
            Text("退回补正", "Return"),
            ("county_check",),
            "returned",
            ("county",),
            reason=True,
            tone="plain",
        ),
        Step("ask", Text("重新提交", "Send again"), ("returned",), "county_check", ("enterprise",)),
        Step("pass", Text("核查通过", "Pass"), ("county_check",), "on_site", ("county",)),
        Step(
            "visit",
            Text("登记现场结果", "Record the visit"),
            ("on_site",),
            "visited",
            (
                "county",
                "city",
                "expert",
            ),
        ),
        Step("publish", Text("公示", "Publish"), ("visited",), "publicity", ("city",)),
        Step(
            "accept",
            Text("公示无异议，通过", "Accept"),
            ("publicity",),
            "accepted",
            (
                "city",
                "system",
            ),
        ),
        Step(
            "fail",
            Text("不予通过", "Fail"),
            (
                "county_check",
                "on_site",
                "visited",
                "publicity",
            ),
            "failed",
            (
                "county",
                "city",
            ),
            reason=True,
            tone="danger",
        ),
        Step(
            "withdraw",
            Text("撤回申请", "Withdraw"),
            (
                "county_check",
                "returned",
                "on_site",
            ),
            "withdrawn",
            ("enterprise",),
            tone="danger",
        ),
    ),
)

DISPUTE = Flow(
    id="project_dispute",
    name=Text("验收异议", "Objection to an acceptance"),
    states=(
        State("filed", Text("待核查", "Filed"), Text("核查中", "Being looked into"), owner="city"),
        State(
            "upheld",
            Text("异议成立", "Upheld"),
            Text("异议成立", "Upheld"),
            tone="good",
            final=True,
        ),
        State(
            "dismissed",
            Text("异议不成立", "Dismissed"),
            Text("异议不成立", "Dismissed"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step(
            "uphold",
            Text("异议成立", "Uphold"),
            ("filed",),
            "upheld",
            ("city",),
            reason=True,
            tone="danger",
        ),
        Step(
            "dismiss",
            Text("异议不成立", "Dismiss"),
            ("filed",),
            "dismissed",
            ("city",),
            reason=True,
        ),
    ),
)

USAGE = Flow(
    id="usage_check",
    name=Text("使用回访", "Check of use"),
    states=(
        State(
            "due",
            Text("待企业填报", "To be reported"),
            Text("请填报使用情况", "Please report the use"),
            owner="enterprise",
        ),
        State(
            "reported", Text("待核查", "Reported"), Text("核查中", "Being checked"), owner="county"
        ),
        State("in_use", Text("在用", "In use"), Text("在用", "In use"), tone="good", final=True),
        State(
            "partly",
            Text("部分在用", "Partly used"),
            Text("部分在用", "Partly used"),
            tone="info",
            final=True,
        ),
        State(
            "unused", Text("已停用", "Not used"), Text("已停用", "Not used"), tone="bad", final=True
        ),
    ),
    steps=(
        Step("report", Text("填报使用情况", "Report"), ("due",), "reported", ("enterprise",)),
        Step(
            "find_used",
            Text("核定在用", "In use"),
            (
                "reported",
                "due",
            ),
            "in_use",
            (
                "county",
                "city",
            ),
        ),
        Step(
            "find_partly",
            Text("核定部分在用", "Partly used"),
            (
                "reported",
                "due",
            ),
            "partly",
            (
                "county",
                "city",
            ),
            reason=True,
            tone="plain",
        ),
        Step(
            "find_unused",
            Text("核定停用", "Not used"),
            (
                "reported",
                "due",
            ),
            "unused",
            (
                "county",
                "city",
            ),
            reason=True,
            tone="danger",
        ),
    ),
)
