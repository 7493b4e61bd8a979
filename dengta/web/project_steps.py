"""Every step that can be taken on a project's page, at whichever desk: what was typed is read here
and handed to the one action that it means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from dengta.accounts.queries import Actor
from dengta.core.money import MoneyError, fen_from_yuan
from dengta.core.shapes import Text
from dengta.projects.actions import (
    acceptance,
    changes,
    disputes,
    ending,
    filing,
    milestones,
    papers,
    parties,
    supervision,
)
from dengta.projects.actions.acceptance import Visit
from dengta.projects.actions.papers import Seen
from dengta.projects.queries import acceptance as accepting
from dengta.projects.queries.projects import Project
from dengta.registry.actions import Refused
from dengta.registry.actions.identifiers import register_identifier
from dengta.registry.queries import provider_by_code
from dengta.trail.actions import StepRefused
from dengta.web.frame import said

PROJECT_TIE, TIED = "PROJECT", ("equipment", "contract")
"""The type under which a code says to which project it belongs; what may belong to one."""


class Typed:
    """What was typed into one form, read with the mend where it cannot be read."""

    def __init__(self, request: HttpRequest, project: Project, acting: Actor) -> None:
        self.request, self.project, self.acting = request, project, acting
        self.data = request.POST

    @property
    def note(self) -> str:
        """The reason."""
        return self.word("note", 1000)

    def word(self, name: str, most: int = 200) -> str:
        """A text, cut to a length."""
        return self.data.get(name, "").strip()[:most]

    def day(self, name: str, label: str) -> dt.date:
        """A day. StepRefused for anything else."""
        text = self.data.get(name, "").strip()
        try:
            return dt.date.fromisoformat(text)
        except ValueError as unreadable:
            raise StepRefused(
                Text(
                    f"{label}“{text[:20]}”不是日期，请按 2026-03-18 的样子填写。",
                    f"“{text[:20]}” is not a date. Write it as 2026-03-18.",
                )
            ) from unreadable

    def fen(self, name: str) -> int:
        """An amount typed in yuan, in 分. StepRefused for anything else."""
        try:
            return fen_from_yuan(self.data.get(name, "").strip())
        except MoneyError as wrong:
            raise StepRefused(wrong.message) from wrong

    def number(self, name: str) -> int | None:
        """A whole number; None when nothing was typed. StepRefused for anything else."""
        text = self.data.get(name, "").strip()
        if not text:
            return None
        if not text.isdecimal() or len(text) > 9:
            raise StepRefused(
                Text(
                    f"“{text[:20]}”不是整数，请只填数字，例如 12。",
                    f"“{text[:20]}” is not a whole number. Write digits only, such as 12.",
                )
            )
        return int(text)

    def effects(self) -> dict[str, int | None]:
        """The effects that were typed, by id."""
        names = [name for name in self.data if name.startswith("effect_")]
        return {name.removeprefix("effect_"): self.number(name) for name in names}

    def one(self, rows: Any) -> Any:
        """The row of the project that the form is about. Http404 for any other's."""
        text = self.data.get("on", "")
        found = rows.filter(pk=int(text)).first() if text.isdecimal() else None
        if found is None:
            raise Http404
        return found

    @property
    def live(self) -> Any:
        """The acceptance that stands. Http404 where there is none."""
        found = accepting.live(self.project)
        if found is None:
            raise Http404
        return found


Step = Callable[[Typed], str]


def take(request: HttpRequest, project: Project, acting: Actor, step: str) -> str:
    """Take a step by its name at one's desk; what happened, in words. StepRefused as the action
    says; Http404 for a step that this desk does not have."""
    desk = "official" if acting.official else acting.role
    found = STEPS[desk].get(step)
    if found is None:
        raise Http404
    return found(Typed(request, project, acting))


# ---------------------------------------------------------------- both sides


def _finish(typed: Typed) -> str:
    day = typed.day("finished_date", _("完工日期"))
    milestones.finish(typed.project, typed.acting, finished_date=day)
    return _("已报告完工，请企业在期限内申请验收。")


def _change(typed: Typed) -> str:
    kind = typed.word("kind", 8)
    lines = None
    if kind != "due" and typed.word("text"):
        row = typed.project.lines.filter(ordinal=typed.number("ordinal") or 0).first()
        if row is None:
            raise StepRefused(
                Text("请选择要改的合同明细。", "Choose the line that is to be changed.")
            )
        lines = [changes.line_of(one) for one in typed.project.lines.order_by("ordinal")]
        old = lines[row.ordinal - 1]
        price = typed.fen("price") if typed.word("price") else old.price_fen
        lines[row.ordinal - 1] = filing.Line(
            typed.word("text"), old.cost_class, price, old.quantity, old.unit, old.standard_fen,
            old.scenario, old.level,
        )  # fmt: skip
    due = typed.day("due_date", _("约定完工日期")) if typed.word("due_date") else None
    discount = typed.fen("discount") if kind == "price" and typed.word("discount") else None
    changes.ask(
        typed.project, typed.acting, kind=kind, reason=typed.note,
        due_date=due if kind == "due" else None, lines=lines, discount_fen=discount,
        key=typed.word("key", 40),
    )  # fmt: skip
    return _("变更已提出，等待对方同意。")


