"""Row D: the steps of an assessment by sixteen firms at once, on PostgreSQL, with the real server.

There is no peer: what counts is how long a person waits. Sixteen keep-alive connections, each a
firm of its own signed in, walk the national assessment without a pause for thought: what was chosen
is kept by itself (as the script does after each change), then "save and go on" is sent and the next
screen fetched. The server is `dengta run` as it is shipped, PostgreSQL is durable, and thousands of
other firms' answers lie in the tables. The first walk warms up and is not counted. In the end what
is on record of every firm must be what it sent last.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from html.parser import HTMLParser
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

from tests.postgres import cluster

CONNECTIONS = 16
WALKS = 3
OTHERS = 3_000
PATIENCE = 60
BOUNDARY = "--dengta-bench"

Taken = dict[str, list[float]]


class Seat(NamedTuple):
    """A signed-in firm and its draft."""

    session: str
    draft: int
    first: str


def run() -> dict[str, Any]:
    """Row D."""
    with (
        tempfile.TemporaryDirectory(prefix="dengta-bench-") as folder,
        cluster(durable=True) as url,
    ):
        os.environ |= {
            "DENGTA_DATABASE_URL": url,
            "DENGTA_DATA": folder,
            "DENGTA_SECRET_KEY": "only-for-the-benchmark",
            "DJANGO_SETTINGS_MODULE": "dengta.settings",
        }
        import django

        django.setup()
        from django.db import connections

        seats = _fill()
        connections.close_all()
        with _server() as (port, server), ThreadPoolExecutor(CONNECTIONS) as crowd:
            walkers = [Walker(port, seat, n) for n, seat in enumerate(seats)]
            list(crowd.map(Walker.walk, walkers))
            for walker in walkers:
                walker.taken.clear()
            begun, spent = time.perf_counter(), _processor_seconds(server)
            list(crowd.map(Walker.walk_on, walkers))
            seconds = time.perf_counter() - begun
            spent = _processor_seconds(server) - spent
        taken: Taken = defaultdict(list)
        for walker in walkers:
            for kind, times in walker.taken.items():
                taken[kind] += times
        kept = _compare(walkers)
    requests = sum(len(times) for kind, times in taken.items() if kind != "step")
    return {
        "row": "D",
        "ours": f"wizard, {CONNECTIONS} connections, PostgreSQL",
        "size": len(taken["step"]),
        "equal": kept,
        "requests_per_second": round(requests / seconds),
        "server_milliseconds_of_processor_per_request": round(1000 * spent / requests, 1),
        "milliseconds": {kind: _spread(times) for kind, times in taken.items()},
    }


def _spread(times: list[float]) -> dict[str, float]:
    times = sorted(times)
    return {
        "p50": round(statistics.median(times) * 1000, 1),
        "p99": round(times[len(times) * 99 // 100] * 1000, 1),
        "slowest": round(times[-1] * 1000, 1),
    }


# ---------------------------------------------------------------- what stands in the tables


def _fill() -> list[Seat]:
    """Sixteen firms with a draft and a session each, and others with many answers."""
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from dengta.accounts.models import User
    from dengta.assessment import actions, queries
    from dengta.rights.actions import give_consent
    from tests.cast import Cast

    call_command("migrate", verbosity=0, interactive=False)
    cast, seats = Cast(), []
    for n in range(CONNECTIONS):
        firm = cast.enrol(f"firm-{n}")
        give_consent(firm.actor, "assessment")
        draft = actions.start(firm.actor)
        client = Client()
        backend = "django.contrib.auth.backends.ModelBackend"
        client.force_login(User.objects.get(username=f"firm-{n}"), backend=backend)
        session = client.cookies["sessionid"].value
        seats.append(Seat(session, draft.pk, queries.item_ids(draft)[0]))
    _others(draft, queries.item_ids(draft))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    return seats


def _others(like: Any, items: list[str]) -> None:
    """Drafts of other firms with every item answered."""
    from django.utils import timezone

    from dengta.assessment.models import Answer, Assessment
    from dengta.core.codes import make_uscc
    from dengta.registry.models import Organisation

    now = timezone.now()
    firms = Organisation.objects.bulk_create(
        Organisation(
            uscc=make_uscc("420106", n), name=f"武昌机械 {n} 有限公司", kind="enterprise",
            region_code="420106", industry_code="36", size_class="small", created_at=now,
        )
        for n in range(OTHERS)
    )  # fmt: skip
    drafts = Assessment.objects.bulk_create(
        Assessment(
            organisation=firm, instrument=like.instrument, state=like.state, state_since=now,
            started_at=now,
        )
        for firm in firms
    )  # fmt: skip
    Answer.objects.bulk_create(
        (Answer(assessment=draft, item=item, value="1", at=now) for draft in drafts
         for item in items),
        batch_size=5_000,
    )  # fmt: skip


def _compare(walkers: list[Walker]) -> dict[str, int]:
    """What every firm sent last, against what is on record."""
    from dengta.assessment.models import Answer

    answers = 0
    for walker in walkers:
        rows = Answer.objects.filter(assessment_id=walker.seat.draft)
        kept = dict(rows.values_list("item", "value"))
        if kept != walker.sent:
            raise SystemExit(f"draft {walker.seat.draft}: {kept} on record, {walker.sent} sent")
        answers += len(kept)
    return {"firms": len(walkers), "answers": answers, "different": 0}


# ---------------------------------------------------------------- the server, and who walks


def _processor_seconds(group: int) -> float:
    """The processor time that a group of processes has used so far."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(fields[2]) == group:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def _server() -> Iterator[tuple[int, int]]:
    """The port of a running server, and its group of processes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "dengta", "run", "--no-demo", "--no-worker"]
    server = subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        end = time.monotonic() + PATIENCE
        while True:
            with suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/accessibility/").read()
                break
            if time.monotonic() > end or server.poll() is not None:
                raise SystemExit("the server does not answer")
            time.sleep(0.1)
        yield port, server.pid
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(PATIENCE)


class Screen(HTMLParser):
    """What a walker needs of a screen: the hidden fields, and what can be chosen."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.choices: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note inputs."""
        found = {name: value or "" for name, value in attrs}
        if tag != "input":
            return
        if found.get("name") in ("csrfmiddlewaretoken", "seen"):
            self.hidden[found["name"]] = found["value"]
        elif found.get("name") == "answer" and found["value"] not in ("", "NA"):
            self.choices.append(found["value"])


