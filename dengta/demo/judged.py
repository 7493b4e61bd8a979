"""A provider of the demo province that did not do well: selected, late, complained about, warned;
and the scores of all, each with the whole of what is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from dengta.demo import lasting, selected, undertaken
from dengta.demo.followed import Province
from dengta.demo.lasting import Course, accepted, makers, used
from dengta.matching.queries.quoters import quoters
from dengta.programmes.actions import proceedings
from dengta.programmes.models import Award
from dengta.projects.actions import complaints, usage
from dengta.projects.actions.filing import Line
from dengta.projects.actions.scores import keep_scores
from dengta.registry.models import Organisation
from dengta.registry.queries import policy

ROUND = selected.Way("provider", "数字化转型服务商遴选（演示）", 290, 262, 1, earlier=200)
DEAR = tuple(
    Line(one.text, one.cost_class, one.price_fen, one.quantity, one.unit, one.price_fen * 10 // 11)
    for one in undertaken.BOUGHT
)
"""The usual contract, a tenth above what is standard."""
COURSES = (Course(DEAR, 60, 3), Course(DEAR, 65, 2), Course(DEAR, 75, 3))
"""Two of three are finished late: some two weeks and one and a half."""
VISITS = (440, 425, 410)
"""Days ago of the visits."""


def fill(province: Province, firms: Sequence[Organisation]) -> None:
    """Nothing of the provider where there is no second one, or too few firms; scores all the
    same."""
    day = province.today - dt.timedelta(days=max(VISITS) + lasting.WAY)
    instrument, free = policy().instruments.get("miit-2024"), makers(province)[1:]
    first = Organisation.objects.filter(kind="provider").order_by("id")[:1]
    found = quoters(day).exclude(pk__in=first.values("pk")).order_by("-id").first()
    able = instrument is not None and instrument.in_force.holds(day)
    if found is not None and able and len(free) >= len(VISITS):
        _worked(province, found, free)
        _warned(province, found, firms)
    keep_scores(province.today, at=province.at(0))


def _worked(province: Province, provider: Organisation, firms: Sequence[Organisation]) -> None:
    """Three projects, two of them late; one a year on hardly used, and a complaint upheld."""
    done = [
        accepted(province, firm, provider, ago, course=course)
        for firm, ago, course in zip(firms, VISITS, COURSES, strict=False)
    ]
    usage.create_due(province.today, at=province.at(0))
    for n, one in enumerate(done):
        used(province, one, {6: "in_use", 12: "partly" if n == 1 else "in_use"})
    made = complaints.file_complaint(
        done[1].actor, provider, text="系统晚交半个月，报修两周没有人来（演示）。",
        key="demo-judged", project=done[1].project, at=province.at(200),
    )  # fmt: skip
    complaints.answer_complaint(
        made, province.actor(provider), at=province.at(196),
        text="人手不足，已补派两名工程师驻场（演示）。",
    )  # fmt: skip
    complaints.decide_complaint(
        made, province.officials["city", "420100"], upheld=True, at=province.at(190),
        note="经核实，晚交和报修不及时属实（演示）。",
    )  # fmt: skip


def _warned(province: Province, provider: Organisation, firms: Sequence[Organisation]) -> None:
    """It was selected, and warned for what came of it: heard, decided, confirmed on appeal."""
    if len(province.experts) < selected.ENOUGH:
        return
    selected.Selecting(province, firms, given=500).awarded(ROUND, [provider])
    award = Award.objects.filter(organisation=provider, programme="provider").first()
    if award is None:
        return
    office, holder, at = (
        province.officials["province", "420000"],
        province.actor(provider),
        province.at,
    )
    case = proceedings.open_proceeding(
        award, office, "warning", key="demo-warning", at=at(150),
        grounds="三个项目中两个逾期，投诉经核实成立（演示）。",
    )  # fmt: skip
    proceedings.serve(case, office, notice="拟予警告，可陈述申辩（演示）。", at=at(149))
    proceedings.defend(case, holder, text="逾期属实，已增加人手（演示）。", at=at(145))
    proceedings.decide(
        case, office, decision="两个项目逾期、投诉成立，予以警告，请按期交付（演示）。", at=at(140)
    )
    proceedings.appeal(case, holder, text="其中一个项目因企业停产推迟（演示）。", at=at(136))
    proceedings.confirm(case, office, note="停产没有经过变更批准，维持（演示）。", at=at(130))
