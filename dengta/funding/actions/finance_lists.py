"""Writes of white lists: made of recommended requests whose firm allows it, fixed and pushed once,
handed out anew without those who have taken their authorisation back."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.loans import LoanProduct, period_of
from dengta.core.outgoing import FORMS, Workbook
from dengta.core.records import as_text, sha256
from dengta.core.rules import json_value, read_fact
from dengta.core.shapes import Text
from dengta.core.wording import value_text
from dengta.funding.actions.finance import tell
from dengta.funding.models import LoanRequest, WhiteList, WhiteListRow
from dengta.funding.queries.finance import open_product, purpose_of, rows_of
from dengta.funding.queries.vouchers import facts_of
from dengta.registry.queries import policy, sanctioned
from dengta.rights.actions import HandedOut, hold_grants, log_access
from dengta.rights.queries import Grant
from dengta.trail.actions import NotAllowed, StepRefused, advance, begin
from dengta.trail.actions.exporting import keep_made
from dengta.trail.models import Document, Event

ANSWERS = {
    "offered": Text("同意授信", "offered"),
    "drawn": Text("已放款", "drawn"),
    "refused": Text("未同意", "refused"),
}
"""What a bank writes into its column of the file."""
BLANKS = ("银行答复", "金额（万元）", "年利率（%）", "答复日期", "说明")
"""The columns of the file that the bank fills in."""


def build_list(
    actor: Actor, product: str, bank: str, *, at: dt.datetime | None = None
) -> tuple[WhiteList, int]:
    """The list of this period for a product and bank, and how many firms came onto it now.

    Recommended requests whose authorisation is in force are put on it with their facts as of this
    moment; what is on it stays as it was frozen. Doing it again adds only what is new. StepRefused
    when the period's list is pushed already, or nothing can be listed.
    """
    if actor.role != "province":
        raise NotAllowed(
            Text(
                "白名单由省级编制。请由省经信厅办理。",
                "White lists are made by the province. Its office has to do this.",
            )
        )
    now = at or timezone.now()
    day = timezone.localdate(now)
    try:
        offered = open_product(product, day, "loan")
        named = offered.bank(bank).name
    except KeyError as unknown:
        raise StepRefused(
            Text(
                f"没有在办的产品 {product}，或 {bank} 不是它的合作银行。请从列表中选择。",
                f"No product {product} is on offer at {bank}. Choose from the list.",
            )
        ) from unknown
    with transaction.atomic():
        listed = _open_list(actor, offered, bank, named, now)
        added = _fill(listed, offered, now)
        if not listed.rows.exists():
            raise StepRefused(
                Text(
                    f"{offered.name.zh}（{named.zh}）没有可以列入的企业：要先由市州推荐，"
                    "且企业对该银行的授权在有效期内。",
                    f"No firm can be listed for {offered.name.en} ({named.en}): the city has to"
                    " recommend it, and its authorisation for the bank has to be in force.",
                )
            )
    return listed, added


def _open_list(
    actor: Actor, product: LoanProduct, bank: str, named: Text, now: dt.datetime
) -> WhiteList:
    """The period's list while it is being made, begun if there is none."""
    period = period_of(product.rhythm, timezone.localdate(now))
    same = WhiteList.objects.filter(product=product.id, bank=bank, period=period)
    found = same.select_for_update().first()
    if found is None:
        made = WhiteList(
            product=product.id, bank=bank, bank_name=named.zh, period=period, created_at=now
        )
        try:
            with transaction.atomic():
                begin(made, by=actor, at=now)
        except IntegrityError:  # somebody else began it in the same moment
            made = same.select_for_update().get()
        found = made
    if found.state != WhiteList.flow.start.id:
        raise StepRefused(
            Text(
                f"{period} 期的名单 {found.number} 已推送，不能再加。新推荐的企业列入下一期。",
                f"The list {found.number} of {period} has been pushed. What is recommended since"
                " goes onto the next.",
            )
        )
    return found


