from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from dengta.core.records import as_text, sha256
from dengta.funding.actions.finance import revoke_authorisation
from dengta.funding.actions.finance_lists import build_list, close_list, push_list, reissue_file
from dengta.funding.models import LoanRequest, WhiteList, WhiteListRow
from dengta.funding.queries.finance import ready, rows_of, white_lists
from dengta.rights.models import AccessLog, Grant
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Document
from tests.cast import MOMENT, ONE_DAY, WAN, Cast
from tests.funding.financing import (
    BANK,
    PRODUCT,
    built,
    pushed,
    recommended,
    requested,
)  # fmt: skip
from tests.tables import read


def shown(document: Document) -> list[list[object]]:
    """The rows of a list's file, with its heading."""
    (rows,) = read(document).values()
    return rows


def test_a_list_holds_the_facts_as_they_were_with_their_fingerprint(cast: Cast) -> None:
    request = recommended(cast, cast.firm)
    row = built(cast).rows.get()
    seen = json.loads(row.snapshot)
    assert (seen["request"], seen["name"]) == (request.number, cast.firm.organisation.name)
    assert seen["facts"]["revenue_fen"] == 6_000 * WAN
    assert list(seen["facts"]) == sorted(Grant.objects.get().scope)
    assert row.sha256 == sha256(row.snapshot) == sha256(as_text(seen))


def test_only_what_the_firm_released_is_on_the_list(cast: Cast) -> None:
    recommended(cast, cast.firm, scope=("uscc", "revenue_fen"))
    listed = built(cast)
    assert set(json.loads(listed.rows.get().snapshot)["facts"]) == {"uscc", "revenue_fen"}
    push_list(listed, cast.province, at=MOMENT)
    assert AccessLog.objects.get().facts == ["revenue_fen", "uscc"]


def test_who_is_not_recommended_or_has_no_authorisation_is_not_listed(cast: Cast) -> None:
    requested(cast.rival)
    with pytest.raises(StepRefused, match="没有可以列入"):
        built(cast)
    recommended(cast, cast.firm)
    Grant.objects.update(revoked_at=MOMENT)
    with pytest.raises(StepRefused, match="授权在有效期内"):
        built(cast)
    assert not WhiteList.objects.exists()


def test_making_a_list_again_adds_only_what_is_new(cast: Cast) -> None:
    recommended(cast, cast.firm)
    first, added = build_list(cast.province, PRODUCT, BANK, at=MOMENT)
    kept = first.rows.get().snapshot
    recommended(cast, cast.rival)
    again, more = build_list(cast.province, PRODUCT, BANK, at=MOMENT + ONE_DAY)
    assert (again, added, more) == (first, 1, 1)
    assert first.rows.first().snapshot == kept


def test_pushing_fixes_the_list_and_writes_every_handing_out_down(cast: Cast) -> None:
    listed = pushed(cast, cast.firm, cast.rival)
    assert (listed.state, listed.pushed_at) == ("pushed", MOMENT)
    assert listed.file is not None
    content = Path(listed.file.content.path).read_bytes()
    assert listed.file.fingerprint == hashlib.sha256(content).hexdigest()
    heading, *rows = shown(listed.file)
    assert [row[1] for row in rows] == [cast.firm.organisation.name, cast.rival.organisation.name]
    assert "银行答复" in heading and listed.rows.first().sha256 in rows[0]
    logs = AccessLog.objects.order_by("id")
    assert [log.sha256 for log in logs] == [row.sha256 for row in rows_of(listed)]
    assert set(LoanRequest.objects.values_list("state", flat=True)) == {"listed"}


def test_a_list_is_pushed_once_and_by_the_province(cast: Cast) -> None:
    recommended(cast, cast.firm)
    listed = built(cast)
    stale = WhiteList.objects.get()
    for who in (cast.city, cast.county, cast.firm.actor):
        with pytest.raises(NotAllowed):
            push_list(listed, who)
        with pytest.raises(NotAllowed):
            build_list(who, PRODUCT, BANK)
    push_list(listed, cast.province, at=MOMENT)
    with pytest.raises(Moved):
        push_list(stale, cast.province, at=MOMENT)
    assert AccessLog.objects.count() == 1
    with pytest.raises(StepRefused, match="下一期"):
        built(cast)


@pytest.mark.parametrize("days", [0, 366])
def test_whoever_ended_the_authorisation_before_the_push_is_not_pushed(
    cast: Cast, days: int
) -> None:
    """Revoked behind the back of the list's own rows, or run out."""
    request = recommended(cast, cast.firm)
    listed = built(cast)
    if not days:
        Grant.objects.update(revoked_at=MOMENT)
    with pytest.raises(StepRefused, match="没有授权有效"):
        push_list(listed, cast.province, at=MOMENT + days * ONE_DAY)
    request.refresh_from_db()
    assert (request.state, AccessLog.objects.count()) == ("recommended", 0)


def test_who_revokes_after_the_push_stays_marked_and_is_handed_out_no_more(cast: Cast) -> None:
    listed = pushed(cast, cast.firm, cast.rival)
    grant = Grant.objects.get(organisation=cast.firm.organisation)
    revoke_authorisation(cast.firm.actor, grant.pk, at=MOMENT + ONE_DAY)
    assert [row.ended for row in rows_of(listed)] == [True, False]
    made = reissue_file(listed, cast.province, at=MOMENT + ONE_DAY)
    assert [row[1] for row in shown(made)[1:]] == [cast.rival.organisation.name]
    assert (AccessLog.objects.count(), listed.file) == (3, made)
    with pytest.raises(NotAllowed):
        reissue_file(listed, cast.city)
    with pytest.raises(StepRefused, match="撤回或到期"):
        reissue_file(listed, cast.province, at=MOMENT + 400 * ONE_DAY)


def test_closing_with_answers_open_needs_a_reason(cast: Cast) -> None:
    listed = pushed(cast, cast.firm)
    with pytest.raises(StepRefused, match="1 家"):
        close_list(listed, cast.province)
    close_list(listed, cast.province, note="银行已停办。", at=MOMENT)
    assert listed.state == "answered"


def test_what_waits_is_counted_by_product_and_bank(cast: Cast) -> None:
    recommended(cast, cast.firm)
    recommended(cast, cast.rival)
    Grant.objects.filter(organisation=cast.rival.organisation).update(revoked_at=MOMENT)
    counts = {(p.id, bank): (all, live) for p, bank, all, live in ready(MOMENT.date())}
    assert counts[PRODUCT, BANK] == (2, 1)
    assert counts[PRODUCT, "hankou-bank"] == (0, 0)
    assert not white_lists(cast.city).exists()


@pytest.mark.parametrize("wrong", [
    {"answer": "drawn"}, {"answer": "offered", "amount_fen": 5}, {"amount_fen": 5},
    {"answer": "refused", "amount_fen": 5, "answered_date": MOMENT.date(), "answered_at": MOMENT},
])  # fmt: skip
def test_the_database_ties_answer_and_amount(cast: Cast, wrong: dict[str, object]) -> None:
    recommended(cast, cast.firm)
    built(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        WhiteListRow.objects.update(**wrong)


def test_a_pushed_list_without_its_hash_cannot_be(cast: Cast) -> None:
    recommended(cast, cast.firm)
    listed = built(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        WhiteList.objects.filter(pk=listed.pk).update(state="pushed")
