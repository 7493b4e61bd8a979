from __future__ import annotations

import pytest

from dengta.registry.actions import Refused, declare_tie, end_tie
from dengta.registry.models import Tie
from dengta.registry.queries import ties_of
from tests.cast import DAY, MOMENT, ONE_DAY, Cast


def test_a_tie_is_declared_once_and_can_be_told_better(cast: Cast) -> None:
    firm = cast.firm.organisation
    first = declare_tie(cast.expert, kind="family", uscc=firm.uscc, name="随便写的", at=MOMENT)
    again = declare_tie(
        cast.expert, kind="family", uscc=firm.uscc.lower(), until=DAY, note="表兄", at=MOMENT
    )
    assert first == again
    assert (again.name, again.until_date, again.note) == (firm.name, DAY, "表兄")
    declare_tie(cast.expert, kind="stake", uscc=firm.uscc)
    assert ties_of(cast.expert).count() == 2


def test_a_firm_that_is_not_here_yet_can_be_named(cast: Cast) -> None:
    from dengta.core.codes import make_uscc

    code = make_uscc("420102", 77_777)
    assert (
        declare_tie(cast.expert, kind="other", uscc=code, name=" 待注册公司 ").name == "待注册公司"
    )


def test_what_is_taken_back_stays_as_a_record(cast: Cast) -> None:
    firm = cast.firm.organisation.uscc
    tie = declare_tie(cast.expert, kind="family", uscc=firm)
    end_tie(cast.assessor, tie.pk)
    assert list(ties_of(cast.expert)) == [tie]
    for at in (MOMENT, MOMENT + ONE_DAY):
        end_tie(cast.expert, tie.pk, at=at)
    assert ties_of(cast.expert).count() == 0
    assert Tie.objects.get().withdrawn_at == MOMENT
    declare_tie(cast.expert, kind="family", uscc=firm)
    assert (Tie.objects.count(), ties_of(cast.expert).count()) == (2, 1)


@pytest.mark.parametrize(
    ("kind", "uscc", "field"), [("enemy", "", "kind"), ("family", "914201", "uscc")]
)
def test_what_cannot_be_is_refused_by_field(cast: Cast, kind: str, uscc: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        declare_tie(cast.expert, kind=kind, uscc=uscc)
    assert refused.value.field == field
    assert not Tie.objects.exists()