def _change_agree(typed: Typed) -> str:
    changes.agree(typed.one(typed.project.changes), typed.acting)
    return _("已同意变更，等待区县批准。")


def _change_refuse(typed: Typed) -> str:
    changes.refuse(typed.one(typed.project.changes), typed.acting, note=typed.note)
    return _("已回复不同意变更。")


def _change_withdraw(typed: Typed) -> str:
    changes.withdraw(typed.one(typed.project.changes), typed.acting)
    return _("变更已撤回。")


def _seen(typed: Typed) -> Seen:
    day = typed.day("taken_date", _("截取日期")) if typed.word("taken_date") else None
    return Seen(day, typed.word("system", 120), typed.number("logins"), typed.number("users"))


def _file(typed: Typed) -> Any:
    file = typed.request.FILES.get("file")
    if file is None:
        raise StepRefused(Text("还没有选择文件。", "Choose a file first."))
    return file


def _detach(typed: Typed) -> str:
    papers.detach(typed.project, typed.acting, typed.number("on") or 0)
    return _("材料已移除。")


def _party_join(typed: Typed) -> str:
    code = typed.word("party", 18)
    found = provider_by_code(code)
    if found is None:
        raise StepRefused(
            Text(
                f"没有统一社会信用代码为“{code}”的服务商。请核对，或请对方先在平台注册。",
                f"No provider has the code “{code}”. Check it, or ask them to register.",
            )
        )
    share = typed.fen("share") if typed.word("share") else 0
    parties.join(typed.project, typed.acting, found, typed.word("role", 20), share_fen=share)
    return _("参与单位已登记。")


def _party_leave(typed: Typed) -> str:
    parties.leave(typed.project, typed.acting, typed.one(typed.project.parties))
    return _("参与单位已移除。")


# ---------------------------------------------------------------- the firm


def _identify(typed: Typed) -> str:
    """A code for a piece of equipment or the contract, which says whose project it belongs to."""
    thing = typed.word("thing", 12)
    if thing not in TIED:
        raise StepRefused(Text("请选择标识对象。", "Choose what it identifies."))
    tie = {"type": PROJECT_TIE, "value": typed.project.number}
    try:
        kept = register_identifier(
            typed.acting, typed.word("code", 200), thing=thing, name=typed.word("name", 120),
            public=bool(typed.word("public")), values=[tie],
        )  # fmt: skip
    except Refused as refused:
        raise StepRefused(refused.text) from refused
    return _("%(code)s 已登记，可以解析。") % {"code": kept.code}


def _attach(typed: Typed) -> str:
    papers.attach(
        typed.project, typed.acting, typed.word("need", 40), _file(typed), seen=_seen(typed)
    )
    return _("材料已上传。")


def _confirm(typed: Typed) -> str:
    milestones.confirm(typed.one(typed.project.milestones), typed.acting, note=typed.note)
    return _("已确认里程碑。")


def _milestone_return(typed: Typed) -> str:
    milestones.send_back(typed.one(typed.project.milestones), typed.acting, note=typed.note)
    return _("已退回里程碑，服务商会看到理由。")


def _resume(typed: Typed) -> str:
    milestones.resume(typed.project, typed.acting, note=typed.note)
    return _("已恢复实施。")


def _withdraw(typed: Typed) -> str:
    filing.withdraw(typed.project, typed.acting, note=typed.note)
    return _("已撤回备案，合同和报价可以重新备案。")


def _terminate(typed: Typed) -> str:
    ending.terminate(typed.project, typed.acting, note=typed.note)
    return _("项目已终止。")


def _ask(typed: Typed) -> str:
    acceptance.ask(
        typed.project, typed.acting, summary=typed.word("summary", 5000),
        effects=typed.effects(), key=typed.word("key", 40),
    )  # fmt: skip
    return _("已申请验收，区县先核查材料，再约定现场时间。")


def _ask_again(typed: Typed) -> str:
    acceptance.ask_again(
        typed.live, typed.acting, summary=typed.word("summary", 5000), effects=typed.effects()
    )
    return _("已重新提交验收申请。")


def _rate(typed: Typed) -> str:
    acceptance.rate(
        typed.live, typed.acting, provider_stars=typed.number("provider_stars") or 0,
        result_stars=typed.number("result_stars") or 0, remark=typed.word("remark", 1000),
    )  # fmt: skip
    return _("评分已保存，现场结果登记前可以修改。")


def _acceptance_withdraw(typed: Typed) -> str:
    acceptance.withdraw(typed.live, typed.acting, note=typed.note)
    return _("已撤回验收申请。")


# ---------------------------------------------------------------- provider and supervisor


def _prove(typed: Typed) -> str:
    papers.attach(
        typed.project, typed.acting, typed.word("need", 40), _file(typed), seen=_seen(typed),
        milestone=typed.one(typed.project.milestones),
    )  # fmt: skip
    return _("材料已上传，写明完成情况后提交里程碑。")


