"""Row F: searching 100,000 entries of the pool, on SQLite and on PostgreSQL.

Entries are seeded texts of words as the pool has them, some words in half of all texts, most in
few. Asked are 240 queries of one to six signs, two words among them, cut from the texts by chance
and by what people look for. Ours is `catalogue.queries.search.search` whole: total, first page in
order, counts of every facet. Peers give the total and twenty ids, without facets or order:

- SQLite FTS5 over the same single signs and pairs, longer words as phrases;
- PostgreSQL `tsvector` and GIN over the same, longer words looked at in the text again;
- Tantivy over the same, in memory, where it is installed;
- LIKE on the text, which is also the referee: the ids of all are equal to it on every query.

FTS5 `trigram` is asked too: words of one or two signs find nothing in it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

SIZE = int(os.environ.get("DENGTA_BENCH_ENTRIES", "100000"))
ROUNDS = 5
WORDS = """
设备 管理 质量 追溯 生产 数字化 解决方案 系统 云 平台 仓储 采购 能耗 监测 视觉 检测 排程 工艺 设计
汽车 零部件 冲压 焊接 食品 冷链 纺织 印染 化工 安全 建材 窑炉 光电子 芯片 封装 医药 批记录
工业互联网 数据 采集 网关 报表 看板 预警 维护 点检 工单 条码 订单 协同 财务 人事 审批 移动
襄阳 武汉 宜昌 荆州 黄石 十堰 孝感 MES ERP WMS QMS SCADA AGV 5G AI PLM 能效 碳 环保 危化品 配料
"""
LOOKED_FOR = """
设备 襄阳 云 质量 数字化 工业互联网 MES 视觉检测 冷链 碳 5G 追溯 解决方案 安全 网关 AGV 排程
设备管理 质量追溯 汽车零部件 窑 备 数 化工安全 能耗监测 批记录 点检 印染 光电子 条码
"""
TWO = ("设备 襄阳", "质量 追溯", "云 平台", "MES 汽车", "数字化 食品", "安全 化工")


def run() -> list[dict[str, Any]]:
    """One row for each engine and peer; each engine in a process of its own."""
    from tests.postgres import cluster

    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="dengta-bench-") as folder:
        rows += _apart(f"sqlite:///{folder}/bench.sqlite3", folder)
    with tempfile.TemporaryDirectory(prefix="dengta-bench-") as folder, cluster() as url:
        rows += _apart(url, folder)
    return rows


def _apart(url: str, folder: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.search"], check=True, stdout=subprocess.PIPE, text=True,
        env=os.environ | {
            "DENGTA_DATABASE_URL": url, "DENGTA_DATA": folder,
            "DENGTA_SECRET_KEY": "only-for-the-benchmark",
            "DJANGO_SETTINGS_MODULE": "dengta.settings",
        },
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def texts(count: int) -> list[Sequence[str]]:
    """Name, summary and a field of the content for each entry."""
    chance = random.Random(2026)
    rare = ["".join(chr(chance.randrange(0x4E00, 0x8FFF)) for _ in range(chance.randint(2, 4)))
            for _ in range(3_000)]  # fmt: skip
    known = [*WORDS.split(), *rare]
    weights = [1 / (rank + 6) for rank in range(len(known))]

    def some(most: int) -> str:
        return "".join(chance.choices(known, weights, k=chance.randint(most // 2, most)))

    return [(some(4), f"{some(6)}，{some(6)}", some(12)) for _ in range(count)]


def queries(said: Sequence[Sequence[str]]) -> list[str]:
    """What is asked, the same every time."""
    chance = random.Random(2027)
    found = [*LOOKED_FOR.split(), *TWO]
    while len(found) < 240:
        text = chance.choice(chance.choice(said)).replace("，", "").replace("。", "")
        size = chance.choice((1, 1, 2, 2, 2, 2, 3, 4, 5, 6))
        at = chance.randrange(max(1, len(text) - size))
        word = text[at : at + size]
        if word and not any(sign.isascii() for sign in word):
            found.append(word)
    return found


def main() -> None:
    """Fill, compare, measure; one JSON line for each row."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from dengta.catalogue.models import IndexedText

    call_command("migrate", verbosity=0)
    said: Sequence[Sequence[str]] = texts(SIZE)
    start = time.perf_counter()
    _fill(said)
    filled, start = time.perf_counter() - start, time.perf_counter()
    _index()
    built = time.perf_counter() - start
    asked = queries(said)
    said = list(IndexedText.objects.order_by("entry_id").values_list("texts", flat=True))
    if connection.vendor == "sqlite":
        peers = {"FTS5 over signs and pairs": _fts(said), **_tantivy(said), "LIKE": _like(said)}
    else:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        peers = {"tsvector and GIN": _tsvector(said), "LIKE": _like(said)}
    equal = _equal(said, asked, peers)
    rows = _measured(asked, peers)
    known = {"size": SIZE, "queries": len(asked), "load beside": round(os.getloadavg()[0], 1)}
    known |= {"fill s": round(filled, 1), "index s": round(built, 1), "equal": equal}
    if connection.vendor == "sqlite":
        known["trigram finds"] = _trigram(said)
    known["one entry again ms"] = _again()
    for name, figures in rows.items():
        print(json.dumps({"row": f"F. search, {connection.vendor}, {name}"} | figures | known,
                         ensure_ascii=False), flush=True)  # fmt: skip


