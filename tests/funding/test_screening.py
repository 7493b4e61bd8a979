"""What screening opens, changes and lets lapse; on entering and at night."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.claim_keys import link_value
from dengta.funding.actions import hits, register, screening
from dengta.funding.actions.screening import Screened
from dengta.funding.models import Filing, Hit, PartyTie, ScreeningSign
from dengta.funding.queries import screening as boards
from dengta.funding.queries import signs
from dengta.registry.models import Organisation
from dengta.trail.models import Event, Job
from tests.cast import MOMENT, ONE_DAY, WAN, Cast
from tests.funding.register_cast import SERVER, alike, file, found, invoice, matter

PICTURE = "0f1e2d3c4b5a6978"


def test_what_looks_like_an_earlier_claim_is_a_hit_on_the_later(cast: Cast) -> None:
    hit = alike(cast, pictures=(PICTURE,))
    assert hit.filing.organisation == cast.firm.organisation
    assert hit.other.organisation == cast.rival.organisation
    assert (hit.state, hit.score_bps, hit.amount_fen) == ("open", 10_000, 10 * WAN)
    assert SERVER in hit.path[0]["zh"] and "the same words" in hit.path[0]["en"]
    assert {kind for _, _, kind, _ in found()} == {"text", "picture"}


def test_firms_with_one_legal_person_phone_or_account_are_shown_with_the_way(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.rival.organisation.pk).update(legal_person="同一人")
    Organisation.objects.filter(pk=cast.firm.organisation.pk).update(legal_person="同一人")
    one, other = matter(cast.rival), matter(cast.firm)
    type(one).objects.update(bank_account="6222 0000 1111")
    file(one)
    file(other)
    hit = Hit.objects.get(kind="related")
    assert hit.score_bps == 9_500
    assert "法定代表人相同（同一人）" in hit.path[0]["zh"]
    assert "银行账户相同（622200001111）" in hit.path[0]["zh"]
    assert hits.KINDS["related"].zh == "关联关系"


def test_an_expert_who_acts_for_a_firm_ties_it_to_their_employer(cast: Cast) -> None:
    expert = cast.pooled("adviser", employer_uscc=cast.supplier.organisation.uscc)
    cast.firm.organisation.members.create(user_id=expert.user_id)
    supplier = cast.supplier.organisation.uscc
    file(matter(cast.firm), suppliers=(supplier,))
    hit = Hit.objects.get()
    assert hit.filing == hit.other and hit.kind == "related"
    assert f"任职单位相同（{supplier}）" in hit.path[0]["zh"]


def test_handed_in_anew_with_other_words_an_open_hit_lapses(cast: Cast) -> None:
    hit = alike(cast)
    thing = screening_matter(hit.filing)
    file(thing, texts=("云上财务软件年费",), at=MOMENT + ONE_DAY)
    hit.refresh_from_db()
    assert hit.state == "gone"
    file(thing, texts=(SERVER,), at=MOMENT + 2 * ONE_DAY)
    hit.refresh_from_db()
    assert (hit.state, hit.found_at) == ("open", MOMENT + 2 * ONE_DAY)


def screening_matter(filing: Filing) -> Any:
    found = hits.matter_of(filing)
    assert found is not None
    return found


def test_when_either_is_withdrawn_the_hit_lapses(cast: Cast) -> None:
    hit = alike(cast)
    register.release(screening_matter(hit.other), at=MOMENT)
    hit.refresh_from_db()
    assert hit.state == "gone"
    assert screening.nightly(at=MOMENT).opened == 0


def test_a_decided_hit_stays_decided_while_its_ground_is_the_same(cast: Cast) -> None:
    hit = alike(cast)
    hits.dismiss(hit, cast.county, reason="两家各买一台，合同不同。", at=MOMENT)
    file(screening_matter(hit.filing), texts=(SERVER,), at=MOMENT + ONE_DAY)
    assert screening.nightly(at=MOMENT) == Screened(2, 1, 0, 0, 0)
    hit.refresh_from_db()
    assert hit.state == "dismissed"


def test_it_is_opened_anew_when_the_ground_has_changed(cast: Cast) -> None:
    hit = alike(cast)
    hits.dismiss(hit, cast.county, reason="两家各买一台，合同不同。", at=MOMENT)
    file(screening_matter(hit.filing), texts=(f"{SERVER}（含税）",), at=MOMENT + ONE_DAY)
    hit.refresh_from_db()
    assert (hit.state, hit.decision, hit.decided_at) == ("open", "", None)
    notes = Event.objects.filter(flow="hit", thing_id=hit.pk).values_list("step", "note")
    assert list(notes) == [("begin", ""), ("dismiss", "两家各买一台，合同不同。"), ("renew", "")]


def test_the_nightly_pass_finds_what_was_entered_without_and_does_nothing_twice(
    cast: Cast,
) -> None:
    alike(cast, pictures=(PICTURE,))
    before = found()
    Event.objects.filter(flow="hit").delete()
    Hit.objects.all().delete()
    Filing.objects.update(screened_version=0)
    assert screening.nightly(at=MOMENT) == Screened(2, 2, 2, 0, 0)
    assert found() == before
    assert screening.nightly(at=MOMENT) == Screened(2, 2, 0, 0, 0)
    assert not Filing.objects.filter(screened_version__lt=F("version")).exists()


def test_what_the_night_before_has_kept_changes_nothing_that_is_found(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(boards, "_FEW", 1)
    monkeypatch.setattr(boards, "_MANY", 2)
    hit = alike(cast, pictures=(PICTURE,))
    file(matter(cast.remote), texts=("数控机床联网改造，采集终端及安装调试",))
    assert screening.nightly(at=MOMENT) == Screened(3, 2, 0, 0, 0)
    assert list((tmp_path / "screening").iterdir())
    file(screening_matter(hit.other), texts=("云上财务软件年费",), at=MOMENT + ONE_DAY)
    file(matter(cast.remote), texts=(SERVER,))
    before = {one for one in found() if one[3] == "open"}
    Event.objects.filter(flow="hit").delete()
    Hit.objects.all().delete()
    assert screening.nightly(at=MOMENT + ONE_DAY) == Screened(4, 1, 1, 0, 0)
    assert found() == before


def test_a_filing_that_changes_while_the_pass_runs_is_left_to_its_own_screening(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit = alike(cast)
    thing = screening_matter(hit.filing)
    whole = boards.Night.find_all

    def meanwhile(night: boards.Night) -> Any:
        seen = list(whole(night))
        file(thing, texts=("云上财务软件年费",), at=MOMENT + ONE_DAY)
        file(matter(cast.remote), texts=(SERVER,), at=MOMENT + ONE_DAY)
        return iter(seen)

    monkeypatch.setattr(boards.Night, "find_all", meanwhile)
    assert screening.nightly(at=MOMENT) == Screened(2, 1, 0, 0, 0)
    hit.refresh_from_db()
    assert hit.state == "gone"
    assert sorted(state for *_, state in found()) == ["gone", "open"]


def test_a_renamed_firm_opens_nothing_anew(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.rival.organisation.pk).update(phone="027-1")
    Organisation.objects.filter(pk=cast.firm.organisation.pk).update(phone="0271")
    hit = alike(cast)
    Organisation.objects.filter(pk=cast.firm.organisation.pk).update(name="江岸新名有限公司")
    assert screening.nightly(at=MOMENT).changed == 0
    assert hit.filing.organisation_id


@given(
    st.sampled_from(["phone", "address", "legal_person"]),
    st.lists(st.text(max_size=6) | st.from_regex(r"(\+|00)?(86)?-?1[0-9]{10}", fullmatch=True)),
)
def test_what_parties_share_is_compared_in_one_form_one_by_one_and_as_a_column(
    kind: str, values: list[str]
) -> None:
    found = signs._compared(pl.Series(values, dtype=pl.String), kind)
    assert found.to_list() == [link_value(kind, value) for value in values]
    plain = "".join(map(chr, range(0x4E00, 0xA000)))
    assert link_value(kind, plain) == plain


def test_ties_are_brought_to_what_the_registry_says_at_night(cast: Cast) -> None:
    file(matter(cast.firm))
    file(matter(cast.rival))
    firms = Organisation.objects.filter(
        pk__in=[cast.firm.organisation.pk, cast.rival.organisation.pk]
    )
    firms.update(legal_person="同 一人", phone="")
    assert screening.nightly(at=MOMENT).opened == 1
    firms.update(legal_person="")
    assert screening.nightly(at=MOMENT).lapsed == 1
    assert screening.nightly(at=MOMENT) == Screened(2, 0, 0, 0, 0)


def test_while_the_rules_change_the_worker_screens_and_nothing_is_paid_before(cast: Cast) -> None:
    file(matter(cast.rival), texts=(SERVER,))
    signs = set(ScreeningSign.objects.values_list("filing_id", "sign", "mark", "size"))
    ScreeningSign.objects.update(sign=0)
    Filing.objects.update(signed_by=1)  # as if by rules that are no longer these
    thing = matter(cast.firm)
    file(thing, texts=(SERVER,))
    assert not Hit.objects.exists()
    with pytest.raises(hits.Stopped, match="查重还没有完成"):
        hits.stop_if_open(thing)
    screening.screen_waiting.call(Job.objects.get().pk)
    assert Hit.objects.get().filing.thing_id == thing.pk
    with pytest.raises(hits.Stopped, match="有重复线索还没有判定"):
        hits.stop_if_open(thing)
    file(matter(cast.remote), texts=(SERVER,))
    assert Hit.objects.count() == 3
    assert signs <= set(ScreeningSign.objects.values_list("filing_id", "sign", "mark", "size"))


def test_however_many_are_filed_one_more_takes_the_same_queries(cast: Cast) -> None:
    def queries(text: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            file(matter(cast.firm), texts=(text,))
        return len(seen)

    queries("化验室数据采集与质量追溯平台建设")
    few = queries("智能仓储管理系统实施与三年运维服务")
    for n in range(20):
        file(matter(cast.rival), texts=(SERVER,) if n % 2 else ())
    assert queries("焊接机器人工作站改造及操作人员培训") == few


def test_what_is_released_leaves_no_sign_behind(cast: Cast) -> None:
    for firm in (cast.rival, cast.firm):
        thing = matter(firm)
        type(thing).objects.update(bank_account="6222 0000 1111")
        file(thing, invoice("26420000000000000009"), texts=(SERVER,), pictures=(PICTURE,))
        held = PartyTie.objects.filter(kind="bank_account")
        assert held.get().party == firm.organisation.uscc
        register.release(thing, at=MOMENT)
        assert not ScreeningSign.objects.exists() and not held.exists()
    assert not Hit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_entered_at_the_same_moment_the_one_committed_last_sees_the_other() -> None:
    cast = Cast()
    one, other = matter(cast.rival), matter(cast.firm)
    file(one, texts=(SERVER,))
    with transaction.atomic():
        file(other, texts=(SERVER,))
        # As if the first could not be seen until now.
        Event.objects.filter(flow="hit").delete()
        Hit.objects.all().delete()
        Filing.objects.filter(thing_id=one.pk).update(version=F("version") + 1)
    assert Hit.objects.get().filing.thing_id == other.pk


def test_an_invoice_claimed_by_two_lines_is_no_hit(cast: Cast) -> None:
    file(matter(cast.rival), invoice("26420000000000000001", 5 * WAN, "1"))
    file(matter(cast.firm), invoice("26420000000000000001", 5 * WAN, "2"))
    assert not Hit.objects.exists()


def test_short_words_that_everybody_writes_tell_nothing(cast: Cast) -> None:
    alike(cast)
    for firm in (cast.rival, cast.firm):
        file(matter(firm), texts=("云服务器租赁费（2026 年）",))
    assert Hit.objects.count() == 1
