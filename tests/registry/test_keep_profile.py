from __future__ import annotations

from typing import Any

import pytest

from dengta.registry.actions import Refused, keep_profile
from dengta.registry.models import ExpertProfile
from dengta.registry.queries import profile_of
from tests.cast import MOMENT, Cast


def state(cast: Cast, **different: Any) -> ExpertProfile:
    stated: dict[str, Any] = {"employer": "江汉大学", "region_code": "420100", "fields": ["36"]}
    return keep_profile(cast.expert, **(stated | different), at=MOMENT)


def test_the_latest_statement_stands(cast: Cast) -> None:
    assert profile_of(cast.expert) is None
    state(cast)
    state(cast, employer=" 省软件评测中心 ", fields=["39", "36", "39"])
    kept = profile_of(cast.expert)
    assert kept is not None
    assert (kept.employer, kept.fields, kept.at) == ("省软件评测中心", ["36", "39"], MOMENT)
    assert ExpertProfile.objects.count() == 1


def test_the_code_of_the_employer_is_kept_as_registers_write_it(cast: Cast) -> None:
    code = cast.firm.organisation.uscc
    spaced = f" {code[:8]} {code[8:]}".lower()
    assert state(cast, employer_uscc=spaced).employer_uscc == code
    assert state(cast, employer_uscc="").employer_uscc == ""


@pytest.mark.parametrize(
    ("different", "field", "words"),
    [
        ({"employer": "  "}, "employer", "没有就写“无”"),
        ({"employer_uscc": "91420102MA4TE5T13"}, "employer_uscc", "18"),
        ({"region_code": "990000"}, "region_code", "从列表中选择"),
        ({"fields": ["36", "零"]}, "fields", "零"),
    ],
)
def test_what_cannot_be_is_refused_by_field(
    cast: Cast, different: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(Refused) as refused:
        state(cast, **different)
    assert refused.value.field == field
    assert words in refused.value.text.zh and refused.value.text.en
    assert profile_of(cast.expert) is None
