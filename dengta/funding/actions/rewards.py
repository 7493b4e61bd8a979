"""Rewards of awards (奖补，免申即享): made ready for the firm when the award is given, paid once it
has confirmed its account and the province has decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core import claims as core
from dengta.core.claim_keys import reward_key
from dengta.core.granting import grant
from dengta.core.money import yuan
from dengta.core.rules import read_facts
from dengta.core.schemes import Scheme
from dengta.core.shapes import FactValue, Text
from dengta.funding.actions.claims_filling import WRITABLE, hold, only_owner
from dengta.funding.actions.claims_submitting import agreed, handed_in
from dengta.funding.actions.claims_telling import tell
from dengta.funding.actions.register import Filed, enter
from dengta.funding.models import Claim
from dengta.funding.queries.budgets import scheme_of, schemes_on
from dengta.programmes.models import Award
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, StepRefused, advance, begin
from dengta.trail.models import Event

HELD = ("in_force", "rectifying")


def due(*, at: dt.datetime | None = None) -> list[Claim]:
    """Make a reward ready for each award of an organisation that has none yet. Idempotent.

    Once for what is rewarded (see `rewarded_for`) over all years: the claim's key is unique in the
    database, and with its confirmation it stands in the register, where nothing is paid for twice.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    rewarding = [one for one in schemes_on(day) if one.kind == "reward" and not one.sample]
    return [
        claim
        for scheme in rewarding
        for award in _without_reward(scheme)
        if (claim := _ready(scheme, award, now)) is not None
    ]


def _without_reward(scheme: Scheme) -> Iterator[Award]:
    awards = Award.objects.filter(
        programme=scheme.programme, state__in=HELD, organisation__isnull=False, amount_fen__gt=0
    ).exclude(pk__in=Claim.objects.exclude(award=None).values("award"))
    for award in awards.select_related("application__round", "organisation").order_by("id"):
        if scheme.in_force.holds(award.award_date):
            yield award


def _facts(award: Award) -> Mapping[str, FactValue]:
    """What the application said when it was decided."""
    stored = award.application.verdict.get("facts", {})
    return read_facts(policy(), {name: stored[name] for name in stored if name in policy().facts})


def rewarded_for(scheme: Scheme, award: Award) -> str:
    """What a reward is given for once, as the register has it: the scenario by its name, or, where
    the amount goes by the tier reached ("first time only"), the firm's tier."""
    assert award.organisation is not None
    what = award.title
    if scheme.fixed is not None and scheme.fixed.by:
        what = str(_facts(award).get(scheme.fixed.by) or "")
    return reward_key(scheme.programme, award.organisation.uscc, what or award.number)


def _filed(claim: Claim, award: Award, scheme: Scheme) -> Filed:
    """A reward as the register knows it: it rests on no papers, only on what is rewarded."""
    key = core.Key("reward", rewarded_for(scheme, award), claim.computed_fen)
    content = core.Claim(
        claim.number, claim.organisation.uscc, amount_fen=claim.computed_fen, keys=(key,)
    )
    return Filed(claim.number, claim.organisation, claim.programme, claim.year, content, totals={})


def _ready(scheme: Scheme, award: Award, now: dt.datetime) -> Claim | None:
    """A draft of the reward; None when there is nothing to pay or it was given before."""
    key = f"reward/{rewarded_for(scheme, award)}"
    given = grant(scheme, award.amount_fen, _facts(award), paid_fen=None)
    if not given.amount_fen or Claim.objects.filter(key=key).exists():
        return None
    assert award.organisation is not None
    claim = Claim(
        scheme=scheme.edition,
        programme=scheme.programme,
        year=award.application.round.year,
        organisation=award.organisation,
        payee=award.organisation,
        award=award,
        title=award.title[:120],
        account_name=award.organisation.name,
        computed_fen=min(given.amount_fen, award.amount_fen),
        calculation=_calculation(given.steps, given.amount_fen, award.amount_fen),
        key=key,
        created_at=now,
    )
    try:
        with transaction.atomic():
            event = begin(claim, by=SYSTEM, at=now)
            tell(
                claim,
                event,
                body=Text(
                    f"{award.number} 的奖补 {yuan(claim.computed_fen)} 元可以领取，"
                    "确认收款账户即可，不用另报材料。",
                    f"The reward of {award.number}, {yuan(claim.computed_fen)} yuan, is ready:"
                    " confirm your account; no papers are needed.",
                ),
            )
    except IntegrityError:
        return None
    return claim


