"""Real processes at one deadline and at one quota: `python -m tests.programmes.crowd`.

Every scenario is played as the platform is, and as a negative control with its guard taken away.
Prints what was seen as JSON. The database is that of DENGTA_DATABASE_URL and must be empty;
DENGTA_CROWD_SUBMISSIONS says how many hand in (16 unless said otherwise).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from typing import Any

import django

SUBMISSIONS = int(os.environ.get("DENGTA_CROWD_SUBMISSIONS", "16"))
PROCESSES = min(25, SUBMISSIONS // 2)
RECOMMENDED, PLACES = 12, 5
fork = get_context("fork")


def together(shares: Sequence[Any], work: Callable[[Any], Any]) -> list[Any]:
    """Fork a process for each share of the work; what each returned, once all have begun."""
    from django.db import connections

    connections.close_all()
    ready, said = fork.Barrier(len(shares)), fork.SimpleQueue()

    def run(share: Any) -> None:
        ready.wait()
        said.put(work(share))

    crowd = [fork.Process(target=run, args=(share,)) for share in shares]
    for process in crowd:
        process.start()
    found = [said.get() for _ in crowd]
    for process in crowd:
        process.join()
    return found


def outcome(act: Callable[[], Any]) -> str:
    """done, or what the refusal is called."""
    try:
        act()
    except Exception as error:
        return type(error).__name__
    return "done"


class Stage:
    """The round, and as many complete drafts as are wanted, written at once."""

    def __init__(self) -> None:
        from django.utils import timezone

        from dengta.registry.queries import rulebook
        from tests.cast import Cast

        self.cast, self.now = Cast(), timezone.now()
        rulebook(timezone.localdate().toordinal())  # compiled once, before anybody is forked
        assert self.cast.county and self.cast.city and self.cast.province
        self.serial = 0

    def round(self) -> Any:
        from tests.programmes import stage

        hour = dt.timedelta(hours=1)
        return stage.opened(self.cast, opens_at=self.now - hour, closes_at=self.now + 24 * hour)

    def drafts(self, round: Any, many: int) -> list[int]:
        """Complete drafts of as many firms; their ids. The papers are records without files."""
        from dengta.programmes.models import Application, Attachment, Entry
        from dengta.registry.actions import register
        from dengta.registry.queries import actor_of
        from dengta.trail.models import Document
        from tests.cast import Firm
        from tests.programmes import stage

        made = []
        for _ in range(many):
            self.serial += 1
            user, organisation = register(
                self.cast.form(), username=f"firm-{self.serial}", password=None, year=2025
            )
            acting = actor_of(user)
            assert acting is not None
            made.append(stage.begun(round, Firm(organisation, acting), at=self.now).pk)
        known = ("uscc", "region_code", "industry_code", "established_date", "size_class",
                 "employees", "revenue_fen")  # fmt: skip
        typed = [field for field in round.rule.fields if field.fact not in known]
        applications = Application.objects.in_bulk(made)
        Entry.objects.bulk_create(
            Entry(application=one, field=field.id, value=stage.sound(field), user_id=1, at=self.now)
            for one in applications.values()
            for field in typed
        )
        for slot in round.rule.slots:
            Attachment.objects.bulk_create(
                Attachment(
                    application=one, slot=slot.id, at=self.now,
                    document=Document.objects.create(
                        fingerprint=f"{pk:032x}{slot.id:>32}", name="x.pdf", size=1, at=self.now,
                    ),
                )
                for pk, one in applications.items()
            )  # fmt: skip
        return made


def hand_in(pk: int) -> str:
    """One request: read the application, hand it in by the server's clock."""
    from dengta.accounts.queries import Actor
    from dengta.programmes.actions.submitting import submit
    from dengta.programmes.models import Application
    from dengta.registry.queries import people_of

    one = Application.objects.select_related("round", "organisation").get(pk=pk)
    user = people_of(one.organisation_id or 0)[0]
    actor = Actor(user, "法人", "enterprise", one.region_code, one.organisation_id or 0)
    return outcome(lambda: submit(one, actor, pledged_by="法人"))


def shares(ids: Sequence[int]) -> list[list[int]]:
    """The ids dealt to the processes."""
    return [list(ids[at::PROCESSES]) for at in range(PROCESSES)]


def rush(stage: Stage) -> dict[str, Any]:
    """All hand in at once, and everybody once more at the same time, as after a lost reply."""
    ids = stage.drafts(stage.round(), SUBMISSIONS)
    doubled = [*shares(ids), *(list(reversed(share)) for share in shares(ids))]
    began = time.monotonic()
    said = together(doubled, lambda share: [hand_in(pk) for pk in share])
    return {"said": counted(said), **written(ids), "seconds": round(time.monotonic() - began, 1)}


def deadline(stage: Stage, seconds: float) -> dict[str, Any]:
    """The deadline falls in the middle of it: each is in time, or is told that it is not."""
    from django.utils import timezone

    from dengta.programmes.models import Application, Round

    round_ = stage.round()
    ids = stage.drafts(round_, SUBMISSIONS)
    closes = timezone.now() + dt.timedelta(seconds=seconds)
    Round.objects.filter(pk=round_.pk).update(closes_at=closes)
    said = together(shares(ids), lambda share: [(pk, hand_in(pk)) for pk in share])
    answers = dict(pair for share in said for pair in share)
    retried = together(shares(ids), lambda share: [(pk, hand_in(pk)) for pk in share])
    rows = Application.objects.in_bulk(ids)
    return {
        "said": sorted(set(answers.values())),
        "all": len(answers) == SUBMISSIONS,
        "as_told": all(
            (rows[pk].state == "county_check") == (answer == "done")
            for pk, answer in answers.items()
        ),
        "by_the_clock": all(row.submitted_at < closes for row in rows.values() if row.submitted_at),
        "retried_alike": answers == dict(pair for share in retried for pair in share),
    }


