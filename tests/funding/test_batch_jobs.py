"""A batch of many payments is made and sent behind the pages."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.funding.actions import batch_jobs, batches
from dengta.funding.models import Claim, Instalment, Payment, PaymentBatch
from dengta.funding.queries.payments import NO_ACCOUNT, Choice, batch_job
from dengta.ledger import queries as books
from dengta.registry.models import Sanction
from dengta.registry.queries import policy
from dengta.trail.actions import JobLost, NotAllowed, StepRefused, recover_jobs
from dengta.trail.models import Job
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.funding.payments_cast import approved, colleague, instalment, payments_of
from tests.working import work

FIRMS = 3


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two payments are many, and are put in one by one."""
    monkeypatch.setattr(batch_jobs, "_many", lambda count: count > 2)
    monkeypatch.setattr(batch_jobs, "AT_ONCE", 1)


def claims(cast: Cast, count: int = FIRMS) -> list[Claim]:
    return [approved(cast, cast.enrol(f"firm-{n}")) for n in range(count)]


def make(cast: Cast, key: str = "once") -> PaymentBatch:
    return batch_jobs.make(cast.province, Choice(), title="", key=key).batch


def filled(cast: Cast) -> PaymentBatch:
    claims(cast)
    made = make(cast)
    work()
    return made


def job_of(made: PaymentBatch) -> Job:
    job = batch_job(made)
    assert job is not None
    return job


def at_desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def test_how_many_are_many_stands_in_the_policy() -> None:
    assert policy().practised("payments_at_once", timezone.localdate()) == 1000


def test_a_small_batch_is_made_and_sent_at_once(cast: Cast) -> None:
    claims(cast, 2)
    made = make(cast)
    assert len(payments_of(made)) == 2
    batch_jobs.send(made, colleague(cast, cast.province))
    assert made.state == "sent" and not Job.objects.exists()


def test_a_large_one_is_filled_by_a_job_and_a_double_click_is_one_batch(cast: Cast) -> None:
    claims(cast)
    made = make(cast)
    assert make(cast) == made and payments_of(made) == []
    work()
    job = job_of(made)
    assert len(payments_of(made)) == FIRMS and Job.objects.count() == 1
    assert (job.total, job.summary[0]["count"], job.failed) == (FIRMS, FIRMS, False)
    assert make(cast) == made


def test_what_cannot_be_paid_is_listed_with_its_reason(cast: Cast) -> None:
    first, *_ = claims(cast)
    Claim.objects.filter(pk=first.pk).update(bank_name="")
    made = make(cast)
    work()
    (fault,) = job_of(made).faults
    assert (fault["column"], fault["zh"]) == (first.number, NO_ACCOUNT.zh)
    assert len(payments_of(made)) == FIRMS - 1
    shown = at_desk(cast, cast.province).get(f"/official/payments/batches/{made.pk}/")
    assert "有 1 笔现在不能付" in shown.content.decode()


def test_a_batch_for_which_others_left_nothing_is_given_up_with_the_reason(cast: Cast) -> None:
    claims(cast)
    made = make(cast)
    batches.make(cast.province, Choice(), title="", key="quicker", at=MOMENT)
    work()
    made.refresh_from_db()
    assert made.state == "cancelled" and "没有符合条件" in job_of(made).failure["zh"]
    assert Payment.objects.exclude(batch=made).count() == FIRMS


def test_one_given_up_while_it_is_made_takes_no_more(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims(cast)
    made, put_in = make(cast), batches.put_in

    def stopped(batch: PaymentBatch, *rest: object) -> object:
        done = put_in(batch, *rest)  # type: ignore[arg-type]
        batches.cancel(batch, cast.province, note="重新核对")
        return done

    monkeypatch.setattr(batches, "put_in", stopped)
    work()
    assert "已经送交或作废" in job_of(made).failure["zh"]
    assert not Instalment.objects.exclude(payment=None).exists()
    assert [one.state for one in payments_of(made)] == ["dropped"]


def test_who_takes_over_from_a_dead_worker_goes_on_where_it_stopped(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims(cast)
    made, advance_job = make(cast), batch_jobs.advance_job

    def dying(job: Job, done: int, **how: object) -> None:
        if job.attempt == 1 and done == 2:
            raise JobLost  # as good as dead: it does nothing more
        advance_job(job, done, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(batch_jobs, "advance_job", dying)
    work()
    assert len(payments_of(made)) == 2 and not job_of(made).finished
    with pytest.raises(StepRefused, match="还在编制"):
        batch_jobs.send(made, colleague(cast, cast.province))
    recover_jobs(timezone.now() + dt.timedelta(hours=1))
    work()
    assert len(payments_of(made)) == FIRMS and job_of(made).summary[0]["count"] == FIRMS


def test_a_large_one_is_sent_by_a_job_as_a_whole(cast: Cast) -> None:
    made, by = filled(cast), colleague(cast, cast.province)
    job = batch_jobs.send(made, by)
    assert batch_jobs.send(made, by) == job and PaymentBatch.objects.get().state == "open"
    work()
    made.refresh_from_db()
    assert made.state == "sent" and {one.state for one in payments_of(made)} == {"sent"}
    assert job_of(made).summary[0]["count"] == FIRMS and not books.recompute()
    with pytest.raises(StepRefused, match="没有重复送交"):
        batch_jobs.send(made, by)


def test_who_may_not_send_it_is_told_so_at_once(cast: Cast) -> None:
    made = filled(cast)
    with pytest.raises(StepRefused, match="只有您一位"):
        batch_jobs.send(made, cast.province)
    with pytest.raises(NotAllowed):
        batch_jobs.send(made, cast.city)
    assert not Job.objects.filter(kind="send_batch").exists()


def test_what_stops_one_stops_all_and_the_page_says_which_until_it_is_dropped(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, by = filled(cast), colleague(cast, cast.province)
    banned = payments_of(made)[1]
    held = Sanction.objects.create(
        organisation=banned.organisation, grounds="虚报", document_number="鄂经信罚〔2026〕1号",
        from_date=DAY, until_date=timezone.localdate() + ONE_DAY, source="clawback", source_id=1,
        at=MOMENT,
    )  # fmt: skip
    client, address = at_desk(cast, by), f"/official/payments/batches/{made.pk}/"
    sent = client.post(f"{address}step/send/", {"step": "send"})
    assert sent.headers["Location"] == address
    going = client.get(address).content.decode()
    assert "前面还有任务" in going and 'hx-trigger="every 2s"' in going
    assert 'value="send"' not in going
    work()
    shown = client.get(address).content.decode()
    assert banned.number in shown and held.document_number in shown and "every 2s" not in shown
    assert 'value="send"' in shown and {one.state for one in payments_of(made)} == {"listed"}
    batches.drop(banned, by, note="惩戒期内")
    monkeypatch.setattr(batch_jobs, "_many", lambda count: count > 1)
    client.post(f"{address}step/send/", {"step": "send"})
    work()
    made.refresh_from_db()
    assert made.state == "sent" and "没有办成" not in client.get(address).content.decode()


def test_one_given_up_while_its_sending_waits_is_not_sent(cast: Cast) -> None:
    made = filled(cast)
    batch_jobs.send(made, colleague(cast, cast.province))
    batches.cancel(PaymentBatch.objects.get(), cast.province, note="资金未到位")
    work()
    assert "已作废" in job_of(made).failure["zh"]
    assert instalment(Claim.objects.first()).payment is None  # type: ignore[arg-type]
