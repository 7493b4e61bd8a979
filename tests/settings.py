"""The platform's settings with a data folder of its own: tests never touch the data beside them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

os.environ["DENGTA_DATA"] = tempfile.mkdtemp(prefix="dengta-tests-")
os.environ["DENGTA_SECRET_KEY"] = "only-for-tests"
atexit.register(shutil.rmtree, os.environ["DENGTA_DATA"], ignore_errors=True)

from dengta.settings import *  # noqa: E402, F403
from dengta.settings import STATIC_ROOT  # noqa: E402

STATIC_ROOT.mkdir(parents=True)  # the server of static files warns of a folder that is absent

# One sign-in costs a tenth of a second with Argon2; what tests look at is who may sign in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
