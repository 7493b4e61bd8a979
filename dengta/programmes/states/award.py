"""异议、认定、认定后处置的状态流转. Working days are those of practice.toml."""

from __future__ import annotations

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text
from dengta.programmes.states.application import APPLICANTS

PROVINCE = ("province",)
SYSTEM = ("system",)

OBJECTION = Flow(
    id="objection",
    name=Text("异议", "Objection"),
    states=(
        State(
            "filed",
            Text("待核实", "To be looked into"),
            Text("已收到", "Received"),
            owner="province",
            days="objection_accept_workdays",
        ),
        State(
            "inquiry",
            Text("核实中", "Being looked into"),
            Text("核实中", "Being looked into"),
            owner="province",
            days="objection_inquiry_workdays",
        ),
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
        State(
            "not_accepted",
            Text("不予受理", "Not accepted"),
            Text("不予受理", "Not accepted"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step(
            "accept", Text("受理并核实", "Accept and look into it"), ("filed",), "inquiry", PROVINCE
        ),
        Step(
            "refuse",
            Text("不予受理", "Do not accept"),
            ("filed",),
            "not_accepted",
            PROVINCE,
            reason=True,
            tone="danger",
        ),
        Step("uphold", Text("异议成立", "Uphold"), ("inquiry",), "upheld", PROVINCE, reason=True),
        Step(
            "dismiss",
            Text("异议不成立", "Dismiss"),
            ("inquiry",),
            "dismissed",
            PROVINCE,
            reason=True,
            tone="plain",
        ),
    ),
)

AWARD = Flow(
    id="award",
    name=Text("认定", "Award"),
    states=(
        State(
            "in_force",
            Text("有效", "In force"),
            Text("有效", "In force"),
            tone="good",
            owner="applicant",
        ),
        State(
            "rectifying",
            Text("限期整改", "To be rectified"),
            Text("限期整改", "To be rectified"),
            owner="applicant",
        ),
        State(
            "expired",
            Text("已到期", "Expired"),
            Text("已到期", "Expired"),
            tone="bad",
            owner="applicant",
        ),
        State(
            "revoked", Text("已撤销", "Revoked"), Text("已撤销", "Revoked"), tone="bad", final=True
        ),
    ),
    steps=(
        Step(
            "rectify",
            Text("责令整改", "Order to rectify"),
            ("in_force",),
            "rectifying",
            PROVINCE,
            reason=True,
            tone="plain",
        ),
        Step(
            "warn",
            Text("警告", "Warn"),
            ("in_force",),
            "in_force",
            PROVINCE,
            reason=True,
            tone="plain",
        ),
        Step(
            "evaluate",
            Text("跟踪评价", "Evaluate"),
            ("in_force",),
            "in_force",
            PROVINCE,
            reason=True,
            tone="plain",
        ),
        Step(
            "evaluate_rectifying",
            Text("整改期内评价", "Evaluate while rectified"),
            ("rectifying",),
            "rectifying",
            PROVINCE,
            reason=True,
            tone="plain",
        ),
        Step("restore", Text("整改合格", "Rectified"), ("rectifying",), "in_force", PROVINCE),
        Step(
            "renew",
            Text("续期", "Renew"),
            ("in_force", "rectifying", "expired"),
            "in_force",
            PROVINCE,
        ),
        Step("rename", Text("名称变更", "Change of name"), ("in_force",), "in_force", PROVINCE),
        Step("expire", Text("到期", "Expire"), ("in_force", "rectifying"), "expired", SYSTEM),
        Step(
            "revoke",
            Text("撤销", "Revoke"),
            ("in_force", "rectifying", "expired"),
            "revoked",
            PROVINCE,
            reason=True,
            tone="danger",
        ),
    ),
)

PROCEEDING = Flow(
    id="proceeding",
    name=Text("认定后处置", "Proceeding on an award"),
    states=(
        State(
            "opened",
            Text("已立案", "Opened"),
            Text("已受理", "Taken up"),
            owner="province",
            days="withdrawal_notice_workdays",
        ),
        State(
            "noticed",
            Text("待申辩", "Waiting for the defence"),
            Text("请陈述申辩", "Please state your case"),
            owner="applicant",
            days="withdrawal_defence_workdays",
        ),
        State(
            "heard",
            Text("待决定", "To be decided"),
            Text("正在研究决定", "Being decided"),
            owner="province",
            days="withdrawal_decision_workdays",
        ),
        State(
            "decided",
            Text("已决定，复核期内", "Decided, open to appeal"),
            Text("已作出决定，可申请复核", "Decided; you may appeal"),
            tone="info",
            owner="applicant",
            days="withdrawal_appeal_workdays",
        ),
        State(
            "appealed",
            Text("复核中", "Under appeal"),
            Text("正在复核", "Under appeal"),
            owner="province",
            days="withdrawal_review_workdays",
        ),
        State(
            "closed", Text("已办结", "Closed"), Text("已办结", "Closed"), tone="good", final=True
        ),
        State(
            "dismissed",
            Text("不予处置", "Dismissed"),
            Text("不予处置", "Dismissed"),
            tone="bad",
            final=True,
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
            "serve",
            Text("送达告知书", "Serve notice"),
            ("opened",),
            "noticed",
            PROVINCE,
            reason=True,
        ),
        Step("take_up", Text("受理申请", "Take up the request"), ("opened",), "heard", PROVINCE),
        Step(
            "defend",
            Text("提交申辩", "State the case"),
            ("noticed",),
            "heard",
            APPLICANTS,
            reason=True,
        ),
        Step(
            "pass_defence", Text("逾期未申辩", "No defence in time"), ("noticed",), "heard", SYSTEM
        ),
        Step("decide", Text("作出决定", "Decide"), ("heard",), "decided", PROVINCE, reason=True),
        Step(
            "dismiss",
            Text("不予处置", "Dismiss"),
            ("opened", "heard"),
            "dismissed",
            PROVINCE,
            reason=True,
            tone="plain",
        ),
        Step(
            "appeal", Text("申请复核", "Appeal"), ("decided",), "appealed", APPLICANTS, reason=True
        ),
        Step("close", Text("复核期满，生效", "Take effect"), ("decided",), "closed", SYSTEM),
        Step(
            "confirm", Text("维持原决定", "Confirm"), ("appealed",), "closed", PROVINCE, reason=True
        ),
        Step(
            "overturn",
            Text("撤销原决定", "Overturn"),
            ("appealed",),
            "dismissed",
            PROVINCE,
            reason=True,
            tone="plain",
        ),
        Step(
            "withdraw",
            Text("撤回申请", "Withdraw the request"),
            ("opened",),
            "withdrawn",
            APPLICANTS,
            tone="danger",
        ),
    ),
)
