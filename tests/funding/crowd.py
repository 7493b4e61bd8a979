"""Real processes at one voucher, one invoice, one pool: `python -m tests.funding.crowd`.

Every scenario is run twice: as the platform is, and as a negative control with the guard taken
away. Everybody looks first and acts once all have looked, which is the widest a race can be. Prints
what was seen as JSON. The database is that of DENGTA_DATABASE_URL; nobody else may be in it.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import get_context
from typing import Any

import django

WAN = 1_000_000
FIRMS = 20
AFFORDED = 10
"""How many of the firms' vouchers the pool can pay."""

fork = get_context("fork")
Look = Callable[[int], bool]
Act = Callable[[int], object]


def together(workers: int, look: Look, act: Act) -> list[str]:
    """Fork so many processes; whoever likes what it saw acts once all have looked.

    Returns for each what came of it: done, the name of the refusal, or idle.
    """
    from django.db import connections

    seen, outcomes = fork.Barrier(workers), fork.SimpleQueue()

    def work(worker: int) -> None:
        gc.disable()
        wanted = look(worker)
        connections.close_all()
        seen.wait()
        outcome = "idle"
        if wanted:
            try:
                act(worker)
                outcome = "done"
            except Exception as error:
                outcome = type(error).__name__
        outcomes.put(outcome)

    connections.close_all()
    gc.freeze()  # what is there is not looked through, and so not copied, by who is forked
    crowd = [fork.Process(target=work, args=(n,)) for n in range(workers)]
    for process in crowd:
        process.start()
    for process in crowd:
        process.join()
    return sorted(outcomes.get() for _ in crowd)


