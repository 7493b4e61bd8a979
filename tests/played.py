"""The platform's settings for programs of their own beside the tests: only sign-in is cheaper."""

from __future__ import annotations

from dengta.settings import *  # noqa: F403

# As in tests/settings.py: with Argon2 a crowd of forty would spend its time on passwords.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