def _fill(said: Sequence[Sequence[str]]) -> None:
    from django.db import connection, transaction
    from django.db.models import F
    from django.utils import timezone

    from dengta.catalogue.models import Entry, EntryFacet, EntryVersion

    now, chance = timezone.now(), random.Random(2028)
    kinds = [str(kind) for kind in Entry.Kind]
    whole: dict[Any, list[dict[str, Any]]] = {Entry: [], EntryVersion: [], EntryFacet: []}
    for n, (name, summary, problem) in enumerate(said, 1):
        common = {"id": n, "name": name, "created_at": now, "state_since": now}
        whole[Entry].append(common | {
            "kind": kinds[n % len(kinds)], "slug": f"e{n}", "key": f"e{n}", "state": "unpublished",
            "region_code": "", "selected_by": "", "selected_in": "", "award": "", "sample": True,
            "removed_reason": "",
        })  # fmt: skip
        whole[EntryVersion].append(common | {
            "entry_id": n, "number": 1, "summary": summary, "digest": "0" * 64, "note": "",
            "content": json.dumps({"problem": problem}), "published_at": now, "state": "published",
        })  # fmt: skip
        whole[EntryFacet] += [{"entry_id": n, "facet": facet, "value": value}
                              for facet, value in _facets(chance)]  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        for model, rows in whole.items():
            names = ", ".join(rows[0])
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({places})",
                               [[*row.values()] for row in rows])  # fmt: skip
    Entry.objects.update(current_id=F("pk"), state="published")


def _facets(chance: random.Random) -> Iterable[tuple[str, str]]:
    yield "division", f"42{chance.randrange(1, 18):02}00"
    yield "sub_industry", f"industry_{chance.randrange(20)}"
    yield from (("scenario", f"scenario_{n}") for n in chance.sample(range(16), 2))
    yield "level", str(chance.randint(1, 4))
    yield "nature", chance.choice(("common", "specific"))


def _index() -> None:
    from dengta.catalogue.actions.indexing import index_many
    from dengta.catalogue.models import Entry

    index_many(Entry.objects.values_list("pk", flat=True))


Ask = Callable[[str, bool], tuple[int, list[int]]]
"""A peer: the total and ids of a query, twenty or (with True) all."""


def _ask(sql: str) -> Callable[[Sequence[Any], bool], tuple[int, list[int]]]:
    from django.db import connection

    def ask(values: Sequence[Any], every: bool) -> tuple[int, list[int]]:
        with connection.cursor() as cursor:
            if every:
                cursor.execute(f"SELECT id {sql}", values)
                ids = [row[0] for row in cursor.fetchall()]
                return len(ids), ids
            cursor.execute(f"SELECT count(*) {sql}", values)
            total: int = cursor.fetchone()[0]
            cursor.execute(f"SELECT id {sql} LIMIT 20", values)
            return total, [row[0] for row in cursor.fetchall()]

    return ask


