from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.selection import PanelRule
from dengta.programmes.models import Review
from dengta.programmes.queries.blinding import APPLICANT, Veil, short_names
from dengta.programmes.queries.panels import paper_of, sheet_of
from dengta.registry.queries import actor_of, policy
from tests.cast import Cast
from tests.programmes import rounds_at

NAME = "武汉锦航电子科技有限公司"
SAID = (
    f"{NAME}（以下简称锦航）一年改完；武汉锦航 电子科技的产线、锦航电子的平台都上了云。\n"
    "法人周 正国，电话 027 8312 0066、027-83120066，代码 {code}。"
)


@pytest.fixture
def review(cast: Cast) -> Iterator[Review]:
    """A blind sheet of an application that names its firm in every way there is."""
    rule = policy().selection("scenario")
    with rounds_at.rule_as(panel=PanelRule(size=1, blind=True)):
        made = rounds_at.round_at(cast)
        firm = cast.enrol("blind", name=NAME, legal_person="周正国", phone="027-83120066")
        said = SAID.format(code=firm.organisation.uscc)
        texts = {f.id: said for f in rule.fields if f.type == "long_text"}
        application = rounds_at.application_at(
            cast, made, firm=firm, entries=texts | {"contact_name": "吴联络"}, title="锦航质量追溯"
        )
        rounds_at.attach(application, firm, rule.slots[0].id, "授权书", f"{NAME}授权书.PDF")
        rounds_at.experts(cast, 1)
        rounds_at.to_review(cast, made)
        rounds_at.drawn(cast, made, 1)
        yield rounds_at.assigned(cast, made)[0]


def test_a_blind_sheet_names_nobody_in_texts_titles_or_files(
    review: Review, client: Client
) -> None:
    expert = actor_of(review.user)
    assert expert is not None
    sheet = sheet_of(expert, review.pk)
    firm = review.application.organisation
    assert firm is not None
    client.force_login(review.user)
    pages = [f"/expert/reviews/{review.pk}/", "/expert/reviews/", "/expert/", "/notices/"]
    said = "".join(client.get(page).content.decode() for page in pages)
    for word in (
        NAME, "锦航", "周正国", "周 正国", "83120066", "8312 0066", firm.uscc, "blind", "吴联络",
        review.application.number,
    ):  # fmt: skip
        assert word not in said, word
    assert APPLICANT.zh in said
    assert (sheet.applicant, sheet.region_code) == ("", "")
    assert sheet.papers[0].name == "01.pdf"
    answer = client.get(f"/expert/reviews/{review.pk}/papers/1/")
    assert NAME not in str(answer.headers)
    assert b"".join(answer.streaming_content) == "授权书".encode()  # type: ignore[attr-defined]
    with pytest.raises(Review.DoesNotExist):
        paper_of(expert, review.pk, 2)


def test_an_open_sheet_shows_who_applies(cast: Cast, review: Review, client: Client) -> None:
    client.force_login(review.user)
    with rounds_at.rule_as(panel=PanelRule(size=1)):
        page = client.get(f"/expert/reviews/{review.pk}/").content.decode()
        assert f"{NAME}授权书.PDF" in page
    assert NAME in page


def test_a_sheet_takes_as_many_queries_for_many_papers_as_for_one(
    cast: Cast, review: Review, django_assert_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    expert = actor_of(review.user)
    assert expert is not None
    with CaptureQueriesContext(connection) as few:
        sheet_of(expert, review.pk)
    for n in range(5):
        rounds_at.attach(review.application, cast.enrol(f"n{n}"), "other", f"{n}")
    with CaptureQueriesContext(connection) as more:
        assert len(sheet_of(expert, review.pk).papers) == 6
    assert len(few) == len(more)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        (NAME, {NAME, "武汉锦航电子科技", "锦航电子科技", "锦航"}),
        (
            "湖北（江岸）拓远机械厂",
            {"湖北（江岸）拓远机械厂", "湖北（江岸）拓远机械", "拓远机械", "拓远"},
        ),
        ("武汉市", {"武汉市"}),
    ],
)
def test_names_are_shortened_as_people_do(name: str, short: set[str]) -> None:
    assert short - short_names(name) <= {"武汉市"}
    assert "武汉" not in short_names(name)


words = st.text("锦航拓远精工ABCabc（）-· ", min_size=2, max_size=8)


@given(words.filter(lambda word: len(word.strip()) > 2), st.text("锦航，。ab 12", max_size=20))
def test_no_known_word_survives_whatever_stands_around_it(word: str, around: str) -> None:
    word = word.strip()
    veil = Veil([word], [])
    spaced = " ".join(word)
    for text in (word, spaced, word.upper(), f"{around}{word}{around}"):
        assert word not in veil.text(text).replace(APPLICANT.zh, "")