def counted(said: Sequence[Sequence[str]]) -> dict[str, int]:
    """How often each answer was given."""
    return dict(Counter(answer for share in said for answer in share))


def written(ids: Sequence[int]) -> dict[str, Any]:
    """What the database has of it."""
    from dengta.programmes.models import Application, QuotaCount
    from dengta.trail.models import Event

    rows = Application.objects.filter(pk__in=ids)
    events = Event.objects.filter(flow="application", thing_id__in=ids, step="submit")
    counts = QuotaCount.objects.filter(
        by="applicant", value__in=list(rows.values_list("applicant_code", flat=True))
    )
    return {
        "arrived": rows.filter(state="county_check").count(),
        "events": events.count(),
        "counted": sum(counts.values_list("used", flat=True)),
    }


def recommend(stage: Stage) -> dict[str, Any]:
    """As many recommendations at once as there are applications, with places for some: everybody
    has seen that there is room."""
    from dengta.programmes.actions.checking import check
    from dengta.programmes.models import Application, QuotaCount

    round_ = stage.round()
    ids = stage.drafts(round_, RECOMMENDED)
    for pk in ids:
        assert hand_in(pk) == "done"
        check(Application.objects.get(pk=pk), stage.cast.county, "pass_county")
    place = QuotaCount.objects.filter(round=round_, by="city", value="420100")
    place.update(limit=PLACES)
    seen = fork.Barrier(RECOMMENDED)

    def look_then_act(pk: int) -> list[str]:
        one = Application.objects.select_related("round").get(pk=pk)
        count = place.get()
        room = count.used < count.limit
        seen.wait()
        if not room:
            return ["idle"]
        return [outcome(lambda: check(one, stage.cast.city, "pass_city"))]

    said = together(ids, look_then_act)
    rows = Application.objects.filter(pk__in=ids)
    return {
        "said": counted(said),
        "used": place.get().used,
        "recommended": rows.exclude(recommended_at=None).count(),
        "states": dict(Counter(rows.values_list("state", flat=True))),
    }


def one_form(stage: Stage) -> dict[str, Any]:
    """Colleagues fill in one form at once: each a field of their own, and all the same one."""
    from dengta.accounts.queries import Actor
    from dengta.programmes.actions.filling import keep
    from dengta.programmes.models import Application
    from dengta.registry.queries import people_of

    (pk,) = stage.drafts(stage.round(), 1)
    one = Application.objects.select_related("round", "organisation").get(pk=pk)
    texts = [field.id for field in one.round.rule.fields if field.type == "long_text"]
    versions = dict(one.entries.values_list("field", "version"))
    user, firm = people_of(one.organisation_id or 0)[0], one.organisation_id or 0
    actor = Actor(user, "法人", "enterprise", one.region_code, firm)

    def write(field: str) -> list[bool]:
        mine = {field: (f"我写的{field}", versions[field])}
        common = {"scene_name": (f"{field}的名称", versions["scene_name"])}
        kept = keep(one, actor, mine | common)
        return [field not in {clash.field for clash in kept.clashes}, bool(kept.clashes)]

    said = together(texts, write)
    stands = dict(one.entries.values_list("field", "value"))
    return {
        "writers": len(texts),
        "own": sum(own for own, _ in said),
        "own_stand": sum(stands[field] == f"我写的{field}" for field in texts),
        "told": sum(told for _, told in said),
    }


def careless() -> None:
    """Take the guards away: the quota's constraint, the row lock, the comparison of states
    and of versions."""
    from django.db import connection

    from dengta.programmes.actions import filling, moving, submitting
    from dengta.programmes.models import QuotaCount
    from tests.funding.crowd import careless_advance

    guard = next(c for c in QuotaCount._meta.constraints if c.name == "quota_is_never_exceeded")
    # SQLite makes the table anew from what the model says.
    QuotaCount._meta.constraints = [c for c in QuotaCount._meta.constraints if c is not guard]
    with connection.schema_editor() as editor:
        editor.remove_constraint(QuotaCount, guard)

    def look_only(application: Any, states: Sequence[str]) -> None:
        time.sleep(0.05)

    submitting.hold = look_only
    filling._overtaken = lambda row, seen: False
    moving.advance = careless_advance  # type: ignore[assignment]


def main() -> None:
    """Play every scenario, then every negative control, and print what was seen."""
    django.setup()
    stage = Stage()
    first = rush(stage)
    seen = {
        "rush": first,
        "deadline": deadline(stage, first["seconds"] / 4),
        "recommend": recommend(stage),
        "one_form": one_form(stage),
    }
    controls = not os.environ.get("DENGTA_CROWD_WITHOUT_CONTROL")
    control: dict[str, Any] = {}
    if controls:
        careless()
        control = {"recommend": recommend(stage), "rush": rush(stage)}
        control["one_form"] = one_form(stage)
    print(json.dumps({"seen": seen, "control": control}, ensure_ascii=False))


if __name__ == "__main__":
    main()