def _grams(text: str) -> str:
    """Single signs, then pairs in their order: what both engines index as words."""
    from dengta.core.grams import tokens

    signs, pairs, before, last = [], [], "", -9
    for token, place in tokens(text):
        signs.append(token)
        if place == last + 1:
            pairs.append(before + token)
        elif pairs:
            pairs.append("_")  # no pair goes on over a separator
        before, last = token, place
    return " ".join([*dict.fromkeys(signs), "_", *pairs])


def _pairs(word: Sequence[str]) -> list[str]:
    return [a + b for a, b in pairwise(word)] or list(word)


def _fts(said: Sequence[Sequence[str]]) -> Ask:
    from django.db import connection, transaction

    from dengta.core.grams import words

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE VIRTUAL TABLE peer_fts USING fts5(body, content='', tokenize="
                       "\"unicode61 remove_diacritics 0 tokenchars '_'\")")  # fmt: skip
        for n, one in enumerate(said):
            cursor.execute("INSERT INTO peer_fts (rowid, body) VALUES (%s, %s)",
                           [n + 1, _grams("\n".join(one))])  # fmt: skip
    ask = _ask("FROM (SELECT rowid AS id FROM peer_fts WHERE peer_fts MATCH %s) found")

    def peer(query: str, every: bool) -> tuple[int, list[int]]:
        phrases = [" + ".join(f'"{pair}"' for pair in _pairs(word)) for word in words(query)]
        return ask([" AND ".join(phrases)], every)

    return peer


def _tsvector(said: Sequence[Sequence[str]]) -> Ask:
    from django.db import connection, transaction

    from dengta.core.grams import normal, words

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE peer_text (id int PRIMARY KEY, body text, grams tsvector)")
        for n, one in enumerate(said):
            text = "\n".join(one)
            cursor.execute("INSERT INTO peer_text VALUES (%s, %s, array_to_tsvector(%s))",
                           [n + 1, normal(text), sorted(set(_grams(text).split()))])  # fmt: skip
        cursor.execute("CREATE INDEX ON peer_text USING gin (grams)")
        cursor.execute("ANALYZE peer_text")

    def peer(query: str, every: bool) -> tuple[int, list[int]]:
        asked = words(query)
        terms = {pair for word in asked for pair in _pairs(word)}
        long = ["".join(word) for word in asked if len(word) > 2]
        check = " AND position(%s in body) > 0" * len(long)
        look = " & ".join(f"'{term}'" for term in sorted(terms))
        return _ask(f"FROM peer_text WHERE grams @@ %s::tsquery{check}")([look, *long], every)

    return peer


def _tantivy(said: Sequence[Sequence[str]]) -> dict[str, Ask]:
    """The peer, or nothing where it is not installed."""
    if importlib.util.find_spec("tantivy") is None:
        return {}
    import tantivy  # type: ignore[import-not-found, unused-ignore]

    from dengta.core.grams import words

    fields = tantivy.SchemaBuilder()
    fields.add_integer_field("id", stored=True)
    fields.add_text_field("body", tokenizer_name="whitespace", index_option="position")
    schema = fields.build()
    index = tantivy.Index(schema)
    writer = index.writer(num_threads=1)
    for n, one in enumerate(said, 1):
        document = tantivy.Document()
        document.add_integer("id", n)
        document.add_text("body", _grams("\n".join(one)))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def asked(pairs: Sequence[str]) -> Any:
        if len(pairs) == 1:
            return tantivy.Query.term_query(schema, "body", pairs[0], "basic")
        return tantivy.Query.phrase_query(schema, "body", list(pairs))

    def peer(query: str, every: bool) -> tuple[int, list[int]]:
        parts = [(tantivy.Occur.Must, asked(_pairs(word))) for word in words(query)]
        found = searcher.search(
            tantivy.Query.boolean_query(parts), limit=len(said) if every else 20, count=True
        )
        ids = [searcher.doc(address)["id"][0] for _score, address in found.hits]
        return found.count, ids

    return {"Tantivy over signs and pairs": peer}


def _like(said: Sequence[Sequence[str]]) -> Ask:
    from django.db import connection, transaction

    from dengta.core.grams import normal, words

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE peer_like (id int PRIMARY KEY, body text)")
        for n, one in enumerate(said):
            cursor.execute("INSERT INTO peer_like VALUES (%s, %s)", [n + 1, normal("\n".join(one))])

    def peer(query: str, every: bool) -> tuple[int, list[int]]:
        asked = ["".join(word) for word in words(query)]
        where = " AND ".join(["body LIKE %s"] * len(asked))
        return _ask(f"FROM peer_like WHERE {where}")([f"%{word}%" for word in asked], every)

    return peer