class Walker:
    """One firm at its connection."""

    def __init__(self, port: int, seat: Seat, seed: int) -> None:
        self.seat, self.chance = seat, random.Random(seed)
        self.connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.cookies = {"sessionid": seat.session}
        self.taken: Taken = defaultdict(list)
        self.sent: dict[str, str] = {}

    def walk_on(self) -> None:
        """All counted walks."""
        for _ in range(WALKS - 1):
            self.walk()

    def walk(self) -> None:
        """From the first item to the last."""
        self.connection.close()  # the server has, while others were still walking
        base = f"/enterprise/assessment/{self.seat.draft}/"
        path, text = f"{base}{self.seat.first}/", self._get(f"{base}{self.seat.first}/")
        while True:
            screen, item = Screen(text), path.removeprefix(base).strip("/")
            chosen = self.chance.choice(screen.choices)
            fields = screen.hidden | {"answer": chosen, "remark": ""}
            status, _, said = self._post("autosave", path, fields, {"X-Autosave": "1"})
            if status != 200:
                raise SystemExit(f"{path}: {status} {said[:300]}")
            self.sent[item] = chosen
            begun = time.perf_counter()
            fields["seen"] = json.loads(said)["seen"]
            status, path, said = self._post("keep", path, fields, {})
            if status != 302:
                raise SystemExit(f"{item}: {status} {said[:300]}")
            if path.endswith("/check/"):
                return
            text = self._get(path)
            self.taken["step"].append(time.perf_counter() - begun)

    def _get(self, path: str) -> str:
        status, _, text = self._ask("show", "GET", path, None, {})
        if status != 200:
            raise SystemExit(f"{path}: {status}")
        return text

    def _post(
        self, kind: str, path: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, str, str]:
        parts = "".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        body = f"{parts}--{BOUNDARY}--\r\n".encode()
        kind_of = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self._ask(kind, "POST", path, body, {**kind_of, **headers})

    def _ask(
        self, kind: str, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        begun = time.perf_counter()
        self.connection.request(method, path, body, {"Cookie": cookie, **headers})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        self.taken[kind].append(time.perf_counter() - begun)
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, answer.getheader("Location") or "", text
