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


def stage() -> dict[str, Any]:
    """Make the round and say where it stands."""
    from dengta.accounts.models import User
    from dengta.accounts.queries import Actor
    from dengta.core.selection import Selection
    from dengta.programmes.models import Review
    from dengta.registry.queries import actor_of, policy
    from tests.cast import Cast
    from tests.programmes import rounds_at

    def known(username: str) -> Actor:
        found = actor_of(User.objects.get(username=username))
        assert found is not None
        return found

    class DemoCast(Cast):
        """The demo's officials instead of new ones."""

        @cached_property
        def county(self) -> Actor:
            return known("county")

        @cached_property
        def city(self) -> Actor:
            return known("city")

        @cached_property
        def province(self) -> Actor:
            return known("province")

    def fits(one: Selection) -> bool:
        return one.panel.blind and one.applicant == "enterprise" and "panel" in one.steps

    selection = next((s.id for s in policy().selections if fits(s)), "scenario")
    cast = DemoCast()
    round = rounds_at.round_at(cast, selection=selection, name="2026 年度遴选（评审中）")
    rounds_at.experts(cast, 5)
    firms = [
        cast.enrol(f"blind-{n}", name=name, legal_person="周正国", phone="027-83120066")
        for n, name in enumerate(("湖北锦航智能装备有限公司", "武汉拓远电子科技股份有限公司"))
    ]
    written = []
    for firm in firms:
        name = firm.organisation.name
        said = f"{PAIN}{name}用一年时间把{name[2:4]}的产线连起来，法人代表周正国牵头。"
        rule = policy().selection(selection)
        written.append(said)
        rounds_at.application_at(
            cast,
            round,
            firm=firm,
            entries={f.id: said for f in rule.fields if f.type == "long_text" and not f.fact},
            papers={slot.id: f"{slot.text.zh}正文" for slot in rule.slots[:2]},
            title=f"{name[2:4]}产线质量追溯",
        )
    rounds_at.to_review(cast, round)
    from dengta.programmes.queries.experts import pool_of

    rounds_at.drawn(cast, round, len(pool_of(round).entries))
    expert = known("expert")
    sheets = rounds_at.assigned(cast, round)
    own = [sheet.pk for sheet in sheets if sheet.user_id == expert.user_id]
    for sheet in sheets:
        if sheet.user_id != expert.user_id:
            rounds_at.marked(sheet, 78)
    assert own, "the demo's expert has no sheet"
    return {
        "round": round.pk,
        "sheets": own,
        "firms": [firm.organisation.name for firm in firms],
        "written": written,
        "blind": round.rule.panel.blind,
        "locked": Review.objects.filter(application__round=round, state="locked").count(),
    }


def main() -> None:
    """Make it and print it."""
    django.setup()
    print(json.dumps(stage(), ensure_ascii=False))


if __name__ == "__main__":
    main()
