"""Signs and ties are written: of a filing as it is entered, let go as it is released, and brought
to the state of the registry at night."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from django.db import connection, transaction

from dengta.core.signs import Sought, named_sign, signs_of, sought
from dengta.funding.models import Filing, PartyTie, ScreeningSign
from dengta.funding.queries.register import claim_of
from dengta.funding.queries.screening import By, accounts_filed, accounts_of, by_size
from dengta.funding.queries.signs import (
    OF_REGISTRY,
    Tie,
    employed,
    other_ties,
    scheme_of,
    sign_of,
    tie,
    ties_of_organisations,
    ties_there,
    to_sign,
)
from dengta.registry.models import Organisation

_SOME = 1_000


def sign(filing: Filing, by: By) -> Sought:
    """Write the signs of a filing as it is now, and what ties its parties; gives them. In the
    transaction that enters it."""
    if filing.signed_by:
        ScreeningSign.objects.filter(filing=filing).delete()
    (claim,) = by.telling([claim_of(filing)])
    signs, account = sought(claim, by.rules), _account(filing)
    _bring_ties({claim.claimant, *claim.suppliers}, account)
    _write([(filing.pk, *row) for row in signs.rows()]
           + [(filing.pk, _held(one), 0, 0) for one in account])  # fmt: skip
    filing.signed_by = scheme_of(by)
    Filing.objects.filter(pk=filing.pk).update(signed_by=filing.signed_by)
    return signs


def unsign(filing: Filing) -> None:
    """Take the signs of a filing away as it is released, and the tie of its account, unless
    another filing names that too."""
    for one in _account(filing):
        others = ScreeningSign.objects.filter(sign=_held(one)).exclude(filing=filing)
        if not others.exists():
            PartyTie.objects.filter(sign=sign_of(one), party=one[0]).delete()
    ScreeningSign.objects.filter(filing=filing).delete()
    Filing.objects.filter(pk=filing.pk).update(signed_by=0)


def sign_stale(by: By) -> int:
    """Write the signs of all live filings that have none by the rules of now; gives how many."""
    done = last = 0
    while ids := list(
        to_sign(by).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_SOME]
    ):
        last = ids[-1]
        with transaction.atomic():
            held = to_sign(by).select_for_update(no_key=True).filter(pk__in=ids)
            done += _sign_many(held.order_by("pk"), by)
    return done


def _sign_many(waiting: Iterable[Filing], by: By) -> int:
    filings = list(waiting)
    ids = [filing.pk for filing in filings]
    ScreeningSign.objects.filter(filing__in=[one.pk for one in filings if one.signed_by]).delete()
    claims = by.telling([claim_of(filing) for filing in filings])
    rows = [(ids[at], *row) for at, row in signs_of(claims, by.rules)]
    for pk, (party, number) in accounts_of(filings).items():
        if one := tie(party, "bank_account", number):
            rows.append((pk, _held(one), 0, 0))
    _write(rows)
    Filing.objects.filter(pk__in=ids).update(signed_by=scheme_of(by))
    return len(ids)


def _write(rows: Sequence[tuple[int, int, int, int]]) -> None:
    """Write signs. Past the ORM, which takes longer over twenty numbers than all else here."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(rows) > _SOME:
            with cursor.copy(_COPY) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(_INSERT, rows)


_INSERT = "INSERT INTO funding_screeningsign (filing_id, sign, mark, size) VALUES (%s, %s, %s, %s)"
_COPY = "COPY funding_screeningsign (filing_id, sign, mark, size) FROM STDIN"


# ---------------------------------------------------------------- what ties parties


def _account(filing: Filing) -> set[Tie]:
    """The account that a filing's matter is to be paid on, and whose it is."""
    pair = accounts_of([filing]).get(filing.pk)
    one = tie(pair[0], "bank_account", pair[1]) if pair else None
    return {one} if one else set()


def _held(one: Tie) -> int:
    """The sign of a filing that names an account."""
    return named_sign("account", one[0], one[2])


def _bring_ties(codes: Collection[str], account: Collection[Tie]) -> None:
    """Bring what some organisations have to what the registry says of them now."""
    said = ties_of_organisations(Organisation.objects.filter(uscc__in=codes)) | employed(codes)
    there = dict(ties_there(codes, (*OF_REGISTRY, "employer")))
    _change([pk for pk, one in there.items() if one not in said],
            said.difference(there.values()) | set(account))  # fmt: skip


def _change(gone: Collection[int], fresh: Iterable[Tie]) -> int:
    if gone:
        PartyTie.objects.filter(pk__in=gone).delete()
    rows = [PartyTie(party=one[0], kind=one[1], value=one[2], sign=sign_of(one))
            for one in sorted(fresh)]  # fmt: skip
    if rows:
        PartyTie.objects.bulk_create(rows, batch_size=_SOME, ignore_conflicts=True)
    return len(gone) + len(rows)


def refresh_ties() -> int:
    """Bring the ties of all parties to what the registry and the live filings say; gives how many
    were changed."""
    accounts: dict[str, set[Tie]] = {}
    for one in _accounts():
        accounts.setdefault(one[0], set()).add(one)
    changed = 0
    for codes in by_size(_SOME, other_ties(one for some in accounts.values() for one in some)):
        with transaction.atomic():
            rows = Organisation.objects.filter(uscc__in=codes)
            said = ties_of_organisations(rows).union(*(accounts.get(c, ()) for c in codes))
            there = dict(ties_there(codes, (*OF_REGISTRY, "bank_account")))
            changed += _change([pk for pk, one in there.items() if one not in said],
                               said.difference(there.values()))  # fmt: skip
    with transaction.atomic():
        said = employed()
        held = PartyTie.objects.filter(kind="employer").values_list("pk", "party", "kind", "value")
        there = {pk: (party, kind, value) for pk, party, kind, value in held}
        changed += _change([pk for pk, one in there.items() if one not in said],
                           said.difference(there.values()))  # fmt: skip
    return changed


def _accounts() -> Iterator[Tie]:
    """The accounts that live filings name."""
    for party, number in accounts_filed():
        if one := tie(party, "bank_account", number):
            yield one
