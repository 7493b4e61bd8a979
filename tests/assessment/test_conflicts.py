from __future__ import annotations

import pytest

from dengta.assessment.queries.conflicts import CHECKS, checked_json, conflicts_of, same, same_phone
from tests.cast import DAY, Cast


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("027-8200 0001", "82000001", True),
        ("13871234567", "138-7123-4567", True),
        ("82000001", "82000002", False),
        ("", "", False),
        ("", "82000001", False),
        ("110", "027110", False),
        ("0271234567", "1234567", True),
    ],
)
def test_phones_are_compared_by_their_digits(one: str, other: str, alike: bool) -> None:
    assert same_phone(one, other) is same_phone(other, one) is alike


def test_names_are_compared_as_people_read_them() -> None:
    assert same("武汉（江岸）公司", " 武汉(江岸) 公司")
    assert not same("", "")
    assert not same("张三", "张三丰")


def test_every_check_is_on_record_clear_or_not(cast: Cast) -> None:
    firm = cast.firm.organisation
    found = conflicts_of([cast.assessor.user_id, cast.expert.user_id], firm, DAY)
    assert found[cast.assessor.user_id] == ()
    kept = checked_json(found[cast.expert.user_id], DAY)
    assert [check["kind"] for check in kept["checks"]] == list(CHECKS)
    clear = {check["kind"]: check["clear"] for check in kept["checks"]}
    assert clear == {kind: kind != "employer" for kind in CHECKS}
    assert all(check["zh"] and check["en"] for check in kept["checks"])
