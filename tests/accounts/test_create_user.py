from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from dengta.accounts.actions import create_user
from dengta.accounts.models import User
from tests.cast import PASSWORD


def test_a_user_signs_in_with_the_password_and_not_with_another(db: None) -> None:
    user = create_user(username="wang", password=PASSWORD, display_name="王工")
    request = RequestFactory().post("/")
    assert authenticate(request, username="wang", password=PASSWORD) == user
    assert authenticate(request, username="wang", password="江岸") is None


def test_a_user_without_a_password_cannot_sign_in_with_any(db: None) -> None:
    user = create_user(username="sso", password=None)
    assert not user.has_usable_password()
    assert not user.check_password("")


def test_a_name_that_is_in_use_is_refused_and_the_first_user_stays(db: None) -> None:
    first = create_user(username="wang", password=PASSWORD, display_name="王工")
    with pytest.raises(IntegrityError), transaction.atomic():
        create_user(username="wang", password=PASSWORD, display_name="别的王工")
    assert list(User.objects.values_list("pk", "display_name")) == [(first.pk, "王工")]


def test_a_user_is_called_by_name_and_else_by_the_sign_in_name(db: None) -> None:
    assert str(create_user(username="wang", password=None, display_name="王工")) == "王工"
    assert str(create_user(username="li", password=None)) == "li"
