"""改造项目的状态流转: projects, milestones, changes."""

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

PROJECT = Flow(
    id="project",
    name=Text("改造项目", "Transformation project"),
    states=(
        State(
            "draft",
            Text("填报中", "Draft"),
            Text("填报中", "Draft"),
            tone="draft",
            owner="enterprise",
        ),
        State(
            "county_check",
            Text("区县备案审核", "County check"),
            Text("区县正在审核备案", "The county is checking"),
            owner="county",
        ),
        State(
            "returned",
            Text("退回补正", "Returned"),
            Text("请补正备案材料", "Please mend the filing"),
            tone="bad",
            owner="enterprise",
        ),
        State(
            "under_way",
            Text("改造中", "Under way"),
            Text("改造实施中", "Under way"),
            tone="info",
            owner="provider",
        ),
        State(
            "finished",
            Text("已完工，待申请验收", "Finished"),
            Text("已完工，请申请验收", "Finished, ask for acceptance"),
            tone="info",
            owner="enterprise",
        ),
        State(
            "in_acceptance",
            Text("验收中", "Acceptance under way"),
            Text("验收办理中", "Acceptance under way"),
            owner="county",
        ),
        State("accepted", Text("验收通过", "Accepted"), Text("验收通过", "Accepted"), tone="good"),
        State(
            "rejected",
            Text("不予备案", "Not filed"),
            Text("未予备案", "Not filed"),
            tone="bad",
            final=True,
        ),
        State(
            "terminated",
            Text("已终止", "Terminated"),
            Text("已终止", "Terminated"),
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
            "file",
            Text("提交备案", "File"),
            (
                "draft",
                "returned",
            ),
            "county_check",
            ("enterprise",),
        ),
        Step(
            "return",
            Text("退回补正", "Return"),
            ("county_check",),
            "returned",
            (
                "county",
                "city",
            ),
            reason=True,
            tone="plain",
        ),
        Step(
            "reject",
            Text("不予备案", "Refuse to file"),
            ("county_check",),
            "rejected",
            (
                "county",
                "city",
            ),
            reason=True,
            tone="danger",
        ),
        Step(
            "start",
            Text("同意备案", "Agree to the filing"),
            ("county_check",),
            "under_way",
            (
                "county",
                "city",
            ),
        ),
        Step(
            "finish",
            Text("报告完工", "Report as finished"),
            ("under_way",),
            "finished",
            (
                "enterprise",
                "provider",
            ),
        ),
        Step(
            "resume",
            Text("恢复实施", "Resume"),
            ("finished",),
            "under_way",
            (
                "enterprise",
                "county",
            ),
            reason=True,
            tone="plain",
        ),
        Step(
            "ask",
            Text("申请验收", "Ask for acceptance"),
            ("finished",),
            "in_acceptance",
            ("enterprise",),
        ),
        Step(
            "mend",
            Text("验收未通过，整改", "To be mended"),
            ("in_acceptance",),
            "under_way",
            (
                "county",
                "city",
                "system",
            ),
            reason=True,
            tone="plain",
        ),
        Step("accept", Text("验收通过", "Accept"), ("in_acceptance",), "accepted", ("system",)),
        Step(
            "annul",
            Text("撤销验收", "Annul the acceptance"),
            ("accepted",),
            "terminated",
            (
                "city",
                "province",
            ),
            reason=True,
            tone="danger",
        ),
        Step(
            "terminate",
            Text("终止项目", "Terminate"),
            (
                "under_way",
                "finished",
                "in_acceptance",
            ),
            "terminated",
            (
                "enterprise",
                "county",
                "city",
            ),
            reason=True,
            tone="danger",
        ),
        Step(
            "withdraw",
            Text("撤回备案", "Withdraw"),
            (
                "draft",
                "county_check",
                "returned",
            ),
            "withdrawn",
            ("enterprise",),
            tone="danger",
        ),
    ),
)

MILESTONE = Flow(
    id="milestone",
    name=Text("里程碑", "Milestone"),
    states=(
        State(
            "planned",
            Text("未完成", "Planned"),
            Text("未完成", "Planned"),
            tone="draft",
            owner="provider",
        ),
        State(
            "reported",
            Text("已提交，待确认", "Reported"),
            Text("服务商已提交，请确认", "Reported, please confirm"),
            owner="enterprise",
        ),
        State(
            "confirmed", Text("企业已确认", "Confirmed"), Text("已确认", "Confirmed"), tone="good"
        ),
        State(
            "cancelled",
            Text("已取消", "Cancelled"),
            Text("已取消", "Cancelled"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step("report", Text("提交成果", "Report"), ("planned",), "reported", ("provider",)),
        Step("confirm", Text("确认完成", "Confirm"), ("reported",), "confirmed", ("enterprise",)),
        Step(
            "return",
            Text("退回", "Send back"),
            (
                "reported",
                "confirmed",
            ),
            "planned",
            (
                "enterprise",
                "county",
            ),
            reason=True,
            tone="plain",
        ),
        Step(
            "cancel",
            Text("取消", "Cancel"),
            (
                "planned",
                "reported",
            ),
            "cancelled",
            ("system",),
            tone="danger",
        ),
    ),
)

CHANGE = Flow(
    id="project_change",
    name=Text("项目变更", "Change of a project"),
    states=(
        State(
            "asked",
            Text("待对方同意", "Asked"),
            Text("等待对方同意", "The other side is to agree"),
            owner="enterprise",
        ),
        State(
            "agreed",
            Text("待区县批准", "Agreed"),
            Text("区县审批中", "The county decides"),
            owner="county",
        ),
        State(
            "approved",
            Text("已批准", "Approved"),
            Text("已批准", "Approved"),
            tone="good",
            final=True,
        ),
        State(
            "refused", Text("未同意", "Refused"), Text("未同意", "Refused"), tone="bad", final=True
        ),
        State(
            "withdrawn",
            Text("已撤回", "Withdrawn"),
            Text("已撤回", "Withdrawn"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step(
            "agree",
            Text("同意变更", "Agree"),
            ("asked",),
            "agreed",
            (
                "enterprise",
                "provider",
            ),
        ),
        Step(
            "approve",
            Text("批准变更", "Approve"),
            ("agreed",),
            "approved",
            (
                "county",
                "city",
            ),
        ),
        Step(
            "refuse",
            Text("不同意", "Refuse"),
            (
                "asked",
                "agreed",
            ),
            "refused",
            (
                "enterprise",
                "provider",
                "county",
                "city",
            ),
            reason=True,
            tone="danger",
        ),
        Step(
            "withdraw",
            Text("撤回", "Withdraw"),
            (
                "asked",
                "agreed",
            ),
            "withdrawn",
            (
                "enterprise",
                "provider",
            ),
            tone="plain",
        ),
    ),
)
