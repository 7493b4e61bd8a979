"""Real processes at one invoice, contract, bank flow and serial number, at one invoice's total, and
at filings that look alike: `python -m tests.funding.register_crowd`.

As in `tests.funding.crowd`: everybody looks first and acts once all have looked; then the same with
the guards taken away. Prints what was seen as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import django

from tests.funding.crowd import careless_advance, together, without_constraint

FIRMS = 6
SAME = (
    "同时提交的云服务器租赁与全年运维服务",
    "数控机床联网改造及数据采集网关安装调试",
    "仓储管理系统条码扫描枪与货架标签打印",
    "能耗监测平台电表水表气表接入施工服务",
)
KINDS = ("invoice", "contract", "bank_flow", "serial", "reward")


class Stage:
    """Six firms, each with matters to file."""

    def __init__(self) -> None:
        from tests.cast import WAN, Cast
        from tests.funding.budgets_cast import allotted

        self.cast = Cast()
        self.firms = [self.cast.enrol(f"claimant-{n}") for n in range(FIRMS)]
        self.number = 26_990_000_000_000_000_000
        assert self.cast.county
        allotted(self.cast.province, 1_000 * WAN)

    def fresh(self) -> str:
        self.number += 1
        return str(self.number)

    def matters(self, count: int = FIRMS) -> list[Any]:
        from tests.funding.register_cast import matter

        return [matter(self.firms[n % FIRMS]) for n in range(count)]

    def at_once(self, acts: Sequence[Callable[[], object]]) -> list[str]:
        return together(len(acts), lambda n: True, lambda n: acts[n]())

    def one_entry(self, kind: str) -> dict[str, Any]:
        """Six firms file the same entry at once."""
        from dengta.core.claims import Key
        from dengta.funding.models import RegisterEntry
        from tests.cast import WAN
        from tests.funding.register_cast import file

        key = Key(kind, self.fresh(), WAN)  # type: ignore[arg-type]
        outcomes = self.at_once([partial(file, thing, key) for thing in self.matters()])
        live = RegisterEntry.objects.filter(kind=kind, key=key.key, released_at=None)
        return {"outcomes": outcomes, "live": live.count()}

    def one_total(self) -> dict[str, Any]:
        """The whole of an invoice against five lines of a quarter each."""
        from dengta.funding.models import Filing
        from tests.cast import WAN
        from tests.funding.register_cast import file, invoice

        number = self.fresh()
        things = self.matters()
        acts = [partial(file, things[0], invoice(number, 10 * WAN))]
        acts += [
            partial(file, thing, invoice(number, 10 * WAN // 4, str(line)))
            for line, thing in enumerate(things[1:], start=1)
        ]
        self.at_once(acts)
        live = Filing.objects.filter(thing_id__in=[thing.pk for thing in things])
        return {"full": sum(live.values_list("amount_fen", flat=True)) == 10 * WAN}

    def public(self, contract: bool = False) -> dict[str, Any]:
        """Three firms claim lines of an invoice, or by a contract of their own of one number, while
        a place books it as public expenditure, many times over."""
        from dengta.core.claim_keys import contract_key
        from dengta.core.codes import make_uscc
        from dengta.funding.actions import public_spending
        from dengta.funding.models import Filing, PublicExpense
        from tests.cast import DAY, WAN
        from tests.funding.budgets_cast import PILOT
        from tests.funding.register_cast import file, invoice
        from tests.funding.test_public_spending import proof

        outcomes, both, neither = set[str](), 0, 0
        evidence = proof(self.cast)
        for _ in range(5):
            number = self.fresh()
            things = self.matters(3)
            payee, named = make_uscc("420102", 77), f"HT{number}" if contract else ""
            spent = public_spending.Spent(
                "平台运营", "江城数服有限公司", payee, number, DAY, WAN, evidence, named
            )
            acts: list[Callable[[], object]] = [
                partial(file, thing, contracts=(contract_key(named, [payee]),))
                if contract
                else partial(file, thing, invoice(number, WAN, str(line)))
                for line, thing in enumerate(things, start=1)
            ]
            acts.append(partial(public_spending.record, self.cast.city, PILOT, spent, key=number))
            outcomes |= set(self.at_once(acts))
            paid = PublicExpense.objects.filter(invoice=number).exists()
            claimed = Filing.objects.filter(thing_id__in=[one.pk for one in things]).exists()
            both, neither = both + (paid and claimed), neither + (not paid and not claimed)
        others = outcomes - {"Moved", "done", "StepRefused"}
        return {"expected": sorted(others), "both": both, "neither": neither}

    def crossed(self) -> dict[str, Any]:
        """Two filings swap what they hold at the same moment, and two name the same in opposite
        order, many times over."""
        from dengta.core.claims import Key
        from tests.funding.register_cast import file, invoice

        outcomes: set[str] = set()
        twice = 0
        for _ in range(5):
            one, other = invoice(self.fresh(), 100), invoice(self.fresh(), 100)
            flow, serial = Key("bank_flow", self.fresh(), 0), Key("serial", self.fresh(), 0)
            things = self.matters(4)
            file(things[0], one, flow)
            file(things[1], other, serial)
            outcomes |= set(self.at_once([
                partial(file, things[0], other, serial), partial(file, things[1], one, flow),
                partial(file, things[2], one, other), partial(file, things[3], other, one),
            ]))  # fmt: skip
            twice += sum(self.live(key) > 1 for key in (one, other))
        others = outcomes - {"AlreadyClaimed", "Moved", "done", "StepRefused"}
        return {"expected": sorted(others), "twice": twice}

    def live(self, key: Any) -> int:
        """How many hold an entry."""
        from dengta.funding.models import RegisterEntry

        held = RegisterEntry.objects.filter(kind=key.kind, key=key.key, released_at=None)
        return held.count()

    def alike(self, nights: int = 2) -> dict[str, Any]:
        """Five firms file the same words at once while so many nightly passes run; some rounds of
        it, each with words of its own."""
        from dengta.funding.actions import screening
        from dengta.funding.models import Filing, Hit
        from tests.cast import MOMENT
        from tests.funding.register_cast import file

        outcomes, pairs = set[str](), list[int]()
        for words in SAME:
            things = self.matters(5)
            acts: list[Callable[[], object]] = [
                partial(file, one, texts=(words,)) for one in things
            ]
            acts += [partial(screening.nightly, at=MOMENT)] * nights
            outcomes |= set(self.at_once(acts))
            mine = Filing.objects.filter(thing_id__in=[thing.pk for thing in things])
            hits = Hit.objects.filter(filing__in=mine, other__in=mine, kind="text", state="open")
            pairs.append(hits.count())
        return {"outcomes": sorted(outcomes), "pairs": pairs}

    def decided(self) -> dict[str, Any]:
        """Two officials decide one hit at once, both having seen it open."""
        from dengta.funding.actions import hits
        from dengta.funding.models import Hit
        from dengta.trail.models import Event

        pk = Hit.objects.filter(state="open").order_by("pk")[0].pk
        copies = [Hit.objects.get(pk=pk) for _ in range(2)]
        acts = [
            partial(hits.dismiss, copies[0], self.cast.province, reason="不同。"),
            partial(hits.uphold, copies[1], self.cast.province, reason="相同。"),
        ]
        outcomes = self.at_once(acts)
        decisions = Event.objects.filter(flow="hit", thing_id=pk, step__in=("dismiss", "uphold"))
        return {"outcomes": outcomes, "events": decisions.count()}


def main() -> None:
    """Play every scenario, then the negative controls, and print what was seen."""
    django.setup()
    from django.db import connection

    from dengta.funding.actions import hits, public_spending, register, screening
    from dengta.funding.models import InvoiceCeiling, RegisterEntry

    stage = Stage()
    seen: dict[str, Any] = {
        "one_entry": {kind: stage.one_entry(kind) for kind in KINDS},
        "one_total": stage.one_total(),
        "crossed": stage.crossed(),
        "public": stage.public(),
        "public_contract": stage.public(contract=True),
        "alike": stage.alike(),
        "decided": stage.decided(),
    }
    hits.advance = careless_advance  # type: ignore[assignment]
    control: dict[str, Any] = {"decided": stage.decided()}
    without_constraint(RegisterEntry, "nothing_claimed_twice")
    control["one_entry"] = {"contract": stage.one_entry("contract")}
    without_constraint(InvoiceCeiling, "invoice_never_claimed_beyond_its_total")
    register._draw_invoices = lambda *given: None  # type: ignore[assignment]
    control["one_total"] = stage.one_total()
    control["crossed"] = stage.crossed()
    public_spending.hold_public = lambda *given: None  # type: ignore[assignment]
    control["public"] = stage.public()
    control["public_contract"] = stage.public(contract=True)
    screening._look_again = lambda *given: None  # type: ignore[assignment]
    control["alike"] = stage.alike(nights=0)
    print(
        json.dumps(
            {"vendor": connection.vendor, "seen": seen, "control": control}, ensure_ascii=False
        )
    )


if __name__ == "__main__":
    main()