def _report(typed: Typed) -> str:
    milestones.report(
        typed.one(typed.project.milestones), typed.acting, report=typed.word("report", 1000)
    )
    return _("里程碑已提交，等待企业确认。")


def _log(typed: Typed) -> str:
    supervision.log(
        typed.project, typed.acting, kind=typed.word("kind", 12),
        seen_date=typed.day("seen_date", _("查看日期")), text=typed.word("text", 2000),
        progress_bps=100 * (typed.number("progress") or 0), problem=bool(typed.word("problem")),
        file=typed.request.FILES.get("file"), key=typed.word("key", 40),
    )  # fmt: skip
    return _("监理日志已登记。")


# ---------------------------------------------------------------- offices


def _office(action: Callable[..., Any], done: Callable[[], str]) -> Step:
    """A step of an office on the project itself, with its note."""

    def step(typed: Typed) -> str:
        action(typed.project, typed.acting, note=typed.note)
        return done()

    return step


def _approve_change(typed: Typed) -> str:
    changes.approve(typed.one(typed.project.changes), typed.acting, note=typed.note)
    return _("变更已批准，合同内容和三方分担已更新。")


def _pass(typed: Typed) -> str:
    answers = {
        name.removeprefix("flag_"): str(words)
        for name, words in typed.data.items()
        if name.startswith("flag_")
    }
    acceptance.pass_papers(typed.live, typed.acting, answers=answers, note=typed.note)
    return _("材料核查通过，请安排现场核验。")


def _acceptance_return(typed: Typed) -> str:
    acceptance.send_back(typed.live, typed.acting, note=typed.note)
    return _("已退回补正。")


def _visit(typed: Typed) -> str:
    given = {name: value for name, value in typed.effects().items() if value is not None}
    visit = Visit(
        visit_date=typed.day("visit_date", _("现场日期")),
        visitors=typed.word("visitors", 500).replace("，", "、").split("、"),
        rating=typed.number("rating") or 0,
        invoiced_fen=typed.fen("invoiced"), paid_fen=typed.fen("paid"),
        eligible_fen=typed.fen("eligible"), minutes=typed.word("minutes", 5000),
        real=bool(typed.word("real")), effects=given,
    )  # fmt: skip
    acceptance.record_visit(typed.live, typed.acting, visit, note=typed.note)
    return _("现场结果已登记，等待市州公示。")


def _publish(typed: Typed) -> str:
    acceptance.publish(typed.live, typed.acting)
    return _("已公示，期满无异议即可通过。")


def _accept(typed: Typed) -> str:
    acceptance.accept(typed.live, typed.acting)
    return _("验收通过，企业可以申领补助。")


def _fail(typed: Typed) -> str:
    acceptance.fail(typed.live, typed.acting, note=typed.note)
    return _("验收未通过，企业可以整改后再申请。")


def _answer(upheld: bool) -> Step:
    def step(typed: Typed) -> str:
        made = typed.one(typed.live.disputes)
        disputes.answer(made, typed.acting, upheld, typed.note)
        return _("异议已答复。")

    return step


BOTH: Mapping[str, Step] = {
    "finish": _finish,
    "change": _change,
    "change-agree": _change_agree,
    "change-refuse": _change_refuse,
    "change-withdraw": _change_withdraw,
    "detach": _detach,
    "party-join": _party_join,
    "party-leave": _party_leave,
}
STEPS: Mapping[str, Mapping[str, Step]] = {
    "enterprise": {
        **BOTH,
        "attach": _attach,
        "identify": _identify,
        "confirm": _confirm,
        "milestone-return": _milestone_return,
        "resume": _resume,
        "withdraw": _withdraw,
        "terminate": _terminate,
        "ask": _ask,
        "ask-again": _ask_again,
        "rate": _rate,
        "acceptance-withdraw": _acceptance_withdraw,
    },
    "provider": {**BOTH, "prove": _prove, "report": _report, "log": _log},
    "official": {
        "return": _office(filing.send_back, lambda: _("已退回补正，企业会看到理由。")),
        "reject": _office(filing.reject, lambda: _("未予备案。")),
        "start": _office(filing.start, lambda: _("已同意备案，项目开始实施。")),
        "resume": _resume,
        "terminate": _terminate,
        "annul": _office(ending.annul, lambda: _("已撤销验收。已拨付的补助请办理追回。")),
        "milestone-return": _milestone_return,
        "change-approve": _approve_change,
        "change-refuse": _change_refuse,
        "pass": _pass,
        "acceptance-return": _acceptance_return,
        "visit": _visit,
        "publish": _publish,
        "accept": _accept,
        "fail": _fail,
        "uphold": _answer(True),
        "dismiss": _answer(False),
    },
}
"""Which steps each desk has; whether they may be taken now is for the flow to say."""


def why(refused: StepRefused) -> str:
    """What to show of a refusal."""
    return said(refused.text)
