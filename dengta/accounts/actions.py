"""Writes of the accounts floor."""

from __future__ import annotations

from dengta.accounts.models import Post, User


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
