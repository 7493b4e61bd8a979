"""The report on paper: complete in both languages, in every odd case, quick and reproducible."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from dengta.assessment.models import Assessment
from dengta.registry.models import Organisation
from dengta.reports.actions import file_name, render
from dengta.reports.queries import Report, report
from dengta.rights.actions import give_consent
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.house.languages import chinese_in_english
from tests.reports.conftest import Assess, best_answers, pdf_text

Submit = Callable[..., Assessment]
SITE = "https://szh.example.org"
MARKUP = '#panic("x")*粗*_斜_$x^2$<标>@引用=题//注#import"/x"[]'


def told(assessment: Assessment, language: str = "zh-hans") -> Report:
    assessment.refresh_from_db()
    return report(assessment, DAY + 200 * ONE_DAY, language)


def paper(assessment: Assessment, language: str = "zh-hans") -> str:
    return pdf_text(render(told(assessment, language), SITE))


def test_the_paper_says_all_that_the_report_holds(cast: Cast, assess: Assess) -> None:
    for letter in "ABCDE":
        assess(letter, 2)
    give_consent(cast.firm.actor, "policy_matching", at=MOMENT)
    cast.assessed(cast.firm, "B", 2)
    last = cast.assessed(cast.firm, "C", 3, at=MOMENT + 90 * ONE_DAY)
    said = paper(last)
    for words in (
        "中小企业数字化水平测评报告", cast.firm.organisation.name, cast.firm.organisation.uscc,
        "等级与门槛", "各方面表现", "业务场景", "短板：按对升级的作用排列", "与同行相比",
        "其他5家企业", "与以往相比", "自2026年3月16日以来的变化", "2→3级", "转型路线",
        "升到下一级的步骤", "合计", "现在能享受的政策", "怎样核验这份报告",
        f"CP2026-{last.pk:06d}", "第1页，共", last.policy_digest[:12], "企业自评",
    ):  # fmt: skip
        assert words in said, words
    code = last.verify_code or ""
    assert f"{code[:4]}-{code[4:8]}-{code[8:]}" in said
    assert f"{SITE}/verify/{code}/" in said


def test_the_english_paper_is_english(cast: Cast, assess: Assess) -> None:
    for letter in "ABCDE":
        assess(letter, 2)
    give_consent(cast.firm.actor, "policy_matching", at=MOMENT)
    cast.assessed(cast.firm, "B", 2)
    last = cast.assessed(cast.firm, "C", 3, at=MOMENT + 90 * ONE_DAY)
    said = paper(last, "en")
    for words in ("SMEDigitalMaturityReport", "Levelandgates", "Roadmap", "Page1of"):
        assert words in said
    names = [cast.firm.organisation.name]
    for programme in told(last, "en").programmes or ():
        names.append(programme.source.document)
    names.append(told(last, "en").instrument.source.number)
    for name in names:
        said = said.replace("".join(name.split()), "")
    assert re.findall(r"[\u4e00-\u9fff]+", said) == []
    assert chinese_in_english("<p>还差一项</p>", "") == ["还差一项"]


def test_a_name_full_of_markup_is_printed_as_it_is(cast: Cast) -> None:
    done = cast.assessed(cast.firm)
    Organisation.objects.filter(pk=cast.firm.organisation.pk).update(name=MARKUP)
    done = Assessment.objects.select_related("organisation").get(pk=done.pk)
    assert MARKUP in paper(done)


def test_a_long_name_and_few_peers_leave_nothing_out(cast: Cast) -> None:
    name = "湖北省某某高新技术产业开发区精密机械制造与智能装备集成应用示范有限责任公司"
    done = cast.assessed(cast.enrol("long", name=name))
    said = paper(done)
    assert name in said
    assert said.count("不足5家，不显示") == 3
    assert "企业未同意用档案比对政策" in said
    assert "与以往相比" not in said


def test_at_the_top_the_paper_says_so(submitted: Submit) -> None:
    said = paper(submitted(best_answers()))
    assert "已是最高等级" in said
    assert "升到下一级的步骤" not in said
    assert "短板：" not in said


def test_below_the_first_level_the_paper_says_so(submitted: Submit) -> None:
    answers = {item: 0 if isinstance(best, int) else "A" for item, best in best_answers().items()}
    said = paper(submitted(answers))
    assert "未达一级" in said


def test_contradictions_are_printed_with_their_two_sides(submitted: Submit) -> None:
    said = paper(submitted(best_answers() | {"q2": "A", "q3": "E"}))
    assert "前后不一致，现场评定时会核对" in said


def test_a_rating_on_the_spot_is_named_as_such(cast: Cast) -> None:
    done = cast.assessed(cast.firm)
    Assessment.objects.filter(pk=done.pk).update(on_site_level=1, on_site_score_milli=30_000)
    said = paper(done)
    assert "现场评定" in said
    assert "等级和门槛以现场评定为准；企业自评为" in said


def test_the_same_report_gives_the_same_bytes(cast: Cast) -> None:
    done = told(cast.assessed(cast.firm))
    first = render(done, SITE)
    render(told(cast.assessed(cast.rival)), SITE)
    assert render(done, SITE) == first
    assert render(done, "https://other.example.org") != first


def test_a_report_takes_less_than_a_second(cast: Cast) -> None:
    done = cast.assessed(cast.firm)
    began = time.perf_counter()
    render(told(done), SITE)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_paper_is_tagged_and_titled_for_those_who_cannot_see_it(
    cast: Cast, language: str
) -> None:
    made = render(told(cast.assessed(cast.firm), language), SITE)
    assert b"/MarkInfo" in made
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert (b"/Lang(en-GB)" if language == "en" else b"/Lang(zh-CN)") in made


def test_a_file_is_named_after_firm_and_number_without_signs_that_disks_refuse(
    cast: Cast,
) -> None:
    done = cast.assessed(cast.firm)
    Organisation.objects.filter(pk=cast.firm.organisation.pk).update(name='../甲:乙*"丙|?\x07 ')
    done = Assessment.objects.select_related("organisation").get(pk=done.pk)
    name = file_name(told(done))
    assert name == f"甲乙丙_测评报告_CP2026-{done.pk:06d}.pdf"
