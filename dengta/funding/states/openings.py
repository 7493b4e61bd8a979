"""集中发放的状态流转: a day on which vouchers are given first come, first served."""

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

OPENING = Flow(
    id="opening",
    name=Text("发券场次", "Voucher opening"),
    states=(
        State(
            "planned",
            Text("筹备中", "Planned"),
            Text("筹备中", "Planned"),
            tone="draft",
            owner="province",
        ),
        State(
            "announced",
            Text("已公告", "Announced"),
            Text("按公告时间开放领取", "Opens at the announced time"),
            tone="info",
            owner="province",
        ),
        State(
            "closed",
            Text("已结束", "Closed"),
            Text("已结束", "Closed"),
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
        Step("announce", Text("公告", "Announce"), ("planned",), "announced", ("province",)),
        Step("close", Text("结束领取", "Close"), ("announced",), "closed", ("province", "system")),
        Step(
            "cancel",
            Text("取消场次", "Cancel"),
            ("planned", "announced"),
            "cancelled",
            ("province",),
            reason=True,
            tone="danger",
        ),
    ),
)
