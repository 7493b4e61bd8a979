"""Many reports as one file: whose, how many, what is in it, and what happens when one fails."""

from __future__ import annotations

import csv
import io
import uuid
import zipfile
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from dengta.accounts.queries import Actor
from dengta.assessment.models import Assessment
from dengta.registry.models import Organisation
from dengta.reports.actions import batch, start_batch
from dengta.reports.queries import Choice, chosen
from dengta.rights.actions import revoke_consent
from dengta.trail.actions import StepRefused
from dengta.trail.models import Job
from tests.cast import DAY, Cast
from tests.reports.conftest import Assess, pdf_text

EDITION = "miit-2024"
SITE = "https://szh.example.org"


def order(actor: Actor, choice: Choice, key: str = "", language: str = "zh-hans") -> Job:
    return start_batch(actor, choice, language, SITE, key=key or uuid.uuid4().hex, day=DAY)


def worked(job: Job) -> Job:
    batch.make_batch.call(job.pk)
    job.refresh_from_db()
    return job


def files(job: Job) -> dict[str, bytes]:
    assert job.result is not None
    with job.result.content.open("rb") as stored, zipfile.ZipFile(stored) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def listed(job: Job, name: str = "清单.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files(job)[name].decode("utf-8-sig"))))


def names(actor: Actor, **different: Any) -> list[str]:
    choice = Choice(**({"instrument": EDITION, "region": actor.region} | different))
    return [each.organisation.name for each in chosen(actor, choice, DAY)]


def test_a_batch_holds_a_report_for_each_firm_and_the_list_of_them(
    cast: Cast, assess: Assess
) -> None:
    firms = [assess("B", 2), assess("C", 3)]
    job = worked(order(cast.city, Choice(EDITION, "420100")))
    assert (job.total, job.done, job.fault_count, job.failed) == (2, 2, 0, False)
    found = files(job)
    assert len(found) == 3
    rows = listed(job)
    assert {row["企业名称"] for row in rows} == {firm.organisation.name for firm in firms}
    for row in rows:
        said = pdf_text(found[row["文件"]])
        assert row["企业名称"] in said
        assert row["核验码"] in said
        assert row["统一社会信用代码"] in said


def test_an_english_batch_is_english(cast: Cast, assess: Assess) -> None:
    assess()
    job = worked(order(cast.city, Choice(EDITION, "420100"), language="en"))
    (row,) = listed(job, "list.csv")
    assert row["File"].endswith(f"_{row['File'].rsplit('_', 1)[1]}") and "report" in row["File"]
    assert "SMEDigitalMaturityReport" in pdf_text(files(job)[row["File"]])


def test_the_same_batch_gives_the_same_bytes(cast: Cast, assess: Assess) -> None:
    assess()
    first, second = (worked(order(cast.city, Choice(EDITION, "420100"))) for _ in range(2))
    assert first.result is not None and second.result is not None
    assert first.result.fingerprint == second.result.fingerprint


def test_an_order_sent_twice_is_one_job_and_one_place_in_the_queue(
    cast: Cast, assess: Assess
) -> None:
    assess()
    choice = Choice(EDITION, "420100")
    assert order(cast.city, choice, "one").pk == order(cast.city, choice, "one").pk
    assert (Job.objects.count(), DBTaskResult.objects.count()) == (1, 1)
    assert order(cast.city, choice, "two").pk != order(cast.city, choice, "one").pk


def test_a_job_is_worked_on_once(cast: Cast, assess: Assess) -> None:
    assess()
    job = worked(order(cast.city, Choice(EDITION, "420100")))
    first = job.result_id
    assert worked(job).result_id == first


def test_an_office_gets_its_own_territory_only(cast: Cast, assess: Assess) -> None:
    here = assess().organisation.name
    there = assess(region_code="429004").organisation.name
    next_door = assess(region_code="420104").organisation.name
    assert names(cast.county) == [here]
    assert set(names(cast.city)) == {here, next_door}
    assert set(names(cast.province)) == {here, next_door, there}
    assert names(cast.county, region="420104") == []
    assert names(cast.city, region="420000") == []
    assert names(cast.firm.actor, region="420102") == []


def test_region_industry_level_and_edition_narrow_the_choice(cast: Cast, assess: Assess) -> None:
    first, food = assess("B", 2), assess("B", 2, industry_code="14")
    assert names(cast.city, industry="14") == [food.organisation.name]
    level = Assessment.objects.get(organisation=first.organisation).level
    assert len(names(cast.city, level=level)) == 2
    Assessment.objects.filter(organisation=first.organisation).update(on_site_level=4)
    assert names(cast.city, level=4) == [first.organisation.name]
    assert names(cast.city, instrument="another") == []


def test_firms_that_do_not_allow_statistics_are_left_out_even_when_they_revoke_in_between(
    cast: Cast, assess: Assess
) -> None:
    stays, leaves = assess(), assess()
    assess(counted=False)
    job = order(cast.city, Choice(EDITION, "420100"))
    assert "2 份" in job.name["zh"]
    revoke_consent(leaves.actor, "statistics")
    rows = listed(worked(job))
    assert [row["企业名称"] for row in rows] == [stays.organisation.name]


def test_nobody_and_too_many_are_refused_with_what_to_do(
    cast: Cast, assess: Assess, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StepRefused, match=r"没有企业.*请放宽"):
        order(cast.city, Choice(EDITION, "420100"))
    assess(), assess()
    monkeypatch.setattr(type(batch.policy()), "practised", lambda *_: 1)
    with pytest.raises(StepRefused, match="选中了 2 家，一次最多 1 家"):
        order(cast.city, Choice(EDITION, "420100"))
    assert Job.objects.count() == 0


def test_a_report_that_cannot_be_made_stops_no_other(cast: Cast, assess: Assess) -> None:
    bad, good = assess("B", 2), assess("B", 2)
    answers = Assessment.objects.get(organisation=bad.organisation).answers
    answers.filter(item="q1").update(item="gone")
    job = worked(order(cast.city, Choice(EDITION, "420100")))
    assert (job.total, job.done, job.fault_count, job.failed) == (2, 2, 1, False)
    assert bad.organisation.name in job.faults[0]["zh"]
    assert [row["企业名称"] for row in listed(job)] == [good.organisation.name]


def test_when_none_can_be_made_the_job_has_failed(cast: Cast, assess: Assess) -> None:
    bad = assess("B", 2)
    Assessment.objects.get(organisation=bad.organisation).answers.filter(item="q1").update(
        item="gone"
    )
    job = worked(order(cast.city, Choice(EDITION, "420100")))
    assert job.failed and job.result is None
    assert job.fault_count == 1


def test_a_name_that_spreadsheets_would_calculate_stays_a_name(cast: Cast, assess: Assess) -> None:
    firm = assess()
    Organisation.objects.filter(pk=firm.organisation.pk).update(name="=1+1 公司")
    (row,) = listed(worked(order(cast.city, Choice(EDITION, "420100"))))
    assert row["企业名称"] == "'=1+1 公司"
