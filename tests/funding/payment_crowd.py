"""Real processes at one office's payments: `python -m tests.funding.payment_crowd`.

Two officials make a batch of the same claims, one result file is recorded by two at once, and a
process is killed in the middle of filling a large batch, of sending and of recording, again and
again at later statements, until one comes through. Then the first with its guard taken away, and
all deaths where nothing is held together. Prints JSON.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
from collections.abc import Callable
from typing import Any

import django

from tests.funding.crowd import fork, together

CLAIMS = 4
FOUND: list[Any] = []
"""What a process saw free before it acted."""


class Stage:
    """An office with two officials, and firms whose claims it approved."""

    def __init__(self) -> None:
        from tests.cast import Cast
        from tests.funding.payments_cast import colleague

        self.cast = Cast()
        self.officials = [self.cast.province, colleague(self.cast, self.cast.province)]

    def claims(self, count: int = CLAIMS) -> list[Any]:
        from tests.funding.payments_cast import approved

        return [approved(self.cast, self.cast.firm) for _ in range(count)]

    def free(self, claims: list[Any]) -> tuple[int, ...]:
        from dengta.funding.models import Instalment

        rows = Instalment.objects.filter(claim__in=claims)
        return tuple(rows.values_list("pk", flat=True))

    def two_batches(self) -> dict[str, Any]:
        """Two officials put the same claims into a batch each, both having seen them free."""
        from dengta.funding.actions import batches
        from dengta.funding.models import Instalment, Payment
        from dengta.funding.queries.payments import Choice
        from tests.cast import MOMENT

        claims = self.claims()
        before = Payment.objects.count()
        choice = Choice(instalments=self.free(claims))

        def look(worker: int) -> bool:
            FOUND[:] = free_ones("420000", choice)
            return len(FOUND) == CLAIMS

        outcomes = together(
            2, look,
            lambda n: batches.make(
                self.officials[n], choice, title="", key=f"k{before}", at=MOMENT
            ),
        )  # fmt: skip
        held = Instalment.objects.filter(claim__in=claims, payment__isnull=False)
        listed = Payment.objects.filter(state="listed", pk__gt=before).count()
        return {"outcomes": outcomes, "held": held.count(), "payments": listed}

    def sent(self, claims: list[Any]) -> Any:
        from tests.funding.payments_cast import sent

        return sent(self.cast, self.officials[0], instalments=self.free(claims))

    def one_file_twice(self) -> dict[str, Any]:
        """Two officials record the same file at once, each having uploaded it."""
        from dengta.funding.actions import results
        from tests.funding.payments_cast import answer, bad, good, payments_of

        batch = self.sent(self.claims())
        rows = [good(one) for one in payments_of(batch)[1:]] + [bad(payments_of(batch)[0])]
        files = [answer(*rows, by=self.officials[0]) for _ in range(2)]
        outcomes = together(
            2, lambda n: True, lambda n: results.record(batch, self.officials[n], files[n])
        )
        return {"outcomes": outcomes, **self.end(batch)}

    def one_return(self) -> dict[str, Any]:
        """Two officials record that a paid payment came back, by another slip each."""
        from dengta.funding.actions import late_returns, results
        from dengta.funding.models import Payment
        from dengta.ledger import queries as books
        from tests.funding.payments_cast import answer, good, payments_of

        batch = self.sent(self.claims(1))
        (payment,) = payments_of(batch)
        results.record(batch, self.officials[0], answer(good(payment), by=self.officials[0]))
        copies = [Payment.objects.get(pk=payment.pk) for _ in range(2)]
        outcomes = together(
            2, lambda n: copies[n].state == "paid",
            lambda n: late_returns.record_return(
                copies[n], self.officials[n], slip=f"TH{payment.pk}{n}", reason="销户"
            ),
        )  # fmt: skip
        back = [one for one in books.standings(payment.number) if one.kind == "refund"]
        return {"outcomes": outcomes, "returned": len(back)}

    def end(self, batch: Any) -> dict[str, Any]:
        """How a batch ended: states, rows, claims and what the bank paid for it."""
        from dengta.funding.models import BankResult, Payment, PaymentBatch
        from dengta.ledger.queries import posted_about
        from dengta.trail.models import Event

        payments = Payment.objects.filter(batch=batch).select_related("batch")
        booked = posted_about(one.number for one in payments)
        steps = Event.objects.filter(flow="payment", thing_id__in=[one.pk for one in payments])
        return {
            "batch": PaymentBatch.objects.get(pk=batch.pk).state,
            "payments": sorted(one.state for one in payments),
            "rows": BankResult.objects.filter(batch=batch).count(),
            "booked": len(booked),
            "steps": steps.filter(step__in=("pay", "bounce")).count(),
        }

    def killed_sending(self) -> dict[str, Any]:
        """Whoever sends is killed after the first statement, the next after the second, and so on;
        each time all must be as it was, until one is quick enough."""
        from dengta.funding.actions import batches
        from dengta.funding.models import Instalment, PaymentBatch
        from tests.funding.payments_cast import batch as make

        claims = self.claims(2)
        batch = make(self.cast, self.officials[0], instalments=self.free(claims))
        halves = 0

        def whole() -> bool:
            state = PaymentBatch.objects.get(pk=batch.pk).state
            settled = Instalment.objects.filter(claim__in=claims, settled_at__isnull=False).count()
            return (state, settled) in (("open", 0), ("sent", 2))

        def work() -> None:
            found = PaymentBatch.objects.get(pk=batch.pk)
            if found.state == "open":
                batches.send(found, self.officials[1])

        deaths = 0
        for last in itertools.count(0, 17):
            if not dies(work, last):
                break
            deaths += 1
            halves += not whole()
        return {"deaths": deaths > 1, "halves": halves, **self.end(batch)}

    def queued(self, count: int) -> tuple[Any, Callable[[], None]]:
        """A batch of many claims that waits to be filled, and whoever fills it, one by one."""
        from dengta.funding.actions import batch_jobs
        from dengta.funding.queries.payments import Choice, batch_job
        from dengta.trail.models import Job

        claims = self.claims(count)
        batch_jobs._many, batch_jobs.AT_ONCE = lambda count: True, 1
        choice = Choice(instalments=self.free(claims))
        batch = batch_jobs.make(self.officials[0], choice, title="", key=f"{claims[0]}").batch
        job = batch_job(batch)
        assert job is not None

        def work() -> None:
            Job.objects.filter(pk=job.pk, finished_at=None).update(started_at=None)
            batch_jobs.fill_batch.call(job.pk)

        return batch, work

    def killed_filling(self) -> dict[str, Any]:
        """Whoever fills a large batch is killed again and again; the next goes on with it."""
        batch, work = self.queued(3)
        deaths, halves = 0, 0
        for last in itertools.count(5, 11):
            if not dies(work, last):
                break
            deaths += 1
            halves += bool(unpaid(batch))
        return {"deaths": deaths > 1, "halves": halves, **self.end(batch)}

    def torn_filling(self) -> str:
        """What a death leaves where filling holds nothing together."""
        from dengta.funding.actions import batch_jobs, batches
        from tests.funding.killing import torn

        batch, work = self.queued(1)
        return torn(work, lambda: unpaid(batch), batches, batch_jobs, every=1)

    def torn_sending(self) -> str:
        """What a death leaves where sending holds nothing together."""
        from dengta.funding.actions import batches
        from dengta.funding.models import Instalment, PaymentBatch
        from tests.funding.killing import torn
        from tests.funding.payments_cast import batch as make

        claims = self.claims(2)
        batch = make(self.cast, self.officials[0], instalments=self.free(claims))

        def halves() -> str:
            state = PaymentBatch.objects.get(pk=batch.pk).state
            settled = Instalment.objects.filter(claim__in=claims, settled_at__isnull=False).count()
            return "" if (state, settled) in (("open", 0), ("sent", 2)) else f"{state}, {settled}"

        return torn(lambda: batches.send(batch, self.officials[1]), halves, batches)

    def torn_recording(self) -> str:
        """What a death leaves where recording holds nothing together."""
        from dengta.funding.actions import results
        from tests.funding.killing import torn
        from tests.funding.payments_cast import answer, good, payments_of

        batch = self.sent(self.claims(1))
        file = answer(*[good(one) for one in payments_of(batch)], by=self.officials[0])

        def halves() -> str:
            end = self.end(batch)
            sums = end["rows"], end["booked"], end["steps"]
            return "" if len(set(sums)) == 1 else str(sums)

        return torn(
            lambda: results.record(batch, self.officials[0], file), halves, results, every=1
        )

    def killed_recording(self) -> dict[str, Any]:
        """The same for whoever records a file, one row at a time."""
        from dengta.funding.actions import results
        from tests.funding.payments_cast import answer, bad, good, payments_of

        batch = self.sent(self.claims(3))
        rows = [good(one) for one in payments_of(batch)[1:]] + [bad(payments_of(batch)[0])]
        file = answer(*rows, by=self.officials[0])
        results.ROWS_AT_ONCE = 1
        deaths = 0
        for last in itertools.count(10, 45):
            if not dies(lambda: results.record(batch, self.officials[0], file), last):
                break
            deaths += 1
        return {"deaths": deaths > 1, **self.end(batch)}


def unpaid(batch: Any) -> str:
    """The payments of a batch that stand for nothing."""
    from dengta.funding.models import Payment

    rows = Payment.objects.filter(batch=batch, instalments=None).select_related("batch")
    return ", ".join(one.number for one in rows)


def dies(work: Callable[[], object], last: int) -> bool:
    """Whether a process of its own was killed after so many statements, before it was done."""
    from django.db import connection, connections

    def start() -> None:
        signal.alarm(60)  # a process that waits for ever is a failure, not a hang
        statements = itertools.count()

        def die(execute: Any, *arguments: Any) -> Any:
            result = execute(*arguments)
            if next(statements) == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        with connection.execute_wrapper(die):
            work()

    connections.close_all()
    process = fork.Process(target=start)
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0


def free_ones(region: str, choice: Any) -> list[Any]:
    """What an official sees free, without taking it."""
    from dengta.funding.queries.payments import ready

    rows = ready(region, choice)
    return list(rows.select_related("claim__organisation", "claim__payee"))


def careless() -> None:
    """Take the guards away: what was seen free is taken without another look."""
    from dengta.funding.actions import batches
    from dengta.funding.models import Instalment

    batches.free_instalments = lambda region, choice: list(FOUND)
    batches.take = lambda lines: Instalment.objects.bulk_update(lines, ["payment"])


def believing() -> None:
    """Take what holds a file's rows away: every row is new, as good as it was when it was sent, and
    nothing is compared before it is written."""
    from dengta.funding.actions import late_returns, paid_claims, results
    from dengta.funding.models import BankResult
    from tests.funding.crowd import careless_advance, without_constraint

    without_constraint(BankResult, "one_result_per_row")
    results.unknown_rows = lambda batch, source, rows: list(rows)
    results._cause = lambda *given: ""
    results.advance_many = careless_many  # type: ignore[assignment]
    paid_claims.advance_many = careless_many  # type: ignore[assignment]
    late_returns.advance = careless_advance  # type: ignore[assignment]


def careless_many(things: Any, step: str, **how: Any) -> list[Any]:
    """`advance_many` without its comparison."""
    from dengta.trail.models import Event

    events = []
    for thing in things:
        way, why = thing.flow.step(step), dict((how.get("reasons") or {}).get(thing.pk, {}))
        values = {"state": way.target, "state_since": how["at"], **dict(how.get("evidence") or {})}
        type(thing).objects.filter(pk=thing.pk).update(**values)
        events.append(
            Event.objects.create(
                flow=thing.flow.id, thing_id=thing.pk, step=step, to_state=way.target,
                role=how["by"].role, actor_name=how["by"].name, reasons=why, at=how["at"],
            )
        )  # fmt: skip
    return events


def main() -> None:
    """Play every scenario, then the negative controls, and print what was seen."""
    django.setup()
    from dengta.ledger import queries as books

    stage = Stage()
    seen: dict[str, Any] = {
        "two_batches": stage.two_batches(),
        "one_file_twice": stage.one_file_twice(),
        "one_return": stage.one_return(),
        "killed_filling": stage.killed_filling(),
        "killed_sending": stage.killed_sending(),
        "killed_recording": stage.killed_recording(),
    }
    seen["differences"] = [str(difference) for difference in books.recompute()]
    control: dict[str, Any] = {
        "killed_filling": stage.torn_filling(),
        "killed_sending": stage.torn_sending(),
        "killed_recording": stage.torn_recording(),
    }
    believing()
    control["one_file_twice"] = stage.one_file_twice()
    control["one_return"] = stage.one_return()
    careless()
    control["two_batches"] = stage.two_batches()
    print(json.dumps({"seen": seen, "control": control}, ensure_ascii=False))


if __name__ == "__main__":
    main()
