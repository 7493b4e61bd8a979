from __future__ import annotations

import hashlib

import pytest
from django.db import IntegrityError, transaction

from dengta.accounts.actions import TokenRefused, create_token, revoke_token, use_token
from dengta.accounts.models import Token
from dengta.accounts.queries import tokens_of
from tests.cast import MOMENT, ONE_DAY, Cast


def test_only_the_fingerprint_of_a_secret_is_kept(cast: Cast) -> None:
    token, secret = create_token(cast.city, "市平台", 90, at=MOMENT)
    assert token.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert token.expires_at == MOMENT + 90 * ONE_DAY
    assert secret.startswith("dengta_") and len(secret) > 40


@pytest.mark.parametrize(
    ("name", "days", "field"),
    [("", 30, "name"), ("x" * 81, 30, "name"), ("a", 0, "days"), ("a", 367, "days")],
)
def test_what_cannot_be_is_refused_by_field(cast: Cast, name: str, days: int, field: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        create_token(cast.city, name, days)
    assert refused.value.field == field
    assert not Token.objects.exists()


def test_the_same_name_twice_is_one_token(cast: Cast) -> None:
    token, _ = create_token(cast.city, "市平台", 90)
    with pytest.raises(TokenRefused, match="您已有名为“市平台”的令牌"):
        create_token(cast.city, " 市平台 ", 90)
    assert list(tokens_of(cast.city)) == [token]
    create_token(cast.province, "市平台", 90)
    revoke_token(cast.city, token.pk)
    create_token(cast.city, "市平台", 90)


def test_only_ones_own_token_can_be_revoked(cast: Cast) -> None:
    token, secret = create_token(cast.city, "市平台", 90)
    assert not revoke_token(cast.province, token.pk)
    assert use_token(secret) is not None
    assert revoke_token(cast.city, token.pk)
    assert not revoke_token(cast.city, token.pk)
    assert use_token(secret) is None


def test_the_last_use_is_noted_but_not_with_every_request(cast: Cast) -> None:
    token, secret = create_token(cast.city, "市平台", 90, at=MOMENT)
    for hours in (1, 2):
        use_token(secret, at=MOMENT + hours * ONE_DAY / 24)
        token.refresh_from_db()
        assert token.used_at == MOMENT + hours * ONE_DAY / 24
    use_token(secret, at=MOMENT + 2 * ONE_DAY / 24 + ONE_DAY / 24 / 60)
    token.refresh_from_db()
    assert token.used_at == MOMENT + 2 * ONE_DAY / 24


def test_a_token_that_ends_before_it_begins_cannot_be_written(cast: Cast) -> None:
    token, _ = create_token(cast.city, "市平台", 90, at=MOMENT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Token.objects.filter(pk=token.pk).update(expires_at=MOMENT - ONE_DAY)