def _calculation(steps: object, amount_fen: int, award_fen: int) -> dict[str, object]:
    assert isinstance(steps, tuple)
    shown: dict[str, object] = {
        "claimed_fen": award_fen,
        "counted_fen": award_fen,
        "amount_fen": min(amount_fen, award_fen),
        "paid_fen": None,
        "lines": [],
        "by_class": {},
        "steps": [
            {**one.text._asdict(), "before_fen": one.before_fen, "after_fen": one.after_fen}
            for one in steps
        ],
        "missing": [],
        "split": None,
    }
    return {"submitted": shown, "now": shown}


def confirm(
    claim: Claim,
    actor: Actor,
    *,
    account_number: str,
    bank_name: str,
    agreed_by: str,
    at: dt.datetime | None = None,
) -> Event:
    """Confirm the account for a reward, which goes to the province at once.

    Confirmed already, it is the event of that time. StepRefused when the award does not stand any
    more or something is missing; AlreadyClaimed when the same thing was rewarded before.
    """
    now = at or timezone.now()
    only_owner(claim, actor)
    scheme = scheme_of(claim.scheme)
    if claim.award is None or scheme.kind != "reward":
        raise StepRefused(
            Text(
                f"{claim.number} 不是奖补，请填写费用后提交。",
                f"{claim.number} is no reward; fill in its costs and submit.",
            )
        )
    try:
        with transaction.atomic():
            try:
                hold(claim, WRITABLE)
            except Moved:
                return handed_in(claim)
            number, bank = account_number.strip(), bank_name.strip()
            signed = agreed(agreed_by)
            refuse_sanctioned(claim.organisation, timezone.localdate(now))
            _stands(claim.award, number, bank)
            enter(claim, _filed(claim, claim.award, scheme), at=now)
            event = advance(
                claim, "confirm", by=actor, at=now,
                reasons={"award": claim.award.number, "computed_fen": claim.computed_fen},
                evidence={
                    "account_number": number, "bank_name": bank, "submitted_at": now,
                    "claimed_fen": claim.computed_fen, "counted_fen": claim.computed_fen,
                    "verdict": claim.award.application.verdict, "policy_digest": policy().digest,
                    "terms": [term._asdict() for term in scheme.sanction],
                    "agreed_by": signed, "agreed_at": now,
                },
            )  # fmt: skip
            tell(claim, event)
    except StepRefused:
        claim.refresh_from_db()
        raise
    return event


def _stands(award: Award, number: str, bank: str) -> None:
    award.refresh_from_db()
    if award.state not in HELD:
        raise StepRefused(
            Text(
                f"认定 {award.number} 现在是“{award.flow.state(award.state).public.zh}”，"
                "奖补不能领取。如有疑问请联系组织单位。",
                f"The award {award.number} is “{award.flow.state(award.state).public.en}”; its"
                " reward cannot be claimed.",
            )
        )
    if not (number.replace(" ", "").isalnum() and 6 <= len(number) <= 40 and bank):
        raise StepRefused(
            Text(
                f"收款账户“{number[:40]}”或开户银行“{bank[:40]}”没有填对：账户为 6 至 40 位数字，"
                "开户银行写到支行。请按开户许可证填写。",
                f"The account “{number[:40]}” or bank “{bank[:40]}” is not right: 6 to 40 digits,"
                " and the branch of the bank.",
            )
        )
