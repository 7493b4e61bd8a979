from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from dengta.core.shapes import Text
from dengta.trail.actions import (
    JOB_ATTEMPTS,
    LISTED_FAULTS,
    JobLost,
    StepRefused,
    advance_job,
    beat_job,
    enqueue_job,
    finish_job,
    job_task,
    open_job,
    recover_jobs,
    start_job,
)
from dengta.trail.models import Job
from dengta.trail.queries import job_document, jobs_of
from tests.cast import Cast
from tests.working import work

NAME = Text("试验", "trial")
SOON, LATER = dt.timedelta(seconds=30), dt.timedelta(minutes=10)
FAULT = {"sheet": "一", "row": 2, "column": "A", "value": "x", "zh": "不行", "en": "no"}


@job_task
def sound(job: Job) -> None:
    advance_job(job, 3, total=3, faults=[FAULT])


@job_task
def refusing(job: Job) -> None:
    raise StepRefused(Text("文件里没有数据。", "The file is empty."))


@job_task
def breaking(job: Job) -> None:
    raise ZeroDivisionError


@job_task
def losing(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(attempt=job.attempt + 1)
    advance_job(job, 1)


def waiting(cast: Cast, task: Any = sound, key: str = "k") -> Job:
    job, _ = enqueue_job(cast.city, task, NAME, key=key)
    return job


def after(job: Job) -> Job:
    work()
    job.refresh_from_db()
    return job


def test_a_job_is_done_once_and_closed(cast: Cast) -> None:
    job = after(waiting(cast))
    assert (job.kind, job.region_code, job.attempt) == ("sound", "420100", 1)
    assert (job.done, job.total, job.fault_count, job.faults) == (3, 3, 1, [FAULT])
    assert job.finished and not job.failed
    sound.call(job.pk)
    job.refresh_from_db()
    assert job.attempt == 1


def test_the_same_key_is_one_job_and_one_place_in_the_queue(cast: Cast) -> None:
    assert waiting(cast) == waiting(cast)
    assert DBTaskResult.objects.count() == 1


def test_a_refusal_closes_it_with_its_sentence(cast: Cast) -> None:
    job = after(waiting(cast, refusing))
    assert job.failure == {"zh": "文件里没有数据。", "en": "The file is empty."}


def test_a_failure_is_said_and_logged(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    job = waiting(cast, breaking)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        work()
    job.refresh_from_db()
    assert "程序在办理时出错" in job.failure["zh"]
    assert any("ZeroDivisionError" in (record.exc_text or "") for record in caplog.records)


def test_who_has_lost_a_job_writes_nothing_more(cast: Cast) -> None:
    job = after(waiting(cast, losing))
    assert (job.done, job.finished) == (0, False)


def test_only_one_takes_it(cast: Cast) -> None:
    job = waiting(cast)
    assert start_job(job.pk) is not None
    assert start_job(job.pk) is None


def test_somebody_who_comes_back_after_being_replaced_is_told(cast: Cast) -> None:
    first = start_job(waiting(cast).pk)
    assert first is not None
    Job.objects.filter(pk=first.pk).update(started_at=None)
    second = start_job(first.pk)
    assert second is not None
    for write in (
        lambda: advance_job(first, 9),
        lambda: beat_job(first),
        lambda: finish_job(first),
    ):
        with pytest.raises(JobLost):
            write()
    advance_job(second, 1)
    finish_job(second)
    with pytest.raises(JobLost):
        advance_job(second, 2)


def test_the_first_faults_are_listed_and_all_are_counted(cast: Cast) -> None:
    job = start_job(waiting(cast).pk)
    assert job is not None
    for _ in range(3):
        advance_job(job, 1, faults=[FAULT] * (LISTED_FAULTS // 2))
    job.refresh_from_db()
    assert (len(job.faults), job.fault_count) == (LISTED_FAULTS, LISTED_FAULTS // 2 * 3)


# ---------------------------------------------------------------- when workers die


def silent(job: Job, ago: dt.timedelta = LATER) -> None:
    """As if a worker had begun it and not been heard of since."""
    then = timezone.now() - ago
    Job.objects.filter(pk=job.pk).update(started_at=then, beat_at=then, created_at=then, attempt=1)
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING, started_at=then)


def test_a_silent_job_waits_again_with_its_place_in_the_queue(cast: Cast) -> None:
    job = waiting(cast)
    silent(job)
    assert recover_jobs() == [job]
    job.refresh_from_db()
    assert job.waiting
    assert after(job).finished
    assert job.attempt == 2


def test_a_job_that_gives_signs_of_life_is_left_alone(cast: Cast) -> None:
    job = waiting(cast)
    silent(job, SOON)
    assert recover_jobs() == []


def test_a_job_that_only_waits_its_turn_is_left_alone(cast: Cast) -> None:
    job = waiting(cast)
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - LATER)
    assert recover_jobs() == []


def test_a_worker_that_died_before_it_began_is_found_out(cast: Cast) -> None:
    job = waiting(cast)
    then = timezone.now() - LATER
    Job.objects.filter(pk=job.pk).update(created_at=then)
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING, started_at=then)
    assert recover_jobs() == [job]
    assert after(job).finished


def test_after_three_attempts_it_has_failed(cast: Cast) -> None:
    job = waiting(cast)
    for attempt in range(1, JOB_ATTEMPTS):
        silent(job)
        Job.objects.filter(pk=job.pk).update(attempt=attempt)
        assert recover_jobs() == [job]
    silent(job)
    Job.objects.filter(pk=job.pk).update(attempt=JOB_ATTEMPTS)
    assert recover_jobs() == [job]
    job.refresh_from_db()
    assert job.finished and "多次中断" in job.failure["zh"]
    assert not DBTaskResult.objects.ready().exists()
    assert recover_jobs() == []


def test_a_job_that_has_no_place_in_the_queue_has_failed(cast: Cast) -> None:
    job, _ = open_job(cast.city, "old", NAME, key="k")
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - LATER)
    assert recover_jobs() == [job]
    job.refresh_from_db()
    assert job.finished and job.failed


# ---------------------------------------------------------------- who sees them


def test_an_office_sees_what_the_offices_of_its_territory_started(cast: Cast) -> None:
    by_county, _ = open_job(cast.county, "a", NAME, key="county")
    by_city, _ = open_job(cast.city, "a", NAME, key="city")
    by_firm, _ = open_job(cast.firm.actor, "a", NAME, key="firm")
    assert list(jobs_of(cast.county)) == [by_county]
    assert list(jobs_of(cast.city)) == [by_city, by_county]
    assert list(jobs_of(cast.province)) == [by_city, by_county]
    assert list(jobs_of(cast.next_county)) == list(jobs_of(cast.next_city)) == []
    assert list(jobs_of(cast.firm.actor)) == [by_firm]
    assert list(jobs_of(cast.rival.actor)) == []


def test_the_files_of_a_job_are_for_those_who_see_it(cast: Cast) -> None:
    paper = cast.paper(cast.firm, "结果")
    job = start_job(waiting(cast).pk)
    assert job is not None
    finish_job(job, rejected=paper)
    assert job_document(cast.city, paper.pk) == paper
    assert job_document(cast.province, paper.pk) == paper
    for other in (cast.county, cast.next_city, cast.firm.actor):
        assert job_document(other, paper.pk) is None