def _trigram(said: Sequence[Sequence[str]]) -> dict[str, int]:
    """How many texts FTS5 trigram finds for some of the words."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE VIRTUAL TABLE peer_trigram USING fts5(body, tokenize='trigram')")
        for n, one in enumerate(said):
            cursor.execute("INSERT INTO peer_trigram (rowid, body) VALUES (%s, %s)",
                           [n + 1, "\n".join(one)])  # fmt: skip
        found = {}
        for word in ("云", "设备", "襄阳", "数字化"):
            cursor.execute("SELECT count(*) FROM peer_trigram WHERE peer_trigram MATCH %s",
                           [f'"{word}"'])  # fmt: skip
            found[word] = cursor.fetchone()[0]
    return found


def _equal(
    said: Sequence[Sequence[str]], asked: Sequence[str], peers: dict[str, Ask]
) -> dict[str, int]:
    """The ids of every query, of ours and of each peer, against the definition and one another."""
    from dengta.catalogue.queries.search import search
    from dengta.core.grams import contains

    hits = 0
    for query in asked:
        ours = search(query, per_page=len(said))
        assert len(ours.ids) == ours.total
        ids = set(ours.ids)
        latin = any(sign.isascii() and sign.isalnum() for sign in query)
        for name, peer in peers.items():
            if not (latin and name == "LIKE"):  # LIKE finds letters within other letters
                assert set(peer(query, True)[1]) == ids, (query, name)
        hits += ours.total
    chance = random.Random(2029)
    for query in chance.sample(list(asked), 12):
        ids = set(search(query, per_page=len(said)).ids)
        for n in chance.sample(range(len(said)), 2_000):
            assert contains("\n".join(said[n]), query) == (n + 1 in ids), query
    return {"queries": len(asked), "hits": hits}


def _measured(asked: Sequence[str], peers: dict[str, Ask]) -> dict[str, dict[str, Any]]:
    """Every query once in each round, all in turn; of each query the median of its rounds."""
    from dengta.catalogue.queries.search import search

    sides: dict[str, Callable[[str], Any]] = {"ours": search}
    sides |= {name: lambda q, peer=peer: peer(q, False) for name, peer in peers.items()}
    taken: dict[str, dict[str, list[float]]] = {name: {q: [] for q in asked} for name in sides}
    busy: list[float] = []
    for _ in range(ROUNDS):
        for query in asked:
            for name, work in sides.items():
                start, work_start = time.perf_counter(), time.process_time()
                work(query)
                taken[name][query].append(1_000 * (time.perf_counter() - start))
                if name == "ours":
                    busy.append(1_000 * (time.process_time() - work_start))
    rows = {name: _spread(statistics.median(each) for each in by.values())
            for name, by in taken.items()}  # fmt: skip
    rows["ours"]["every call"] = _spread(ms for each in taken["ours"].values() for ms in each)
    rows["ours"]["processor ms"] = _spread(busy)
    return rows


def _spread(milliseconds: Iterable[float]) -> dict[str, Any]:
    ordered = sorted(milliseconds)
    return {
        "p50 ms": round(statistics.median(ordered), 2),
        "p99 ms": round(ordered[len(ordered) * 99 // 100], 2),
        "slowest ms": round(ordered[-1], 2),
    }


def _again() -> dict[str, Any]:
    """Indexing an entry anew, as publishing does, and the first search after it."""
    from dengta.catalogue.actions.indexing import index
    from dengta.catalogue.models import Entry
    from dengta.catalogue.queries.search import search

    writes, reads = [], []
    for entry in Entry.objects.order_by("?")[:40]:
        start = time.perf_counter()
        index(entry)
        writes.append(1_000 * (time.perf_counter() - start))
        start = time.perf_counter()
        search("设备")
        reads.append(1_000 * (time.perf_counter() - start))
    return {"index": _spread(writes), "first search after": _spread(reads)}


if __name__ == "__main__":
    main()
