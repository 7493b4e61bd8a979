"""申报的状态流转: one for all selections. A selection names which steps it has; the others are
passed over by the system, so that nobody can leave one out by hand.

No way leads to an award but through publicity. Working days are those of `practice.toml`
(confidence default); a selection may set its own.
"""

from __future__ import annotations

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

APPLICANTS = ("enterprise", "provider", "city", "county")
SYSTEM = ("system",)
PROVINCE = ("province",)

STATES = (
    State(
        "draft",
        Text("填报中", "Draft"),
        Text("填报中", "Being filled in"),
        tone="draft",
        owner="applicant",
    ),
    State(
        "invited",
        Text("待企业确认", "To be confirmed"),
        Text("免申即享，请确认", "No application needed: please confirm"),
        tone="info",
        owner="applicant",
    ),
    State(
        "county_check",
        Text("区县初审", "County check"),
        Text("区县正在初审", "The county is checking"),
        owner="county",
        days="county_check_workdays",
    ),
    State(
        "city_recommend",
        Text("市州推荐", "City recommendation"),
        Text("市州正在审核推荐", "The city is deciding on its recommendation"),
        owner="city",
        days="city_recommend_workdays",
    ),
    State(
        "formal_check",
        Text("形式审查", "Formal check"),
        Text("省级正在形式审查", "The province is checking"),
        owner="province",
        days="formal_check_workdays",
    ),
    State(
        "returned",
        Text("退回修改", "Returned"),
        Text("请修改后重新提交", "Please mend and hand in again"),
        tone="bad",
        owner="applicant",
        days="mend_workdays",
    ),
    State(
        "supplement",
        Text("补正材料", "Papers to be supplied"),
        Text("请补交材料", "Please supply papers"),
        tone="bad",
        owner="applicant",
        days="supplement_workdays",
    ),
    State(
        "panel",
        Text("专家评审", "Expert review"),
        Text("专家正在评审", "Experts are reviewing"),
        owner="province",
        days="panel_workdays",
    ),
    State(
        "site_visit",
        Text("现场核查", "Site visit"),
        Text("等待现场核查", "A site visit is to come"),
        owner="province",
        days="site_visit_workdays",
    ),
    State(
        "ranked",
        Text("待拟定名单", "To be listed"),
        Text("评审结束，等待拟定名单", "Reviewed; the list is being made"),
        owner="province",
        days="ranking_workdays",
    ),
    State(
        "proposed",
        Text("拟入选，公示中", "Proposed, in publicity"),
        Text("拟入选，公示中", "Proposed, in publicity"),
        tone="info",
        owner="province",
    ),
    State(
        "reserve",
        Text("备选", "Reserve"),
        Text("列入备选名单", "On the reserve list"),
        tone="info",
        owner="province",
    ),
    State(
        "held",
        Text("异议处理中，暂缓", "Held for an objection"),
        Text("异议处理中，暂缓认定", "Held while an objection is dealt with"),
        tone="wait",
        owner="province",
        days="held_workdays",
    ),
    State("awarded", Text("已认定", "Awarded"), Text("已认定", "Awarded"), tone="good", final=True),
    State(
        "not_selected",
        Text("未入选", "Not selected"),
        Text("未入选", "Not selected"),
        tone="bad",
        final=True,
    ),
    State(
        "rejected",
        Text("审核未通过", "Not passed"),
        Text("审核未通过", "Not passed"),
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
    State(
        "withdrawn",
        Text("已撤回", "Withdrawn"),
        Text("已撤回", "Withdrawn"),
        tone="bad",
        final=True,
    ),
    State("lapsed", Text("逾期失效", "Lapsed"), Text("逾期失效", "Lapsed"), tone="bad", final=True),
    State(
        "terminated",
        Text("已终止", "Terminated"),
        Text("本批次已终止", "Terminated"),
        tone="bad",
        final=True,
    ),
)

OPEN_STATES = ("draft", "invited")
"""Not handed in yet."""
MENDING_STATES = ("returned", "supplement")
"""With the applicant again, for what was reopened."""
CHECKS = {
    "county_check": ("county", "city_recommend", Text("初审通过", "Pass")),
    "city_recommend": ("city", "formal_check", Text("推荐", "Recommend")),
    "formal_check": ("province", "panel", Text("形式审查通过", "Pass")),
}
"""Each check: whose it is, where it leads, and what passing it is called."""
PUBLIC_STATES = ("proposed", "held", "awarded")
"""Publicity has begun for it."""
LIVE_STATES = tuple(state.id for state in STATES if not state.final)


def _checked(state: str) -> tuple[Step, ...]:
    """What an office may do in its check; `<step>_<office>`, since each only acts in its own."""
    office, target, name = CHECKS[state]
    roles = (office,)
    return (
        Step(f"pass_{office}", name, (state,), target, roles),
        Step(
            f"return_{office}",
            Text("退回修改", "Return for mending"),
            (state,),
            "returned",
            roles,
            reason=True,
            tone="plain",
        ),
        Step(
            f"supplement_{office}",
            Text("要求补正材料", "Ask for papers"),
            (state,),
            "supplement",
            roles,
            reason=True,
            tone="plain",
        ),
        Step(
            f"refuse_{office}",
            Text("不予受理", "Do not accept"),
            (state,),
            "not_accepted",
            roles,
            reason=True,
            tone="danger",
        ),
        Step(
            f"reject_{office}",
            Text("审核不通过", "Do not pass"),
            (state,),
            "rejected",
            roles,
            reason=True,
            tone="danger",
        ),
        Step(
            f"resubmit_{office}",
            Text("修改后重新提交", "Hand in again"),
            MENDING_STATES,
            state,
            APPLICANTS,
        ),
        Step(
            f"pass_over_{office}",
            Text("本遴选不设此环节", "Not a step of this selection"),
            (state,),
            target,
            SYSTEM,
        ),
    )


APPLICATION = Flow(
    id="application",
    name=Text("申报", "Application"),
    states=STATES,
    steps=(
        Step(
            "submit",
            Text("承诺属实并提交", "Pledge and submit"),
            ("draft",),
            "county_check",
            APPLICANTS,
        ),
        Step(
            "invite",
            Text("列入免申即享名单", "List without an application"),
            ("draft",),
            "invited",
            SYSTEM,
        ),
        Step("confirm", Text("确认享受", "Confirm"), ("invited",), "county_check", APPLICANTS),
        *_checked("county_check"),
        *_checked("city_recommend"),
        *_checked("formal_check"),
        Step(
            "finish_panel", Text("评审结束", "Review finished"), ("panel",), "site_visit", PROVINCE
        ),
        Step(
            "pass_over_panel",
            Text("本遴选不设此环节", "Not a step of this selection"),
            ("panel",),
            "site_visit",
            SYSTEM,
        ),
        Step("pass_visit", Text("核查通过", "Visit passed"), ("site_visit",), "ranked", PROVINCE),
        Step(
            "fail_visit",
            Text("核查不通过", "Visit not passed"),
            ("site_visit",),
            "rejected",
            PROVINCE,
            reason=True,
            tone="danger",
        ),
        Step(
            "pass_over_visit",
            Text("本遴选不设此环节", "Not a step of this selection"),
            ("site_visit",),
            "ranked",
            SYSTEM,
        ),
        Step("propose", Text("列入公示名单", "Propose"), ("ranked",), "proposed", PROVINCE),
        Step(
            "put_on_reserve",
            Text("列入备选名单", "Put on reserve"),
            ("ranked",),
            "reserve",
            PROVINCE,
        ),
        Step(
            "promote",
            Text("由备选递补", "Move up from the reserve"),
            ("reserve",),
            "proposed",
            PROVINCE,
            reason=True,
        ),
        Step(
            "hold",
            Text("因异议暂缓", "Hold for an objection"),
            ("proposed",),
            "held",
            PROVINCE,
            reason=True,
            tone="plain",
        ),
        Step(
            "resume",
            Text("异议不成立，恢复", "Resume"),
            ("held",),
            "proposed",
            PROVINCE,
            reason=True,
        ),
        Step(
            "drop",
            Text("取消入选资格", "Drop"),
            ("proposed", "held"),
            "not_selected",
            PROVINCE,
            reason=True,
            tone="danger",
        ),
        Step("award", Text("发文认定", "Award"), ("proposed",), "awarded", PROVINCE),
        Step(
            "not_select",
            Text("未列入名单", "Not listed"),
            ("ranked", "reserve"),
            "not_selected",
            PROVINCE,
        ),
        Step(
            "withdraw",
            Text("撤回申报", "Withdraw"),
            LIVE_STATES,
            "withdrawn",
            APPLICANTS,
            tone="danger",
        ),
        Step("lapse", Text("逾期失效", "Lapse"), (*OPEN_STATES, *MENDING_STATES), "lapsed", SYSTEM),
        Step(
            "terminate",
            Text("终止", "Terminate"),
            LIVE_STATES,
            "terminated",
            PROVINCE,
            reason=True,
            tone="danger",
        ),
    ),
)
