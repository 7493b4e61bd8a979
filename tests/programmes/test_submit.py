from __future__ import annotations

import datetime as dt

from dengta.programmes.queries import checks
from tests.cast import Cast
from tests.programmes import stage

SECOND = dt.timedelta(seconds=1)


def test_what_is_handed_in_goes_to_the_county_with_all_checks_done(cast: Cast) -> None:
    application = stage.submitted(stage.opened(cast), cast.firm)
    assert application.state == "county_check"
    assert application.verdict["eligible"] == "yes"
    assert application.exceptions == 0, checks.exceptions(application)
    assert {finding.id for finding in checks.stored(application)} == {
        "clause:open", "standing", "size", "differs", "once", "papers", "related",
    }  # fmt: skip
    assert (application.sector, application.region_code) == ("36", "420102")
    assert application.pledged_by == "法人"
    assert checks.replayed(application).as_json("zh-hans") == application.verdict  # type: ignore[union-attr]
