"""测评诊断的状态流转: assessment, rating, sample, diagnosis, campaign."""

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

ASSESSMENT = Flow(
    id="assessment",
    name=Text("数字化水平测评", "Digital maturity assessment"),
    states=(
        State(
            "draft",
            Text("填报中", "Being filled in"),
            Text("填报中", "Being filled in"),
            tone="draft",
            owner="enterprise",
        ),
        State(
            "submitted",
            Text("已提交", "Submitted"),
            Text("已出结果", "Result is there"),
            tone="good",
            final=True,
        ),
        State(
            "discarded",
            Text("已放弃", "Given up"),
            Text("已放弃", "Given up"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step(
            "submit",
            Text("承诺属实并提交", "Pledge and submit"),
            ("draft",),
            "submitted",
            ("enterprise",),
        ),
        Step(
            "discard",
            Text("放弃本次测评", "Give up this assessment"),
            ("draft",),
            "discarded",
            ("enterprise",),
            tone="danger",
        ),
    ),
)

OFFICES = ("county", "city", "province")

RATING = Flow(
    id="rating",
    name=Text("测评评定", "Rating of an assessment"),
    states=(
        State(
            "assigned",
            Text("待评定", "To be rated"),
            Text("评定中", "Being rated"),
            tone="wait",
            owner="expert",
            days="rating_workdays",
        ),
        State(
            "submitted",
            Text("已评定", "Rated"),
            Text("已评定", "Rated"),
            tone="good",
            final=True,
        ),
        State(
            "declined",
            Text("已退回派单", "Declined"),
            Text("另行安排", "To be arranged anew"),
            tone="bad",
            final=True,
        ),
        State(
            "cancelled",
            Text("已撤销派单", "Withdrawn"),
            Text("已撤销", "Withdrawn"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step(
            "submit",
            Text("签名并提交评定", "Sign and submit"),
            ("assigned",),
            "submitted",
            ("expert", *OFFICES),
        ),
        Step(
            "decline",
            Text("回避或退回派单", "Decline"),
            ("assigned",),
            "declined",
            ("expert",),
            reason=True,
            tone="danger",
        ),
        Step(
            "cancel",
            Text("撤销派单", "Withdraw the assignment"),
            ("assigned",),
            "cancelled",
            OFFICES,
            reason=True,
            tone="danger",
        ),
    ),
)

SAMPLE = Flow(
    id="sample",
    name=Text("评定抽查", "Sample check of ratings"),
    states=(
        State(
            "committed",
            Text("已公布种子承诺", "Commitment published"),
            Text("待抽取", "To be drawn"),
            tone="wait",
        ),
        State(
            "drawn",
            Text("已抽取", "Drawn"),
            Text("已抽取", "Drawn"),
            tone="good",
            final=True,
        ),
    ),
    steps=(
        Step(
            "draw",
            Text("公布种子并抽取", "Publish the seed and draw"),
            ("committed",),
            "drawn",
            OFFICES,
        ),
    ),
)

DIAGNOSIS = Flow(
    id="diagnosis",
    name=Text("第三方诊断", "Third-party diagnosis"),
    states=(
        State(
            "open",
            Text("待选服务商", "To choose a provider"),
            Text("待选服务商", "To choose a provider"),
            tone="draft",
            owner="enterprise",
        ),
        State(
            "chosen",
            Text("待服务商接单", "Waiting for the provider"),
            Text("待服务商接单", "Waiting for the provider"),
            owner="provider",
            days="diagnosis_accept_workdays",
        ),
        State(
            "visiting",
            Text("待上门诊断", "Visit to come"),
            Text("待上门诊断", "Visit to come"),
            owner="provider",
            days="diagnosis_visit_workdays",
        ),
        State(
            "drafting",
            Text("编写诊断报告", "Report being written"),
            Text("编写诊断报告", "Report being written"),
            owner="provider",
            days="diagnosis_report_workdays",
        ),
        State(
            "commenting",
            Text("待企业确认", "With the enterprise"),
            Text("请核对诊断报告", "Please check the report"),
            owner="enterprise",
            days="diagnosis_comment_workdays",
        ),
        State(
            "accepted",
            Text("已验收", "Accepted"),
            Text("已完成", "Done"),
            tone="good",
            final=True,
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
        Step("choose", Text("选定服务商", "Choose"), ("open",), "chosen", ("enterprise",)),
        Step("take", Text("接单", "Take the order"), ("chosen",), "visiting", ("provider",)),
        Step(
            "decline",
            Text("不接单", "Decline"),
            ("chosen",),
            "open",
            ("provider",),
            reason=True,
            tone="danger",
        ),
        Step(
            "visit",
            Text("登记上门诊断", "Record the visit"),
            ("visiting",),
            "drafting",
            ("provider",),
        ),
        Step(
            "send",
            Text("提交诊断报告", "Send the report"),
            ("drafting",),
            "commenting",
            ("provider",),
        ),
        Step(
            "comment",
            Text("提出意见，退回修改", "Comment and send back"),
            ("commenting",),
            "drafting",
            ("enterprise",),
            reason=True,
            tone="plain",
        ),
        Step(
            "accept",
            Text("确认并评价", "Accept and rate"),
            ("commenting",),
            "accepted",
            ("enterprise",),
        ),
        Step(
            "cancel",
            Text("取消诊断", "Cancel"),
            ("open", "chosen", "visiting"),
            "cancelled",
            ("enterprise", *OFFICES),
            reason=True,
            tone="danger",
        ),
    ),
)

CAMPAIGN = Flow(
    id="campaign",
    name=Text("测评活动", "Assessment campaign"),
    states=(
        State(
            "running",
            Text("进行中", "Running"),
            Text("进行中", "Running"),
            tone="info",
        ),
        State(
            "closed",
            Text("已结束", "Closed"),
            Text("已结束", "Closed"),
            tone="good",
            final=True,
        ),
    ),
    steps=(
        Step(
            "remind",
            Text("提醒未完成的企业", "Remind who has not answered"),
            ("running",),
            "running",
            (*OFFICES, "system"),
        ),
        Step(
            "close",
            Text("结束活动", "Close the campaign"),
            ("running",),
            "closed",
            (*OFFICES, "system"),
            tone="plain",
        ),
    ),
)
