"""The papers of a clawback as PDF: the notice with the terms that were agreed to, the decision."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django.utils import timezone

from dengta.core.money import rate, yuan
from dengta.core.shapes import Text
from dengta.core.typesetting import pdf
from dengta.core.wording import said_day
from dengta.funding.models import Clawback
from dengta.funding.queries.clawbacks import appeal_until, defence_until, terms_of
from dengta.registry.queries import division_of, region_name

Part = Literal["notice", "decision"]
TITLES: dict[str, Text] = {
    "notice": Text("追回资金事先告知书", "Notice before a clawback"),
    "decision": Text("追回资金决定书", "Decision on a clawback"),
}


def written(clawback: Clawback, part: Part) -> list[Text]:
    """The body of a paper, paragraph by paragraph. ValueError for one that was not made yet."""
    if part == "notice":
        return _notice(clawback)
    return _decision(clawback)


def _notice(clawback: Clawback) -> list[Text]:
    last, claim = defence_until(clawback), clawback.claim
    if last is None:
        raise ValueError(f"{clawback.number} was not noticed")
    paid = clawback.amount_fen
    return [
        Text(
            f"经查，你单位就 {claim.number}（{claim.title}）取得的财政资金存在以下问题："
            f"{clawback.grounds}",
            f"On {claim.number} ({claim.title}), for which you were paid public money, this was"
            f" found: {clawback.grounds}",
        ),
        Text(
            f"拟追回资金 {yuan(paid)} 元。{claim.agreed_by}提交申领时同意了下列条款：",
            f"It is meant to take {yuan(paid)} yuan back. {claim.agreed_by} agreed to these terms"
            " when the money was asked for:",
        ),
        *terms_of(claim),
        Text(
            f"你单位可在 {said_day(last).zh} 前登录平台陈述申辩并提交材料；逾期未提出的，依"
            "法研究决定。",
            f"You may state your case on the platform by {said_day(last).en}, with papers."
            " Without an answer it"
            " is decided on what is known.",
        ),
    ]


def _decision(clawback: Clawback) -> list[Text]:
    decided = clawback.decided_at
    if decided is None:
        raise ValueError(f"{clawback.number} was not decided")
    day = timezone.localdate(decided)
    found = [
        Text(clawback.decision, clawback.decision),
        Text(
            f"决定追回资金 {yuan(clawback.decided_fen or 0)} 元，缴回安排如下：",
            f"{yuan(clawback.decided_fen or 0)} yuan are to be paid back, in this way:",
        ),
        *(
            Text(
                f"第 {row.ordinal} 期：{said_day(row.due_date).zh} 前 {yuan(row.amount_fen)} 元",
                f"Part {row.ordinal}: {yuan(row.amount_fen)} yuan by {said_day(row.due_date).en}",
            )
            for row in clawback.repayments.order_by("ordinal")
        ),
    ]
    if clawback.interest_bps:
        found.append(
            Text(
                f"自 {said_day(clawback.interest_from).zh} 起按年利率"
                f" {rate(clawback.interest_bps)} 计息，"
                "至决定生效之日；逾期部分继续按日计息。",
                f"Interest of {rate(clawback.interest_bps)} a year runs from"
                f" {said_day(clawback.interest_from).en} until the decision is final, and on"
                " what is late.",
            )
        )
    if clawback.sanction_until:
        found.append(
            Text(
                f"自决定生效之日起至 {said_day(clawback.sanction_until).zh}，"
                f"不得申报和领取财政资金。",
                f"Until {said_day(clawback.sanction_until).en} you are barred from public"
                f" money, from the day on"
                " which the decision is final.",
            )
        )
    found.append(
        Text(
            f"对决定不服的，可在 {said_day(appeal_until(day)).zh} 前在平台提出申诉。"
            "接受决定的，决定即时生效，停止计息。",
            f"You may appeal on the platform by {said_day(appeal_until(day)).en}. If you"
            f" accept, the decision is"
            " final at once and interest ends.",
        )
    )
    return found


def letter(clawback: Clawback, part: Part, language: str) -> bytes:
    """One of the papers, as PDF. The same case gives the same bytes. ValueError as `written`."""
    at = clawback.noticed_at if part == "notice" else clawback.decided_at
    body = written(clawback, part)
    assert at is not None
    day = timezone.localdate(at)
    midnight = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    return pdf("clawback", _data(clawback, part, body, day, language), midnight)


def _data(
    clawback: Clawback, part: Part, body: list[Text], day: dt.date, language: str
) -> dict[str, Any]:
    region = region_name(division_of(clawback.case_region))
    office = Text(f"{region.zh}经济和信息化局", f"{region.en} Bureau of Economy and IT")
    english = language.startswith("en")
    return {
        "language": "en" if english else "zh",
        "title": TITLES[part].said(language),
        "issuer": office.said(language),
        "addressee": clawback.organisation.name,
        "uscc": clawback.organisation.uscc,
        "number": clawback.decision_number if part == "decision" else clawback.number,
        "case": clawback.number,
        "date": f"{day.day} {day:%B} {day.year}"
        if english
        else f"{day.year}年{day.month}月{day.day}日",
        "body": [text.said(language) for text in body],
    }


def letter_name(clawback: Clawback, part: Part) -> str:
    """How the PDF is called; safe on any disk."""
    return f"{TITLES[part].zh}_{clawback.number}.pdf"