def _fill(listed: WhiteList, product: LoanProduct, now: dt.datetime) -> int:
    """Put on the list whoever may be, with their facts frozen; returns how many."""
    waiting = list(
        LoanRequest.objects.filter(
            product=listed.product, bank=listed.bank, state="recommended", row=None
        )
        .exclude(organisation__in=sanctioned(timezone.localdate(now)))
        .select_related("organisation")
        .order_by("state_since", "id")
    )
    asked = Grant.objects.filter(
        organisation_id__in=[request.organisation_id for request in waiting],
        recipient=listed.bank,
        purpose=purpose_of(listed.product),
        revoked_at=None,
    )
    held = hold_grants(asked.values_list("pk", flat=True), at=now)
    by_firm = {grant.organisation_id: grant for grant in held.live.values()}
    rows = []
    for request in waiting:
        grant = by_firm.get(request.organisation_id)
        if grant is not None:
            text = snapshot(request, grant, product, now)
            rows.append(
                WhiteListRow(
                    white_list=listed, request=request, grant=grant, snapshot=text,
                    sha256=sha256(text),
                )
            )  # fmt: skip
    return len(WhiteListRow.objects.bulk_create(rows, batch_size=200))


def snapshot(request: LoanRequest, grant: Grant, product: LoanProduct, now: dt.datetime) -> str:
    """What a bank may see of a firm: the facts within the authorisation and the product's scope, in
    the order of their ids, so that the same facts give the same bytes."""
    day = timezone.localdate(now)
    known = facts_of(request.organisation, day)
    scope = sorted(set(grant.scope).intersection(product.scope))
    return as_text(
        {
            "request": request.number,
            "grant": grant.number,
            "name": request.organisation.name,
            "product": request.product,
            "bank": request.bank,
            "asked_fen": request.asked_fen,
            "use": request.use,
            "as_of": day.isoformat(),
            "policy_digest": policy().digest,
            "facts": {fact: json_value(known.get(fact)) for fact in scope},
        }
    )


