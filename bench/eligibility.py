"""Row A: twenty programmes with all amounts over a million enterprises, beside OpenFisca.

Both sides have read their rules before the clock starts. The peer's money is float32 yuan (its only
decimal number) and its inputs are set beforehand, choices as integers; ours has its choices
encoded, as a table is when it is read, and builds its expressions within the time measured.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import Simulation, SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from bench import Side, compare
from bench.rules import (
    DEPTHS,
    RATES,
    SIZES,
    TERMS,
    Terms,
    enterprises,
    industry,
    policy,
    referee,
    small,
)
from dengta.core.population import Population

AS_OF = dt.date(2026, 6, 1)
PERIOD = "2026"
ROWS = 1_000_000

Formula = Callable[[Callable[[str], Any], Terms], tuple[Any, Any]]


def table(columns: dict[str, Any]) -> pl.DataFrame:
    """The population as `read_table` gives it: choices and codes encoded, money in 分."""
    frame = pl.DataFrame(
        {
            **{name: values for name, values in columns.items() if name not in ("size", "depth")},
            "size": np.asarray(SIZES)[columns["size"]],
            "depth": np.asarray(DEPTHS)[columns["depth"]],
            "division": [f"{n:02d}" for n in columns["division"]],
        }
    )
    return frame.with_columns(pl.col("size", "depth", "division").cast(pl.Categorical))


def _voucher(of: Callable[[str], Any], t: Terms) -> tuple[Any, Any]:
    who = small(of("size")) & industry(of("division")) & np.logical_not(of("supplier"))
    who &= (of("spend") >= t.floor_fen / 1000) & (of("used") < t.cap_fen / 100)
    rate = np.asarray(RATES, dtype=np.float32)[of("depth")] / 10_000
    return who, np.maximum(0, np.minimum(of("spend") * rate, t.cap_fen / 100 - of("used")))


def _research(of: Callable[[str], Any], t: Terms) -> tuple[Any, Any]:
    people, rd = of("employees"), of("rd")
    who = of("legal") & np.logical_not(of("violation")) & (people >= 20) & (people <= t.people)
    who &= (rd >= of("revenue") * (t.ratio_bps / 10_000)) & (rd >= t.floor_fen / 100)
    return who, np.minimum(rd * (t.share_bps / 10_000), t.cap_fen / 100)


def _upgrade(of: Callable[[str], Any], t: Terms) -> tuple[Any, Any]:
    who = (
        of("legal")
        & np.logical_not(of("violation"))
        & (of("years") >= 3)
        & (of("level") >= t.level)
    )
    spend, srdi = of("spend"), of("srdi")
    who &= of("debt") <= of("assets") * ((6000 + t.ratio_bps) / 10_000)
    who &= (spend >= t.floor_fen / 100) | (srdi & (spend >= t.floor_fen / 200))
    more = np.minimum(spend * ((t.share_bps + 500) / 10_000), t.cap_fen / 50)
    return who, np.where(srdi, more, np.minimum(spend * (t.share_bps / 10_000), t.cap_fen / 100))


def _award(of: Callable[[str], Any], t: Terms) -> tuple[Any, Any]:
    who = small(of("size")) & np.logical_not(of("violation")) & np.logical_not(of("supplier"))
    who &= of("revenue") >= of("previous") * ((10_000 + t.ratio_bps) / 10_000)
    who &= (of("level") >= t.level) & (of("employees") >= t.people // 10)
    level = of("level")
    amounts = [t.cap_fen / 100, t.cap_fen / 200]
    return who, np.select([level == 4, level == 3], amounts, t.floor_fen / 100)


class OpenFisca:
    """The peer: one entity, input variables, and for each programme who is eligible and for how
    much."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self.firm = build_entity(key="firm", plural="firms", label="", is_person=True)
        self.system = TaxBenefitSystem([self.firm])
        self.inputs = {
            name.removesuffix("_fen"): values / 100 if name.endswith("_fen") else values
            for name, values in columns.items()
        }
        for name, values in self.inputs.items():
            kind = {"b": bool, "f": float}.get(values.dtype.kind, int)
            self._add(name, kind, None)
        for kind, write in enumerate((_voucher, _research, _upgrade, _award)):
            for n, terms in enumerate(TERMS):
                self._programme(f"p{kind}{n}", write, terms)
        self.count = len(columns["employees"])
        self.simulation = self.fresh()

    def _add(self, name: str, kind: type, formula: Any) -> None:
        parts = {
            "value_type": kind,
            "entity": self.firm,
            "definition_period": DateUnit.YEAR,
            "label": name,
        }
        if formula is not None:
            parts["formula"] = formula
        self.system.add_variable(type(name, (Variable,), parts))

    def _programme(self, id: str, write: Formula, terms: Terms) -> None:
        def eligible(firm: Any, period: Any) -> Any:
            return write(lambda name: firm(name, period), terms)[0]

        def amount(firm: Any, period: Any) -> Any:
            who = firm(f"{id}_eligible", period)
            return np.where(who, write(lambda name: firm(name, period), terms)[1], 0)

        self._add(f"{id}_eligible", bool, eligible)
        self._add(f"{id}_amount", float, amount)

    def fresh(self) -> Simulation:
        """A simulation with its inputs set and nothing computed yet."""
        self.simulation = SimulationBuilder().build_default_simulation(self.system, self.count)
        for name, values in self.inputs.items():
            self.simulation.set_input(name, PERIOD, values)
        return self.simulation

    def work(self) -> dict[str, tuple[Any, Any]]:
        """Every programme."""
        calculate = self.simulation.calculate
        return {
            id: (calculate(f"{id}_eligible", PERIOD), calculate(f"{id}_amount", PERIOD))
            for id in (f"p{kind}{n}" for kind in range(4) for n in range(len(TERMS)))
        }


def run(rows: int = ROWS, rounds: int = 7) -> dict[str, Any]:
    """Ours must equal the exact referee; the peer must be within what float32 can hold."""
    columns = enterprises(rows)
    firms, truth = table(columns), referee(columns)
    population = Population(policy(), AS_OF)

    def ours() -> Any:
        return population.decide(firms, reasons=False).collect(engine="streaming")

    def same(got: pl.DataFrame, peer: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
        verdicts = off = 0
        for id, (who, fen) in truth.items():
            if not np.array_equal(got[f"{id}__eligible"].to_numpy(), who):
                raise SystemExit(f"{id}: verdicts differ from the referee; nothing is timed")
            if not np.array_equal(got[f"{id}__amount_fen"].to_numpy(), fen):
                raise SystemExit(f"{id}: amounts differ from the referee; nothing is timed")
            other, yuan = peer[id]
            verdicts += int((other != who).sum())
            both = other & who
            paid = np.round(yuan[both].astype(np.float64) * 100).astype(np.int64)
            if not np.allclose(paid, fen[both], rtol=1e-6, atol=50):
                raise SystemExit(f"{id}: the peer's amounts differ by more than float32")
            off += int(np.abs(paid - fen[both]).sum())
        if verdicts > len(truth) * rows // 100_000:
            raise SystemExit(f"{verdicts} of the peer's verdicts differ; nothing is timed")
        return {"ours": "exact", "peer_wrong_verdicts": verdicts, "peer_off_yuan": off // 100}

    openfisca = OpenFisca(columns)

    def fresh() -> None:
        openfisca.fresh()

    return compare(
        "A",
        Side("set engine (Polars, streaming)", ours),
        Side("openfisca-core", openfisca.work, fresh),
        same,
        size=rows,
        rounds=rounds,
    )
