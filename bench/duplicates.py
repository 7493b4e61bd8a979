"""Row G: claims that look like one another, over a million lines.

Links and components: owners who share a value, and who belongs together through them; the peers are
Polars' own join with SciPy's components, and Splink on DuckDB, linking by the equal value and
clustering. All three must put every owner into the same group.

Near-same text: seeded cost lines of 10 to 200 signs, mostly Chinese, one in twelve a copy with a
number, a sign or a word changed. The peer is datasketch, MinHash and LSH as its documentation shows
(128 orders), on fewer lines because a million take it minutes. Both are held against all pairs that
there are, found by a sparse product; of what LSH proposes only what is alike enough counts.

One claim, and all of them from the tables, are in `bench.register`.
"""

from __future__ import annotations

import os
import random
import re
import statistics
import time
from typing import Any

import numpy as np
import polars as pl

from bench import Side, compare
from dengta.core.near_text import near_pairs
from dengta.core.relations import components, linked
from dengta.core.shingles import sets_of, signatures

SIZE = int(os.environ.get("DENGTA_BENCH_LINES", "1000000"))
PEER_SIZE = min(20_000, SIZE)
LEAST_BPS = 8_000
_Array = np.ndarray[Any, Any]


def run() -> list[dict[str, Any]]:
    """Links and components beside two peers, near-same text beside one and alone."""
    return [*_links(), _near_same(), _near_same_alone()]


# ---------------------------------------------------------------- links and components


def _links() -> list[dict[str, Any]]:
    """A million owners, one in fifteen with the account of another."""
    chance = random.Random(2026)
    values = [f"42{chance.randrange(15 * SIZE):017}" for _ in range(SIZE)]
    owners = pl.Series("owner", range(SIZE))
    held = pl.Series("value", values)

    def ours() -> _Array:
        return components(SIZE, *linked(owners, held, SIZE))

    def same(mine: _Array, theirs: _Array) -> dict[str, Any]:
        least = np.full(SIZE, SIZE)
        np.minimum.at(least, theirs, np.arange(SIZE))
        assert np.array_equal(mine, least[theirs])
        return {"groups of several": int((np.bincount(mine, minlength=SIZE) > 1).sum())}

    table = pl.DataFrame({"unique_id": owners, "value": held}).to_arrow()
    us = Side("linked, components", ours)
    return [
        compare("G. links and components", us,
                Side("polars join, scipy components", lambda: joined(owners, held)), same,
                size=SIZE),
        compare("G. links and components, splink", us,
                Side("splink", lambda: clustered(table)), same, size=SIZE),
    ]  # fmt: skip