def push_list(listed: WhiteList, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Fix a list and push it: the file is made, each handing out is written down, its requests wait
    for the bank. Firms whose authorisation has ended, or that are barred by now, are dropped first,
    however short before.

    Moved when somebody was quicker; StepRefused when nobody is left. The file is not sent: an
    official hands it over.
    """
    with transaction.atomic():
        # Its row first: nobody puts another firm on the list while it is pushed.
        WhiteList.objects.select_for_update().get(pk=listed.pk)
        rows = list(rows_of(listed))
        held = hold_grants((row.grant_id for row in rows), at=at)
        barred = set(sanctioned(timezone.localdate(held.at)).values_list("organisation", flat=True))
        live = [row for row in rows if row.grant_id in held.live]
        left = [row for row in live if row.request.organisation_id not in barred]
        kept = {row.pk for row in left}
        gone = [row.pk for row in rows if row.pk not in kept]
        WhiteListRow.objects.filter(pk__in=gone).delete()
        if not left:
            raise StepRefused(
                Text(
                    "名单上已没有授权有效且不在惩戒期内的企业，不能推送。",
                    "No firm on the list has an authorisation in force and is not under sanction;"
                    " it cannot be pushed.",
                )
            )
        event = advance(
            listed,
            "push",
            by=actor,
            at=held.at,
            reasons={"rows": len(left), "dropped": len(gone)},
            evidence={
                "sha256": digest_of(listed, left),
                "file": _file_of(listed, left, actor),
                "file_at": held.at,
                "pushed_at": held.at,
            },
        )
        log_access(held, [_handed(row) for row in left], actor, about=listed.number)
        for row in left:
            tell(row.request, advance(row.request, "list", by=actor, at=held.at))
    return event


def reissue_file(listed: WhiteList, actor: Actor, *, at: dt.datetime | None = None) -> Document:
    """The file of a pushed list again, without the firms whose authorisation has ended since; each
    handing out is written down. StepRefused before the push, and when nobody is left."""
    if actor.role != "province":
        raise NotAllowed(
            Text("名单由省级提供。请由省经信厅办理。", "Lists are handed out by the province.")
        )
    with transaction.atomic():
        if listed.pushed_at is None:
            raise StepRefused(
                Text("名单还没有定稿推送，没有文件。", "The list has not been pushed yet.")
            )
        rows = list(rows_of(listed))
        held = hold_grants((row.grant_id for row in rows), at=at)
        left = [row for row in rows if row.grant_id in held.live]
        if not left:
            raise StepRefused(
                Text(
                    "名单上企业的授权都已撤回或到期，不能再提供文件。",
                    "Every authorisation on this list has ended; no file may be handed out.",
                )
            )
        made = _file_of(listed, left, actor)
        WhiteList.objects.filter(pk=listed.pk).update(file=made, file_at=held.at)
        log_access(held, [_handed(row) for row in left], actor, about=listed.number)
        listed.refresh_from_db()
    return made


def _handed(row: WhiteListRow) -> HandedOut:
    return HandedOut(row.grant, list(json.loads(row.snapshot)["facts"]), row.sha256)


def digest_of(listed: WhiteList, rows: Sequence[WhiteListRow]) -> str:
    """The SHA-256 of a list as a record: its name, and each row's request and fingerprint."""
    return sha256(
        as_text(
            {
                "list": listed.number,
                "product": listed.product,
                "bank": listed.bank,
                "period": listed.period,
                "rows": [[row.request.number, row.sha256] for row in rows],
            }
        )
    )


def _file_of(listed: WhiteList, rows: Sequence[WhiteListRow], actor: Actor) -> Document:
    """The workbook that the bank gets, and fills its answers into."""
    facts, snapshots = policy().facts, [json.loads(row.snapshot) for row in rows]
    released = {fact for seen in snapshots for fact in seen["facts"]}
    scope = [fact for fact in facts if fact in released]
    headings = ["申请编号", "企业名称", *(facts[fact].term.zh for fact in scope)]
    headings += ["申请金额（万元）", "贷款用途", "数据指纹", *BLANKS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        book = Workbook(path)
        table = book.sheet("白名单", headings, (14, 30))
        for row, seen in zip(rows, snapshots, strict=True):
            cells = [seen["request"], seen["name"]]
            cells += [_cell(fact, seen["facts"]) for fact in scope]
            cells += [_wan(seen["asked_fen"]), seen["use"], row.sha256]
            table.row([*cells, *("" for _ in BLANKS)])
        first = len(headings) - len(BLANKS)
        table.choices(first, [text.zh for text in ANSWERS.values()], max(len(rows), 1))
        book.close()
        name = f"{listed.number}-{listed.bank_name}-{listed.period}.xlsx"
        return keep_made(path, name, FORMS["xlsx"], by=actor)


def _wan(fen: int) -> str:
    """分 as 万元, exact."""
    whole, rest = divmod(fen, 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


def _cell(fact: str, facts: dict[str, object]) -> str:
    """A fact of a snapshot in words; "未授权" for what the firm did not release."""
    if fact not in facts:
        return "未授权"
    value = facts[fact]
    if value is None:
        return "未提供"
    return value_text(policy().facts[fact], read_fact(policy(), fact, value)).zh


def close_list(
    listed: WhiteList, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """All answers are in. StepRefused while some are open, unless the note says why none will
    come."""
    still = listed.rows.filter(answer="none").count()
    if still and not note.strip():
        raise StepRefused(
            Text(
                f"还有 {still} 家企业银行没有答复。请先导入答复；"
                "确实等不到的，在“说明”里写明原因。",
                f"{still} firms have no answer yet. Import them first, or say in the note why none"
                " will come.",
            )
        )
    return advance(listed, "answer", by=actor, note=note, at=at)