class Stage:
    """The cast and the scenarios that they play."""

    def __init__(self) -> None:
        from tests.cast import Cast

        self.cast = Cast()
        self.firms = [self.cast.enrol(f"firm-{n}") for n in range(FIRMS)]
        assert self.cast.supplier and self.cast.county and self.cast.city and self.cast.province

    def approved(self, firms: Sequence[Any], at: Any) -> list[Any]:
        """A voucher of 30,000 yuan for each firm that waits for the province."""
        return [
            self.cast.voucher("approved", firm, self.cast.invoice(day=at.date()), at=at)
            for firm in firms
        ]

    def one_invoice(self) -> dict[str, Any]:
        """Two firms hand in the same invoice at once, both having seen that it is free."""
        from dengta.funding.actions import vouchers as actions
        from dengta.funding.models import RegisterEntry
        from dengta.funding.queries import register
        from tests.cast import MOMENT

        line = self.cast.invoice()
        drafts = [self.cast.application(firm, line) for firm in self.firms[:2]]
        outcomes = together(
            2,
            lambda n: register.holder_of_entry("invoice", line.number) is None,
            lambda n: actions.submit(drafts[n], self.firms[n].actor, at=MOMENT),
        )
        live = RegisterEntry.objects.filter(kind="invoice", key=line.number, released_at=None)
        return {"outcomes": outcomes, "live": live.count(), **self.states(drafts)}

    def crossed_invoices(self) -> dict[str, Any]:
        """Two firms share two invoices and name them in opposite order, many times over."""
        from dengta.funding.actions import vouchers as actions
        from tests.cast import MOMENT

        outcomes: list[str] = []
        for _ in range(5):
            lines = [self.cast.invoice(), self.cast.invoice()]
            drafts = [
                self.cast.application(self.firms[2], *lines),
                self.cast.application(self.firms[3], *reversed(lines)),
            ]
            outcomes += together(
                2,
                lambda n: True,
                lambda n, drafts=drafts: actions.submit(  # type: ignore[misc]
                    drafts[n], self.firms[2 + n].actor, at=MOMENT
                ),
            )
        return {"outcomes": sorted(outcomes)}

    def typed_while_submitted(self) -> dict[str, Any]:
        """One device submits while another puts an invoice into the list that is taken."""
        from dengta.funding.actions import vouchers as actions
        from tests.cast import MOMENT
        from tests.funding.conftest import entries_of

        taken, firm = self.cast.invoice(), self.firms[4]
        self.cast.voucher("district_check", self.firms[5], taken)
        whole = []
        for _ in range(5):
            own = self.cast.invoice()
            draft = self.cast.application(firm, own)
            acts: list[Callable[[], object]] = [
                partial(actions.submit, draft, firm.actor, at=MOMENT),
                partial(actions.save_draft, draft, firm.actor, {}, [taken]),
            ]
            together(2, lambda n: True, lambda n, acts=acts: acts[n]())  # type: ignore[misc]
            draft.refresh_from_db()
            lines = {line.number for line in draft.invoices.all()}
            held = entries_of(draft).filter(released_at=None, kind="invoice")
            keys = set(held.values_list("key", flat=True))
            whole.append((draft.state == "draft" and not keys) or lines == keys == {own.number})
        return {"whole": whole}

    def one_voucher(self) -> dict[str, Any]:
        """Two officials issue the same voucher at once, both having seen it approved."""
        from dengta.funding.actions import vouchers as actions
        from dengta.funding.models import Voucher
        from dengta.ledger import queries as books
        from dengta.trail.models import Event
        from tests.cast import MOMENT

        actions.open_fund(2026, at=MOMENT)
        (voucher,) = self.approved(self.firms[6:7], MOMENT)
        copies = [Voucher.objects.get(pk=voucher.pk) for _ in range(2)]
        before = books.balance("pool/cloud-voucher-2026")
        outcomes = together(
            2,
            lambda n: Voucher.objects.get(pk=voucher.pk).state == "approved",
            lambda n: actions.issue(copies[n], self.cast.province, at=MOMENT),
        )
        after = books.balance("pool/cloud-voucher-2026")
        assert before is not None and after is not None
        events = Event.objects.filter(flow="voucher", thing_id=voucher.pk, step="issue")
        return {
            "outcomes": outcomes,
            "events": events.count(),
            "reserved": before.left_fen - after.left_fen,
        }

    def one_pool(self, year: int) -> dict[str, Any]:
        """As many issues at once as there are firms, from a pool that holds half of it."""
        from dengta.funding.actions import vouchers as actions
        from dengta.funding.queries import vouchers as queries
        from dengta.ledger import actions as ledger
        from tests.cast import MOMENT

        at = MOMENT.replace(year=year)
        vouchers = self.approved(self.firms, at)
        amount = vouchers[0].amount_fen
        found = queries.pool(year)
        assert found is not None
        ledger.open_account("elsewhere", "其他")
        spare = found.left_fen - AFFORDED * amount
        ledger.post(ledger.Entry(f"drain/{year}", f"pool/{found.fund.id}", "elsewhere", spare))

        def enough(worker: int) -> bool:
            pool = queries.pool(year)
            return pool is not None and pool.left_fen >= amount

        outcomes = together(
            FIRMS, enough, lambda n: actions.issue(vouchers[n], self.cast.province, at=at)
        )
        left = queries.pool(year)
        assert left is not None
        return {
            "outcomes": outcomes,
            "left": left.left_fen // amount,
            **self.states(vouchers),
        }

    def two_ticks(self) -> dict[str, Any]:
        """The nightly command is started twice at once."""
        from dengta.funding.actions.vouchers_redeeming import expire_due
        from dengta.funding.models import Voucher
        from dengta.trail.models import Event
        from tests.cast import DAY, ONE_DAY

        issued = Voucher.objects.filter(state="issued", year=2026).count()
        outcomes = together(2, lambda n: True, lambda n: expire_due(DAY + 400 * ONE_DAY))
        expired = Voucher.objects.filter(state="expired", year=2026).count()
        return {
            "outcomes": outcomes,
            "some": issued > 0,
            "all": issued == expired,
            "once": Event.objects.filter(step="expire").count() == expired,
        }

    def two_devices(self) -> dict[str, Any]:
        """A firm begins its assessment on two devices at once."""
        from dengta.assessment import actions, queries
        from dengta.assessment.models import Assessment
        from dengta.rights.actions import give_consent
        from tests.cast import MOMENT

        firm = next(f for f in self.firms if not _drafts(f))
        give_consent(firm.actor, "assessment", at=MOMENT)
        outcomes = together(
            2,
            lambda n: queries.draft_of(firm.organisation.pk) is None,
            lambda n: actions.start(firm.actor, at=MOMENT),
        )
        drafts = Assessment.objects.filter(organisation=firm.organisation, state="draft")
        return {"outcomes": outcomes, "drafts": drafts.count()}

    def one_code(self) -> dict[str, Any]:
        """Two people register the same firm at once."""
        from dengta.accounts.models import User
        from dengta.registry.actions import register

        form = self.cast.form()
        outcomes = together(
            2,
            lambda n: True,
            lambda n: register(form, username=f"clerk-{n}", password=None, year=2025),
        )
        return {
            "outcomes": outcomes,
            "users": User.objects.filter(username__startswith="clerk-").count(),
        }

    def states(self, vouchers: Sequence[Any]) -> dict[str, Any]:
        """The vouchers' states as the database has them."""
        from dengta.funding.models import Voucher

        rows = Voucher.objects.filter(pk__in=[v.pk for v in vouchers])
        return {"states": sorted(rows.values_list("state", flat=True))}


