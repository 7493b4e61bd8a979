"""A small province in a data folder of its own, served as `make run` serves it.

    python -m tests.journeys.province fill     migrations, policy, a few dozen enterprises
    python -m tests.journeys.province whole    the same with all the enterprises of the demo
    python -m tests.journeys.province texts    every text in the tables, as a JSON list
    python -m tests.journeys.province published  the newest publicity of an acceptance is over
    python -m tests.journeys.province passes   sessions of those who sign in, as a JSON object

The folder is DENGTA_DATA, or the database DENGTA_DATABASE_URL. Pages are all that journeys see of
it: the server is another process, so what a test reads has gone through the whole house.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests import templates
from tests.demo.digest import make_small
from tests.house.languages import chinese_in_english

ROOT = Path(__file__).resolve().parents[2]
OTHER_PROVIDERS = ("provider-02", "provider-04")
"""Two more who may quote, beside the one that is printed."""
SUPERVISOR = "provider-03"
"""Who was admitted to supervise."""
PATIENCE = 60
PASSES = 40


@dataclass(slots=True)
class Site:
    """A running platform; `texts` is every text in its tables when they were last read, `passes`
    the sessions of each sign-in that nobody has used yet."""

    url: str
    environment: Mapping[str, str]
    passes: Mapping[str, list[str]] = field(default_factory=dict)
    texts: str = ""

    def foreign(self, page: str) -> list[str]:
        """Chinese on an English page that nobody wrote as a name, an address or a note."""
        leaks = chinese_in_english(page, self.texts)
        if leaks:  # perhaps written since
            said = run_python(self.environment, "-m", "tests.journeys.province", "texts")
            self.texts = "\n".join(json.loads(said))
            leaks = chinese_in_english(page, self.texts)
        return sorted(set(leaks))


@contextlib.contextmanager
def running(*, whole: bool = False) -> Iterator[Site]:
    """Fill a province and serve it; both are gone afterwards. `whole`: as large as the demo."""
    with tempfile.TemporaryDirectory(prefix="dengta-journeys-") as folder, _database() as database:
        environment = {key: value for key, value in os.environ.items() if "DJANGO" not in key}
        environment |= {"DENGTA_DATA": folder, "DENGTA_SECRET_KEY": "only-for-tests", **database}
        _filled(environment, Path(folder), whole=whole)
        passes = json.loads(run_python(environment, "-m", "tests.journeys.province", "passes"))
        port = _free_port()
        command = ["-m", "dengta", "run", "--port", str(port), "--workers", "1"]
        with (Path(folder) / "log").open("w+", encoding="utf-8") as log:
            server = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
            try:
                site = Site(f"http://127.0.0.1:{port}", environment, passes)
                _wait(site.url, server, Path(log.name))
                yield site
            finally:
                os.killpg(server.pid, signal.SIGTERM)
                server.wait(PATIENCE)


def _filled(environment: Mapping[str, str], folder: Path, *, whole: bool) -> None:
    """Fill a province; a small one on SQLite is filled once in a run and copied."""
    if whole or environment["DENGTA_DATABASE_URL"]:
        if not environment["DENGTA_DATABASE_URL"]:
            shutil.copyfile(templates.migrated_file(), folder / "dengta.sqlite3")
        what = "whole" if whole else "fill"
        run_python(environment, "-m", "tests.journeys.province", what)
    else:
        shutil.copytree(small(), folder, dirs_exist_ok=True)


def small() -> Path:
    """The data folder of a small province on SQLite, and in it `made.json`: what it consists of, as
    tests.demo.digest tells it, populated under one order of Python's sets."""

    def make(folder: Path) -> None:
        shutil.copyfile(templates.migrated_file(), folder / "dengta.sqlite3")
        environment = {
            **os.environ, "DENGTA_DATA": str(folder), "DENGTA_DATABASE_URL": "",
            "DENGTA_SECRET_KEY": "only-for-tests", "DJANGO_SETTINGS_MODULE": "dengta.settings",
            "PYTHONHASHSEED": "1",
        }  # fmt: skip
        (folder / "made.json").write_text(run_python(environment, "-m", "tests.demo.digest"))

    return templates.once("province", make)


@contextlib.contextmanager
def _database() -> Iterator[dict[str, str]]:
    """On PostgreSQL a database of its own beside the given one; on SQLite a file."""
    url = os.environ.get("DENGTA_DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {"DENGTA_DATABASE_URL": ""}
        return
    import psycopg

    name = f"journeys_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield {"DENGTA_DATABASE_URL": urlsplit(url)._replace(path=f"/{name}").geturl()}
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run_python(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until the front page answers. RuntimeError with what the server said if it does not."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            with urllib.request.urlopen(f"{url}/accessibility/", timeout=PATIENCE) as answer:
                answer.read()
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server does not answer:\n{log.read_text(encoding='utf-8')}")


def _fill() -> None:
    make_small()
    _whole()


def _whole() -> None:
    from django.core.management import call_command

    from dengta import demo

    call_command("migrate", verbosity=0, interactive=False)
    demo.populate()


def _passes() -> None:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from dengta.accounts.models import User
    from dengta.demo import SIGN_INS

    found: dict[str, list[str]] = {}
    names = [*(each.username for each in SIGN_INS), *OTHER_PROVIDERS, SUPERVISOR]
    for user in User.objects.filter(username__in=names):
        for _ in range(PASSES):
            session = SessionStore()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.create()
            found.setdefault(user.username, []).append(session.session_key)
    print(json.dumps(found))


def _published() -> None:
    """The newest publicity has lasted a fortnight: the days of its term go by at once."""
    import datetime as dt

    from django.db.models import F

    from dengta.projects.models import Acceptance

    gone = dt.timedelta(days=14)
    newest = Acceptance.objects.filter(state="publicity").order_by("-pk").values("pk")[:1]
    Acceptance.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).update(
        publicity_from=F("publicity_from") - gone, publicity_until=F("publicity_until") - gone
    )


def _texts() -> None:
    from django.apps import apps
    from django.db import models

    found: set[str] = set()
    for model in apps.get_models():
        if model.__module__.startswith("dengta."):
            names = [field.name for field in model._meta.local_fields
                     if isinstance(field, models.CharField | models.TextField)]  # fmt: skip
            for row in model._default_manager.values_list(*names):
                found.update(str(value) for value in row if value)
    print(json.dumps(sorted(found)))


def main(what: str) -> None:
    """Run inside Django, on the data folder of the environment."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "dengta.settings"
    django.setup()
    {"fill": _fill, "whole": _whole, "texts": _texts, "passes": _passes, "published": _published}[
        what
    ]()


if __name__ == "__main__":
    main(sys.argv[1])
