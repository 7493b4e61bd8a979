"""上云服务券的状态流转: from the firm's application to the last fen of it redeemed.

Steps as Hubei runs them (鄂经信办函, 2023 and 2025 rounds): district check, joint review
(综合会审), issue, redemption. A voucher may also be granted at once (from a list, or to whoever
comes first). What is redeemed is paid as a claim. Working days per step are those of
`practice.toml` (confidence default) and shown to the applicant.
"""

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

VOUCHER = Flow(
    id="voucher",
    name=Text("上云服务券", "Cloud voucher"),
    states=(
        State(
            "draft",
            Text("填报中", "Draft"),
            Text("填报中", "Being filled in"),
            tone="draft",
            owner="enterprise",
        ),
        State(
            "district_check",
            Text("区县初审", "District check"),
            Text("区县正在初审", "The district is checking"),
            owner="county",
            days="claim_check_workdays",
        ),
        State(
            "returned",
            Text("退回补正", "Returned"),
            Text("请补正材料", "Please mend your papers"),
            tone="bad",
            owner="enterprise",
            days="mend_workdays",
        ),
        State(
            "joint_review",
            Text("综合会审", "Joint review"),
            Text("市州正在会审", "The city's joint review"),
            owner="city",
            days="claim_review_workdays",
        ),
        State(
            "approved",
            Text("会审通过，待发券", "Approved, to be issued"),
            Text("会审通过，等待发券", "Approved, voucher to come"),
            owner="province",
            days="voucher_issue_workdays",
        ),
        State(
            "issued",
            Text("已发放，待核销", "Issued, to be redeemed"),
            Text("已发券，请核销", "Issued: please redeem it"),
            tone="info",
            owner="enterprise",
        ),
        State(
            "redeemed",
            Text("已全部核销", "Fully redeemed"),
            Text("已全部核销", "Fully redeemed"),
            tone="good",
        ),
        State(
            "rejected",
            Text("不予支持", "Not supported"),
            Text("未通过", "Not passed"),
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
        State(
            "expired",
            Text("逾期失效", "Expired"),
            Text("服务券已过期", "The voucher has expired"),
            tone="bad",
            final=True,
        ),
        State(
            "revoked",
            Text("已撤销", "Revoked"),
            Text("服务券已撤销", "The voucher has been revoked"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step(
            "submit",
            Text("提交申请", "Submit"),
            ("draft", "returned"),
            "district_check",
            ("enterprise",),
        ),
        Step("pass", Text("初审通过", "Pass"), ("district_check",), "joint_review", ("county",)),
        Step(
            "return",
            Text("退回补正", "Return"),
            ("district_check", "joint_review"),
            "returned",
            ("county", "city"),
            reason=True,
            tone="plain",
        ),
        Step(
            "reject",
            Text("不予支持", "Reject"),
            ("district_check", "joint_review"),
            "rejected",
            ("county", "city"),
            reason=True,
            tone="danger",
        ),
        Step("approve", Text("会审通过", "Approve"), ("joint_review",), "approved", ("city",)),
        Step("issue", Text("发券", "Issue"), ("approved",), "issued", ("province",)),
        Step("grant", Text("直接发券", "Grant"), ("draft",), "issued", ("province", "system")),
        Step(
            "part",
            Text("部分核销", "Redeem a part"),
            ("issued",),
            "issued",
            ("enterprise", "system"),
        ),
        Step(
            "redeem",
            Text("核销", "Redeem"),
            ("issued",),
            "redeemed",
            ("enterprise", "system"),
        ),
        Step(
            "refund",
            Text("核销冲回", "Take a redemption back"),
            ("issued", "redeemed"),
            "issued",
            ("system",),
        ),
        Step("expire", Text("逾期失效", "Expire"), ("issued",), "expired", ("system",)),
        Step(
            "revoke",
            Text("撤销服务券", "Revoke"),
            ("issued",),
            "revoked",
            ("province",),
            reason=True,
            tone="danger",
        ),
        Step(
            "withdraw",
            Text("撤回申请", "Withdraw"),
            ("draft", "district_check", "returned", "joint_review"),
            "withdrawn",
            ("enterprise",),
            tone="danger",
        ),
    ),
)
