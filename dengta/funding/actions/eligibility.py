"""What is said to who does not fit a scheme, or of whom it is not known yet."""

from __future__ import annotations

from dengta.core.rules import Verdict
from dengta.core.shapes import Text
from dengta.trail.actions import StepRefused


class NotEligible(StepRefused):
    """The programme's rule says no, or cannot say yes yet; `verdict` has every clause."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        failed = [clause for clause in verdict.clauses if clause.outcome != "yes"]
        zh = "；".join(one.text.zh for one in failed)
        en = "; ".join(one.text.en for one in failed)
        super().__init__(
            Text(
                f"按现有资料还不能申领，以下条件未满足或缺少资料：{zh}。补充资料后可再提交。",
                f"Not eligible on what is known; not met or not known: {en}. Add what is missing"
                " and submit again.",
            )
        )