def joined(owners: pl.Series, values: pl.Series) -> _Array:
    """Owners of an equal value joined, and the components of all pairs."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    frame = pl.LazyFrame({"owner": owners, "value": values})
    pairs = (
        frame.join(frame, on="value", suffix="_other")
        .filter(pl.col("owner") < pl.col("owner_other"))
        .collect()
    )
    one, other = pairs["owner"].to_numpy(), pairs["owner_other"].to_numpy()
    graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(len(owners), len(owners)))
    return np.asarray(connected_components(graph, directed=False)[1])


def clustered(table: Any) -> _Array:
    """The same by Splink, as its documentation links by a rule that is strict enough."""
    import logging

    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = SettingsCreator(
        link_type="dedupe_only", blocking_rules_to_generate_predictions=[block_on("value")]
    )
    linker = Linker(DuckDBAPI().register(table), settings, log_level=40)
    pairs = linker.inference.deterministic_link()
    groups = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs)
    found = groups.as_duckdbpyrelation().select("unique_id, cluster_id").fetchnumpy()
    label = np.empty(len(found["unique_id"]), np.int64)
    label[found["unique_id"]] = found["cluster_id"]
    return label


# ---------------------------------------------------------------- near-same text


def lines(count: int, seed: int = 2026) -> list[str]:
    """Cost lines as invoices have them."""
    chance = random.Random(seed)
    signs = [chr(chance.randrange(0x4E00, 0x9000)) for _ in range(2_500)]

    def words(many: int, shortest: int, longest: int) -> list[str]:
        return ["".join(chance.choices(signs, k=chance.randint(shortest, longest)))
                for _ in range(many)]  # fmt: skip

    products, features, firms = words(4_000, 3, 7), words(1_500, 2, 5), words(60_000, 4, 9)
    found: list[str] = []
    while len(found) < count:
        if found and chance.randrange(12) == 0:
            text = _copied(chance.choice(found), chance, signs)
        else:
            product = products[min(int(chance.expovariate(1 / 600)), 3_999)]
            text = chance.choice(_FORMS).format(
                p=product, f=chance.choice(firms), x=chance.sample(features, 9),
                q=f"{chance.randint(1, 99)}{chance.choice('台套个年')}",
                m=f"{chance.choice(['DL', 'R', 'X', 'TS'])}{chance.randrange(100, 999)}",
            )  # fmt: skip
        if 10 <= len(text) <= 200:
            found.append(text)
    return found


_FORMS = (
    "*信息技术服务*{p}软件服务费", "{p}系统采购与安装 {q}", "{f}{p}平台年度订阅服务",
    "为{f}提供{p}实施服务，含{x[0]}", "{p}（{x[0]}、{x[1]}、{x[2]}模块）{q}",
    "云服务器租赁费：{p}，{x[0]}，规格{q}，服务对象{f}",
    "购置{p}设备 {m} {q}，用于{x[0]}及{x[1]}，安装于{f}",
    "根据合同约定向{f}交付{p}，包括{x[0]}、{x[1]}、{x[2]}、{x[3]}、{x[4]}、{x[5]}等功能模块的开发、"
    "部署、调试、培训以及{x[6]}，{x[7]}，{x[8]}，验收合格后一年内免费维护，型号{m}，数量{q}",
)  # fmt: skip


def _copied(text: str, chance: random.Random, signs: list[str]) -> str:
    place = chance.randrange(len(text))
    match chance.randrange(4):
        case 0:
            return re.sub(r"\d+", lambda _: str(chance.randrange(1, 99)), text)
        case 1:
            return text[:place] + chance.choice(signs) + text[place + 1 :]
        case 2:
            return text[:place] + "".join(chance.choices(signs, k=2)) + text[place:]
    return text


def rows_of(texts: list[str]) -> list[str]:
    """One text of each wording."""
    _, first = np.unique(signatures(sets_of(texts)), return_index=True)
    return [texts[at] for at in first.tolist()]


Pairs = set[tuple[int, int]]


def ours(texts: list[str]) -> Pairs:
    """Pairs of texts by `near_pairs`, which numbers rows by wording."""
    rows, near = near_pairs(texts, LEAST_BPS)
    place = np.argsort(rows)
    ends = np.sort(np.stack((place[near.left], place[near.right])), axis=0)
    return set(zip(*ends.tolist(), strict=True))


def sketched(texts: list[str]) -> Pairs:
    """Pairs by datasketch, of which those that are alike enough are kept."""
    from datasketch import MinHash, MinHashLSH

    sets = sets_of(texts)
    shingles = [frozenset(sets.of(row).tolist()) for row in range(len(sets))]
    lsh = MinHashLSH(threshold=LEAST_BPS / 10_000, num_perm=128)
    found: Pairs = set()
    for row, one in enumerate(shingles):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([shingle.to_bytes(4, "little") for shingle in one])
        for other in lsh.query(sketch):
            both = len(one & shingles[other])
            if both * 10_000 >= LEAST_BPS * (len(one) + len(shingles[other]) - both):
                found.add((other, row))
        lsh.insert(row, sketch)
    return found


def everything(texts: list[str]) -> Pairs:
    """All pairs that are alike enough, by counting what every two have in common."""
    from scipy.sparse import csr_array

    sets = sets_of(texts)
    known, code = np.unique(sets.flat, return_inverse=True)
    table = csr_array(
        (np.ones(len(code), np.int32), code, sets.starts), shape=(len(sets), len(known))
    )
    found: Pairs = set()
    for at in range(0, len(sets), 500):
        both = (table[at : at + 500] @ table.T).tocoo()
        one, other = both.row + at, both.col
        either = sets.sizes[one] + sets.sizes[other] - both.data
        some = (one < other) & (both.data * 10_000 >= LEAST_BPS * either)
        found |= set(zip(one[some].tolist(), other[some].tolist(), strict=True))
    return found


def _recalled(true: Pairs, *found: Pairs) -> list[float]:
    for some in found:
        assert some <= true, "a pair that is not alike enough"
    recalls = [len(some) / len(true) for some in found]
    assert recalls[0] >= 0.95, recalls
    return [float(f"{recall:.4g}") for recall in recalls]


def _near_same() -> dict[str, Any]:
    texts = rows_of(lines(PEER_SIZE))

    def same(mine: Pairs, theirs: Pairs) -> dict[str, Any]:
        true = everything(texts)
        recall = _recalled(true, mine, theirs)
        return {"pairs": len(true), "recall": dict(zip(("ours", "peer"), recall, strict=True))}

    return compare(
        "G. near-same text",
        Side("near_pairs", lambda: ours(texts)),
        Side("datasketch", lambda: sketched(texts)),
        same,
        size=len(texts),
    )


def _near_same_alone() -> dict[str, Any]:
    """A million from raw text to pairs; recall on what a sample of 10,000 has among them."""
    texts = lines(SIZE)
    clock, work = [], []
    for _ in range(3):
        start, busy = time.perf_counter(), time.process_time()
        rows, near = near_pairs(texts, LEAST_BPS)
        clock.append(time.perf_counter() - start)
        work.append(time.process_time() - busy)
    return {
        "row": "G. near-same text, a million alone",
        "size": SIZE,
        "wordings": int(rows.max()) + 1,
        "pairs of wordings": len(near.left),
        "recall": _sampled_recall(texts, rows, near.left, near.right),
        "seconds": round(statistics.median(clock), 2),
        "processor seconds": round(statistics.median(work), 2),
    }


def _sampled_recall(texts: list[str], rows: _Array, left: _Array, right: _Array) -> dict[str, Any]:
    """Of the pairs that 2,000 seeded wordings have with any other, the share that was found."""
    from scipy.sparse import csr_array

    _, first = np.unique(rows, return_index=True)
    sets = sets_of([texts[at] for at in first.tolist()])
    known, code = np.unique(sets.flat, return_inverse=True)
    table = csr_array(
        (np.ones(len(code), np.int32), code, sets.starts), shape=(len(sets), len(known))
    )
    chance = np.random.default_rng(2026)
    sample = chance.choice(len(sets), min(2_000, len(sets)), replace=False)
    found = {tuple(pair) for pair in np.stack((left, right)).T.tolist()}
    true = met = 0
    turned = table.T.tocsr()
    for at in range(0, len(sample), 50):
        some = sample[at : at + 50]
        both = (table[some] @ turned).tocoo()
        one, other = some[both.row], both.col
        either = sets.sizes[one] + sets.sizes[other] - both.data
        pairs = (one != other) & (both.data * 10_000 >= LEAST_BPS * either)
        for pair in zip(one[pairs].tolist(), other[pairs].tolist(), strict=True):
            true += 1
            met += tuple(sorted(pair)) in found
    return {"pairs of the sample": true, "found": met}
