"""测评报告: everything that a firm gets out of one submitted assessment, put together."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from dengta.assessment.models import Assessment, DiagnosisGap
from dengta.assessment.queries import (
    answers_of,
    contradictions_of,
    instrument_of,
    scorer,
)
from dengta.assessment.queries.diagnosis import diagnosed_gaps
from dengta.core.contradictions import Conflict
from dengta.core.scoring import Result
from dengta.core.shapes import Instrument, Text
from dengta.funding.queries.vouchers import facts_of
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, industry_name, policy, region_name
from dengta.reports.queries.changes import Changes, changes_of
from dengta.reports.queries.peers import Crowd, Peers, Standing, peers_of
from dengta.reports.queries.plan import Outlook, outlook
from dengta.reports.queries.programmes import Programme, programmes_of
from dengta.reports.queries.standing import on_site_of, standing_answers
from dengta.rights.queries import consents_of


@dataclass(frozen=True, slots=True)
class Firm:
    """The firm as the head of its report names it."""

    name: str
    uscc: str
    region: Text
    industry: Text
    size: Text | None


@dataclass(frozen=True, slots=True)
class Report:
    """One report on a day, to be read in `language`.

    `result` is the scoring of the answers that count: the firm's own, and over them those of the
    last rating on the spot, if there was one (`on_site`); `standing` are its score and level.
    `contradictions` are those of the firm's own answers. `diagnosed` are gaps that accepted
    diagnoses found. `programmes` is None where the firm has not consented to policy matching,
    `outlook` where no steps are priced.
    """

    language: str
    number: str
    day: dt.date
    firm: Firm
    instrument: Instrument
    assessed_at: dt.datetime
    on_site: bool
    standing: Standing
    own_level: int | None
    level_name: Text | None
    result: Result
    contradictions: tuple[Conflict, ...]
    diagnosed: tuple[DiagnosisGap, ...]
    peers: tuple[Peers, ...]
    changes: Changes
    outlook: Outlook | None
    programmes: tuple[Programme, ...] | None
    code: str
    digest: str
    province: Text


def report(
    assessment: Assessment, day: dt.date, language: str, *, crowd: Crowd | None = None
) -> Report:
    """The report of a submitted assessment as of a day. ValueError for one that is not submitted.

    `crowd` keeps the groups of peers that a batch has read already.
    """
    if assessment.submitted_at is None:
        raise ValueError("only a submitted assessment has a report")
    organisation = assessment.organisation
    own = answers_of(assessment)
    answers = standing_answers(assessment, own)
    result = scorer(assessment.instrument).score(answers)
    instrument = instrument_of(assessment)
    on_site = on_site_of(assessment)
    standing = (
        Standing(assessment.on_site_score_milli, assessment.on_site_level)
        if on_site
        else Standing(assessment.score_milli, assessment.level)
    )
    consents = consents_of(organisation.pk, day)
    facts = facts_of(organisation, day)
    road = outlook(assessment, day, facts, answers)
    top = max((gate.level for gate in instrument.gates), default=0)
    following = road.next.level if road and road.next else None
    return Report(
        language=language,
        number=f"CP{assessment.submitted_at.year}-{assessment.pk:06d}",
        day=day,
        firm=_firm(organisation),
        instrument=instrument,
        assessed_at=timezone.localtime(assessment.submitted_at),
        on_site=on_site,
        standing=standing,
        own_level=assessment.level,
        level_name=_level_name(instrument, standing.level),
        result=result,
        contradictions=contradictions_of(
            assessment, timezone.localdate(assessment.submitted_at), own
        ),
        diagnosed=tuple(diagnosed_gaps(organisation.pk)),
        peers=tuple(
            peers_of(organisation, standing, crowd or Crowd(assessment.instrument, day), top)
        ),
        changes=changes_of(assessment, result),
        outlook=road,
        programmes=programmes_of(facts, day, following) if "policy_matching" in consents else None,
        code=assessment.verify_code or "",
        digest=assessment.policy_digest,
        province=policy().name,
    )


def _firm(organisation: Organisation) -> Firm:
    sizes = policy().facts["size_class"].values
    return Firm(
        organisation.name,
        organisation.uscc,
        place_name(organisation.region_code),
        industry_name(organisation.industry_code),
        sizes.get(organisation.size_class),
    )


def place_name(code: str) -> Text:
    """A region with the division it lies in: 武汉市江岸区."""
    place, division = region_name(code), region_name(division_of(code))
    if place == division:
        return place
    return Text(f"{division.zh}{place.zh}", f"{place.en}, {division.en}")


def _level_name(instrument: Instrument, level: int | None) -> Text | None:
    if level is None:
        return None
    return {gate.level: gate.name for gate in instrument.gates}.get(level)