def _drafts(firm: Any) -> bool:
    from dengta.assessment.models import Assessment

    return Assessment.objects.filter(organisation=firm.organisation).exists()


def slow_to_act() -> None:
    """Let whoever begins an assessment wait between looking and acting: the window of a race."""
    from dengta.assessment import actions

    look = actions.draft_of

    def slow(*asked: Any) -> Any:
        found = look(*asked)
        time.sleep(0.5)
        return found

    actions.draft_of = slow  # type: ignore[assignment]


def without_constraint(model: Any, name: str) -> None:
    """Take a constraint out of the test database."""
    from django.db import connection

    constraint = next(c for c in model._meta.constraints if c.name == name)
    # SQLite makes the table anew, with whatever the model still has.
    model._meta.constraints = [c for c in model._meta.constraints if c.name != name]
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)


def careless_advance(thing: Any, step: str, **how: Any) -> Any:
    """`advance` as it would be without its comparison: what the copy remembers is believed."""
    from dengta.trail.actions import _write

    way, old, at = thing.flow.step(step), thing.state, how["at"]
    values = dict(how.get("evidence") or {})
    type(thing).objects.filter(pk=thing.pk).update(state=way.target, state_since=at, **values)
    thing.refresh_from_db()
    return _write(thing, step, old, how["by"], how.get("note", ""), {}, at)


def unguarded_pool(year: int) -> None:
    """Open the pool of a year as `open_fund` does, but for the guard on the pool itself."""
    from dengta.funding.models import Budget
    from dengta.funding.queries import budgets
    from dengta.funding.queries import vouchers as queries
    from dengta.ledger import actions as ledger
    from tests.cast import MOMENT

    fund = queries.fund_of(year)
    assert fund is not None
    ledger.open_account(queries.pool_code(fund), fund.name.zh)
    entry = ledger.Entry(
        f"appropriate/{fund.id}",
        budgets.TREASURY,
        queries.pool_code(fund),
        fund.pool_fen,
        about=fund.id,
    )
    ledger.post(entry)
    Budget.objects.create(
        fund=fund.id, programme=fund.programme, year=year, level="province", region_code="420000",
        code=queries.pool_code(fund), opened_at=MOMENT,
    )  # fmt: skip


def main() -> None:
    """Play every scenario, then every negative control, and print what was seen."""
    django.setup()
    from dengta.assessment.models import Assessment
    from dengta.funding.actions import register
    from dengta.funding.actions import vouchers as actions
    from dengta.funding.models import RegisterEntry
    from dengta.ledger import queries as books

    stage = Stage()
    seen: dict[str, Any] = {
        "one_voucher": stage.one_voucher(),
        "one_invoice": stage.one_invoice(),
        "crossed_invoices": stage.crossed_invoices(),
        "typed_while_submitted": stage.typed_while_submitted(),
        "two_devices": stage.two_devices(),
        "one_code": stage.one_code(),
        "one_pool": stage.one_pool(2026),
        "two_ticks": stage.two_ticks(),
    }
    seen["differences"] = [str(difference) for difference in books.recompute()]
    without_constraint(RegisterEntry, "nothing_claimed_twice")
    register._draw_invoices = lambda *given: None  # type: ignore[assignment]
    without_constraint(Assessment, "one_draft_per_instrument")
    slow_to_act()
    unguarded_pool(2025)
    control = {
        "one_invoice": stage.one_invoice(),
        "two_devices": stage.two_devices(),
        "one_pool": stage.one_pool(2025),
    }
    actions.advance = careless_advance  # type: ignore[assignment]
    control["one_voucher"] = stage.one_voucher()
    print(json.dumps({"seen": seen, "control": control}, ensure_ascii=False))


if __name__ == "__main__":
    main()
