"""批次、专家抽取、评审表的状态流转."""

from __future__ import annotations

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

PROVINCE = ("province",)
BEFORE_AWARD = ("draft", "open", "closed", "review", "listed", "publicity")

ROUND = Flow(
    id="round",
    name=Text("遴选批次", "Round of a selection"),
    states=(
        State(
            "draft",
            Text("拟制通知", "Notice in preparation"),
            Text("未发布", "Not published"),
            tone="draft",
            owner="province",
        ),
        State(
            "open", Text("申报中", "Open"), Text("正在申报", "Open for applications"), tone="info"
        ),
        State(
            "closed",
            Text("审核推荐", "Being checked"),
            Text("申报已截止，正在审核", "Closed; being checked"),
            owner="province",
        ),
        State(
            "review", Text("专家评审", "In review"), Text("正在评审", "In review"), owner="province"
        ),
        State(
            "listed",
            Text("已拟定名单", "Listed"),
            Text("正在评审", "In review"),
            owner="province",
            days="listed_workdays",
        ),
        State(
            "publicity",
            Text("公示中", "In publicity"),
            Text("公示中", "In publicity"),
            tone="info",
            owner="province",
        ),
        State(
            "awarded",
            Text("已发文认定", "Awarded"),
            Text("已公布", "Published"),
            tone="good",
            final=True,
        ),
        State(
            "terminated",
            Text("已终止", "Terminated"),
            Text("已终止", "Terminated"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step("publish", Text("发布通知", "Publish"), ("draft",), "open", PROVINCE),
        Step(
            "extend",
            Text("延长申报期", "Extend the deadline"),
            ("open",),
            "open",
            PROVINCE,
            reason=True,
            tone="plain",
        ),
        Step("close", Text("申报截止", "Close"), ("open",), "closed", ("system",)),
        Step("begin_review", Text("进入评审", "Begin the review"), ("closed",), "review", PROVINCE),
        Step("list", Text("拟定名单", "Make the list"), ("review",), "listed", PROVINCE),
        Step(
            "redo",
            Text("退回重拟", "Make it anew"),
            ("listed",),
            "review",
            PROVINCE,
            reason=True,
            tone="plain",
        ),
        Step(
            "announce",
            Text("发布公示", "Publish for objections"),
            ("listed",),
            "publicity",
            PROVINCE,
        ),
        Step("award", Text("发文认定", "Award"), ("publicity",), "awarded", PROVINCE),
        Step(
            "terminate",
            Text("终止本批次", "Terminate"),
            BEFORE_AWARD,
            "terminated",
            PROVINCE,
            reason=True,
            tone="danger",
        ),
    ),
)

PANEL_DRAW = Flow(
    id="panel_draw",
    name=Text("评审专家抽取", "Draw of experts"),
    states=(
        State(
            "committed",
            Text("已公布种子承诺", "Commitment published"),
            Text("待抽取", "To be drawn"),
            owner="province",
        ),
        State("drawn", Text("已抽取", "Drawn"), Text("已抽取", "Drawn"), tone="good", final=True),
        State(
            "cancelled",
            Text("已作废", "Cancelled"),
            Text("已作废", "Cancelled"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step(
            "draw",
            Text("公布种子并抽取", "Publish the seed and draw"),
            ("committed",),
            "drawn",
            PROVINCE,
        ),
        Step(
            "cancel",
            Text("作废", "Cancel"),
            ("committed",),
            "cancelled",
            PROVINCE,
            reason=True,
            tone="danger",
        ),
    ),
)

REVIEW = Flow(
    id="review",
    name=Text("评审表", "Review sheet"),
    states=(
        State(
            "assigned",
            Text("待评审", "To be reviewed"),
            Text("评审中", "In review"),
            owner="expert",
            days="review_workdays",
        ),
        State(
            "locked",
            Text("已提交并锁定", "Locked"),
            Text("已评审", "Reviewed"),
            tone="good",
            final=True,
        ),
        State(
            "withdrawn",
            Text("专家退出", "Expert withdrew"),
            Text("另行安排", "To be arranged anew"),
            tone="bad",
            final=True,
        ),
        State(
            "cancelled",
            Text("已撤销", "Cancelled"),
            Text("已撤销", "Cancelled"),
            tone="bad",
            final=True,
        ),
    ),
    steps=(
        Step("lock", Text("签名并锁定", "Sign and lock"), ("assigned",), "locked", ("expert",)),
        Step(
            "withdraw",
            Text("回避或退出", "Stand aside"),
            ("assigned",),
            "withdrawn",
            ("expert",),
            reason=True,
            tone="danger",
        ),
        Step(
            "cancel",
            Text("撤销派单", "Cancel"),
            ("assigned",),
            "cancelled",
            PROVINCE,
            reason=True,
            tone="danger",
        ),
    ),
)
