"""Writes of the accounts floor."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from dengta.accounts.models import Post, Token, User
from dengta.accounts.queries import Actor
from dengta.core.shapes import Text

_SEEN_AGAIN = dt.timedelta(minutes=5)
"""How old the note of a token's last use may be before it is written anew."""


def create_user(
    *, username: str, password: str | None, display_name: str = "", phone: str = ""
) -> User:
    """A new user; without a password only single sign-on lets them in. IntegrityError if the
    name is taken."""
    return User.objects.create_user(
        username=username, password=password, display_name=display_name, phone=phone
    )


def give_post(user: User, *, role: str, region_code: str, office: str) -> Post:
    """Put a user at a desk; the same desk twice is one."""
    post, _ = Post.objects.get_or_create(
        user=user, role=role, region_code=region_code, defaults={"office": office}
    )
    return post


class TokenRefused(Exception):
    """A token that cannot be made; `field` and `text` say what and how to mend it."""

    def __init__(self, field: str, text: Text) -> None:
        super().__init__(text.zh)
        self.field, self.text = field, text


def create_token(
    actor: Actor, name: str, days: int, *, at: dt.datetime | None = None
) -> tuple[Token, str]:
    """A token by which a program acts as this person, and its secret, which is kept nowhere: it
    can be shown now and never again. TokenRefused for a name in use and a term out of bounds."""
    now, name = at or timezone.now(), " ".join(name.split())
    most = settings.TOKEN_DAYS_MOST
    if not 1 <= len(name) <= 80:
        raise TokenRefused(
            "name",
            Text(
                "请写明令牌给哪个程序用，最多 80 个字。",
                "Say which program the token is for, in 80 characters at most.",
            ),
        )
    if not 1 <= days <= most:
        raise TokenRefused(
            "days",
            Text(
                f"有效期 {days} 天不行，请填 1 至 {most} 天。到期前可以再建一个接替。",
                f"{days} days cannot be; write 1 to {most}. Another can follow before it ends.",
            ),
        )
    secret = f"dengta_{secrets.token_urlsafe(32)}"
    try:
        with transaction.atomic():
            token = Token.objects.create(
                user_id=actor.user_id,
                name=name,
                digest=_digest(secret),
                created_at=now,
                expires_at=now + dt.timedelta(days=days),
            )
    except IntegrityError as taken:
        raise TokenRefused(
            "name",
            Text(
                f"您已有名为“{name}”的令牌。密钥只显示一次，没有保存的话请撤回后重建。",
                f"You have a token named “{name}”. Its secret is shown once; if it was not saved, "
                "revoke it and make another.",
            ),
        ) from taken
    return token, secret


def revoke_token(actor: Actor, pk: int) -> bool:
    """End one of one's own tokens at once; False when there is none that lives."""
    mine: models.QuerySet[Token] = Token.objects.filter(
        pk=pk, user_id=actor.user_id, revoked_at=None
    )
    return bool(mine.update(revoked_at=timezone.now()))


def use_token(secret: str, *, at: dt.datetime | None = None) -> Token | None:
    """The live token of a secret, its use noted; None for any other secret, a token that was
    revoked or has expired, and a person who may no longer sign in."""
    now = at or timezone.now()
    token = (
        Token.objects.select_related("user")
        .filter(digest=_digest(secret), revoked_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
    if token is not None and (token.used_at is None or token.used_at < now - _SEEN_AGAIN):
        Token.objects.filter(pk=token.pk).update(used_at=now)
    return token


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
