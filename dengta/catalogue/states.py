"""资源池的状态流转: entries, their versions, the monthly figures of platforms."""

from dengta.core.flow import Flow, State, Step
from dengta.core.shapes import Text

ENTRY = Flow(
    id="entry",
    name=Text("资源池条目", "Entry of the resource pool"),
    states=(
        State(
            "unpublished",
            Text("未发布", "Not published"),
            Text("未发布", "Not published"),
            tone="draft",
        ),
        State("published", Text("已发布", "Published"), Text("已入库", "In the pool"), tone="good"),
        State(
            "expired", Text("已到期", "Expired"), Text("已过有效期", "Past its term"), tone="bad"
        ),
        State("removed", Text("已下架", "Removed"), Text("已下架", "Removed"), tone="bad"),
    ),
    steps=(
        Step(
            "publish",
            Text("发布", "Publish"),
            (
                "unpublished",
                "expired",
                "removed",
            ),
            "published",
            (
                "province",
                "system",
            ),
        ),
        Step(
            "renew",
            Text("更新版本", "New version"),
            ("published",),
            "published",
            (
                "province",
                "system",
            ),
        ),
        Step("expire", Text("到期", "Expire"), ("published",), "expired", ("system",)),
        Step(
            "remove",
            Text("下架", "Remove"),
            (
                "published",
                "expired",
            ),
            "removed",
            (
                "province",
                "system",
            ),
            reason=True,
            tone="danger",
        ),
    ),
)

ENTRY_VERSION = Flow(
    id="entry_version",
    name=Text("条目版本", "Version of an entry"),
    states=(
        State(
            "draft",
            Text("起草中", "Draft"),
            Text("起草中", "Draft"),
            tone="draft",
            owner="provider",
        ),
        State(
            "review",
            Text("待审核", "To be reviewed"),
            Text("审核中", "Being reviewed"),
            owner="province",
        ),
        State(
            "returned",
            Text("退回修改", "Returned"),
            Text("请修改", "Please mend"),
            tone="bad",
            owner="provider",
        ),
        State("published", Text("已发布", "Published"), Text("已发布", "Published"), tone="good"),
        State(
            "superseded",
            Text("已被新版本取代", "Superseded"),
            Text("旧版本", "Earlier version"),
            tone="draft",
            final=True,
        ),
        State(
            "dropped", Text("已放弃", "Dropped"), Text("已放弃", "Dropped"), tone="bad", final=True
        ),
    ),
    steps=(
        Step(
            "submit",
            Text("提交审核", "Submit"),
            (
                "draft",
                "returned",
            ),
            "review",
            (
                "provider",
                "enterprise",
                "province",
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
        Step(
            "publish",
            Text("审核发布", "Publish"),
            (
                "draft",
                "review",
            ),
            "published",
            (
                "province",
                "system",
            ),
        ),
        Step(
            "supersede",
            Text("被新版本取代", "Superseded"),
            ("published",),
            "superseded",
            (
                "province",
                "system",
            ),
        ),
        Step(
            "drop",
            Text("放弃", "Drop"),
            (
                "draft",
                "review",
                "returned",
            ),
            "dropped",
            (
                "provider",
                "enterprise",
                "province",
            ),
            tone="danger",
        ),
    ),
)

PLATFORM_MONTH = Flow(
    id="platform_month",
    name=Text("平台月度数据", "Monthly figures of a platform"),
    states=(
        State(
            "draft",
            Text("填报中", "Draft"),
            Text("填报中", "Draft"),
            tone="draft",
            owner="provider",
        ),
        State("reported", Text("已上报", "Reported"), Text("已上报", "Reported"), owner="province"),
        State(
            "doubted",
            Text("存疑待说明", "Doubted"),
            Text("请说明", "Please explain"),
            tone="bad",
            owner="provider",
        ),
        State("confirmed", Text("已核定", "Confirmed"), Text("已核定", "Confirmed"), tone="good"),
    ),
    steps=(
        Step(
            "report",
            Text("上报", "Report"),
            (
                "draft",
                "doubted",
            ),
            "reported",
            (
                "provider",
                "enterprise",
            ),
        ),
        Step(
            "doubt",
            Text("要求说明", "Doubt"),
            (
                "reported",
                "confirmed",
            ),
            "doubted",
            (
                "city",
                "province",
            ),
            reason=True,
            tone="plain",
        ),
        Step(
            "confirm",
            Text("核定", "Confirm"),
            ("reported",),
            "confirmed",
            (
                "city",
                "province",
            ),
        ),
    ),
)
