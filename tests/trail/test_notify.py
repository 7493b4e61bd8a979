from __future__ import annotations

from dengta.assessment.models import Assessment
from dengta.core.shapes import Text
from dengta.trail.actions import advance, mark_read, notify
from dengta.trail.models import Event, Notice
from dengta.trail.queries import notices_of, unread_count
from tests.cast import MOMENT, Cast


def tell(event: Event, *users: int) -> None:
    notify(event, users, subject=Text("已放弃", "Given up"), body=Text("", ""), link="/x/")


def test_an_event_reaches_each_user_once_however_often_it_is_told(
    cast: Cast, draft: Assessment
) -> None:
    firm, county = cast.firm.actor, cast.county
    event = advance(draft, "discard", by=firm, at=MOMENT)
    tell(event, firm.user_id, firm.user_id, county.user_id)
    tell(event, county.user_id, firm.user_id)
    assert sorted(Notice.objects.values_list("user_id", flat=True)) == sorted(
        (firm.user_id, county.user_id)
    )
    notice = notices_of(firm).get()
    assert (notice.subject, notice.at) == ({"zh": "已放弃", "en": "Given up"}, MOMENT)


def test_only_the_recipient_can_mark_a_notice_as_read(cast: Cast, draft: Assessment) -> None:
    firm, county = cast.firm.actor, cast.county
    tell(advance(draft, "discard", by=firm), firm.user_id)
    notice = notices_of(firm).get()
    mark_read(county, notice.pk)
    assert (unread_count(firm), unread_count(county)) == (1, 0)
    mark_read(firm, notice.pk)
    first = notices_of(firm).get().read_at
    mark_read(firm, notice.pk)
    assert unread_count(firm) == 0
    assert notices_of(firm).get().read_at == first
