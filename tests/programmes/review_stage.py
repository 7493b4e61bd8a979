"""A round in its review on the platform of the demo: `python -m tests.programmes.review_stage`.

The demo's expert has one sheet or two to write, everybody else has locked theirs. The selection is
a blind one where the policy has any. Prints what was made as JSON. The database is that of
DENGTA_DATABASE_URL or DENGTA_DATA and holds the demo.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import django

PAIN = "下料靠人工记录，批次对不上，客户一查质量就要翻三天台账。"


def demo_cast() -> Any:
    """The cast with the demo's officials instead of new ones."""
    from dengta.accounts.models import User
    from dengta.accounts.queries import Actor
    from dengta.registry.queries import actor_of
    from tests.cast import Cast

    def known(username: str) -> Actor:
        found = actor_of(User.objects.get(username=username))
        assert found is not None
        return found

    class DemoCast(Cast):
        """Officials and the expert are those of the demo."""

        @cached_property
        def county(self) -> Actor:
            return known("county")

        @cached_property
        def city(self) -> Actor:
            return known("city")

        @cached_property
        def province(self) -> Actor:
            return known("province")

        @cached_property
        def expert(self) -> Actor:
            return known("expert")

    return DemoCast()


def stage() -> dict[str, Any]:
    """Make the round and say where it stands."""
    from dengta.core.selection import Selection
    from dengta.programmes.queries.experts import pool_of
    from dengta.registry.queries import policy
    from tests.programmes import rounds_at

    def fits(one: Selection) -> bool:
        return one.panel.blind and one.applicant == "enterprise" and "panel" in one.steps

    cast = demo_cast()
    selection = next((s.id for s in policy().selections if fits(s)), "scenario")
    rule = policy().selection(selection)
    round = rounds_at.round_at(cast, selection=selection, name="2026 年度遴选（评审中）")
    rounds_at.experts(cast, 5)
    names, written = ("湖北锦航智能装备有限公司", "武汉拓远电子科技股份有限公司"), []
    for n, name in enumerate(names):
        firm = cast.enrol(f"blind-{n}", name=name, legal_person="周正国", phone="027-83120066")
        said = f"{PAIN}{name}用一年时间把{name[2:4]}的产线连起来，法人代表周正国牵头。"
        rounds_at.application_at(
            cast,
            round,
            firm=firm,
            entries={f.id: said for f in rule.fields if f.type == "long_text" and not f.fact},
            papers={slot.id: f"{slot.text.zh}正文" for slot in rule.slots[:2]},
            title=f"{name[2:4]}产线质量追溯",
        )
        written.append(said)
    rounds_at.to_review(cast, round)
    rounds_at.drawn(cast, round, len(pool_of(round).entries))
    own = []
    for sheet in rounds_at.assigned(cast, round):
        if sheet.user_id == cast.expert.user_id:
            own.append(sheet.pk)
        else:
            rounds_at.marked(sheet, 78)
    assert own, "the demo's expert has no sheet"
    return {
        "round": round.pk,
        "sheets": own,
        "firms": names,
        "written": written,
        "blind": rule.panel.blind,
    }


def main() -> None:
    """Make it and print it."""
    django.setup()
    print(json.dumps(stage(), ensure_ascii=False))


if __name__ == "__main__":
    main()
