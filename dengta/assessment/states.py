"""测评的状态流转: filled in by the firm, submitted with a pledge of truth, or given up."""

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
