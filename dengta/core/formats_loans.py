"""`loans/<id>.toml`: one loan or fund product, the record it becomes, and what must hold of it."""

from __future__ import annotations

from typing import cast, get_args

from dengta.core.drafts import Draft, Row, in_force, optional_word, own_source, source, stem_of
from dengta.core.loans import Bank, LoanKind, LoanProduct, Rhythm
from dengta.core.proof import known, unique
from dengta.core.reading import STEM, Sheet, Table
from dengta.core.shapes import Text

KINDS: tuple[LoanKind, ...] = get_args(LoanKind)
RHYTHMS: tuple[Rhythm, ...] = get_args(Rhythm)
WHOSE = "uscc"
"""The fact without which a bank could not know whom a row is about."""


def read_loan(sheet: Sheet, draft: Draft) -> None:
    """One file; its name is the id."""
    root, stem = sheet.root, stem_of(sheet)
    product = LoanProduct(
        id=stem,
        name=root.text("name"),
        summary=root.text("summary"),
        kind=cast(LoanKind, root.choice("kind", KINDS) or "loan"),
        lead=root.text("lead"),
        source=source(root),
        in_force=in_force(root),
        programme=optional_word(root, "programme"),
        banks=tuple(_bank(table) for table in root.rows("bank")),
        least_fen=root.maybe("least_fen", 1),
        most_fen=root.maybe("most_fen", 1),
        pool_fen=root.maybe("pool_fen", 1),
        months=root.maybe("months", 1, 360),
        scope=root.words("scope") if "scope" in root else (),
        grant_months=root.integer("grant_months", 1, 36, default=12),
        rhythm=cast(Rhythm, root.choice("rhythm", RHYTHMS, "daily") or "daily"),
        county_days=root.maybe("county_days", 1, 99),
        city_days=root.maybe("city_days", 1, 99),
        answer_days=root.maybe("answer_days", 1, 99),
        measure=root.maybe("measure", 1, 999),
    )
    draft.loans.append(Row(root, product))


def _bank(table: Table) -> Bank:
    return Bank(table.word("id", pattern=STEM), table.text("name"), own_source(table))


def references(draft: Draft) -> None:
    """All checks of products."""
    facts = [row.record.id for row in draft.facts]
    unique(((row.table, row.record.id) for row in draft.loans), Text("产品", "product"))
    for row in draft.loans:
        _whole(row)
        _sums(row)
        _programme(row, draft)
        _scope(row, None if "facts.toml" in draft.lost else facts)
        banks = zip(row.table.rows("bank"), row.record.banks, strict=True)
        unique(((table, bank.id) for table, bank in banks), Text("银行", "bank"))
        _measure(row, draft)
    _same_banks(draft)


def _whole(row: Row[LoanProduct]) -> None:
    """A loan has clauses, banks and a scope; a fund has its size, and nothing of these."""
    table, product = row.table, row.record
    if not table.sound:
        return
    there = {
        "programme": bool(product.programme),
        "bank": bool(product.banks),
        "scope": bool(product.scope),
        "county_days": product.county_days is not None,
        "city_days": product.city_days is not None,
    }
    if product.kind == "loan":
        for key in (key for key, given in there.items() if not given):
            table.missing(key, "[[bank]]" if key == "bank" else f"{key} = …")
        return
    if product.pool_fen is None:
        table.missing("pool_fen", "pool_fen = …")
    for key in (key for key, given in there.items() if given):
        table.fault(
            key,
            Text(f"基金不经白名单，没有 {key}", f"a fund has no white list, hence no {key}"),
            Text("请删去，或把 kind 改为 loan", "remove it, or make the kind loan"),
        )


def _sums(row: Row[LoanProduct]) -> None:
    """The least sum is at most the most."""
    table, product = row.table, row.record
    if product.least_fen and product.most_fen and product.least_fen > product.most_fen:
        table.fault(
            "least_fen",
            Text(
                f"least_fen {product.least_fen} 大于 most_fen {product.most_fen}",
                f"least_fen {product.least_fen} is above most_fen {product.most_fen}",
            ),
            Text("请核对两个金额（单位：分）", "check both amounts (in fen)"),
        )


def _programme(row: Row[LoanProduct], draft: Draft) -> None:
    """The programme is there, and is one of finance."""
    table, product = row.table, row.record
    if not product.programme or "programmes" in draft.lost:
        return
    kinds = {each.record.id: each.record.kind for each in draft.programmes}
    word = Text("遴选事项", "programme")
    if known(table, "programme", product.programme, sorted(kinds), word) and (
        kinds[product.programme] != "finance"
    ):
        table.fault(
            "programme",
            Text(
                f"{product.programme} 不是融资事项",
                f"{product.programme} is no programme of finance",
            ),
            Text("请指向 kind 为 finance 的事项", "name one of kind finance"),
        )


def _scope(row: Row[LoanProduct], facts: list[str] | None) -> None:
    """Facts that exist, each once, the firm's code among them."""
    table, scope = row.table, row.record.scope
    for at, fact in enumerate(scope):
        if facts is not None:
            known(table, ("scope", at), fact, facts, Text("事实", "fact"))
        if fact in scope[:at]:
            table.fault(
                ("scope", at),
                Text(f"{fact} 写了两次", f"{fact} is written twice"),
                Text("请删去其中一处", "remove one of them"),
            )
    if scope and WHOSE not in scope:
        table.fault(
            "scope",
            Text(f"授权范围里没有 {WHOSE}，银行认不出是哪家企业", f"{WHOSE} is not in the scope"),
            Text(f"请加上 {WHOSE}", f"add {WHOSE}"),
        )


def _measure(row: Row[LoanProduct], draft: Draft) -> None:
    numbers = {measure.number for plan in draft.plans for measure in plan.record.measures}
    measure = row.record.measure
    if measure is not None and measure not in numbers and "plans" not in draft.lost:
        row.table.fault(
            "measure",
            Text(f"没有编号为 {measure} 的举措", f"there is no measure {measure}"),
            Text("请核对 plans/ 中的 number", "check number in plans/"),
        )


def _same_banks(draft: Draft) -> None:
    """A bank has one name in all products, since authorisations go by its id."""
    names: dict[str, Text] = {}
    for row in draft.loans:
        for table, bank in zip(row.table.rows("bank"), row.record.banks, strict=True):
            first = names.setdefault(bank.id, bank.name)
            if bank.id and table.sound and first != bank.name:
                table.fault(
                    "name",
                    Text(
                        f"银行 {bank.id} 在别处名为 {first.zh}",
                        f"bank {bank.id} is called {first.en} elsewhere",
                    ),
                    Text("同一编号请用同一名称", "one id, one name"),
                )
