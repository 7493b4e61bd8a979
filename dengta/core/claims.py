"""Two claims beside each other: everything in which they look like one cost claimed twice.

`judge` looks at nothing but two claims and who belongs together, so that a hit can be judged anew
from the record at any time. Which claims to hold against each other is found in `core.screening`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from dengta.core.claim_keys import invoice_of
from dengta.core.money import yuan
from dengta.core.near_text import CARRIED
from dengta.core.pictures import BITS, bits_of, looks_bps
from dengta.core.relations import Path, Relations
from dengta.core.shapes import Text
from dengta.core.shingles import differences, sets_of

__all__ = [
    "KEYS",
    "Beside",
    "Claim",
    "Described",
    "Hit",
    "HitKind",
    "Key",
    "Photo",
    "Rules",
    "Told",
    "in_order",
    "judge",
]

HitKind = Literal[
    "invoice", "contract", "bank_flow", "serial", "reward", "text", "picture", "related"
]
Told = tuple[str, str]
"""Something that tells nothing because too many have it: "text", "picture" or "party", and it."""

KEYS: Mapping[HitKind, Text] = {
    "invoice": Text("发票", "invoice"),
    "contract": Text("合同", "contract"),
    "bank_flow": Text("银行流水", "bank flow"),
    "serial": Text("序列号", "serial number"),
    "reward": Text("奖补对象", "matter of a reward"),
}
"""What the register knows by a key, in words."""


class Key(NamedTuple):
    """One entry of the register, as `core.claim_keys` writes it, and what rests on it in 分."""

    kind: HitKind
    key: str
    amount_fen: int


class Described(NamedTuple):
    """What a cost line says was bought, and its amount in 分."""

    text: str
    amount_fen: int


class Photo(NamedTuple):
    """How a picture looks (16 hexadecimal digits), and the amount that it proves, in 分."""

    picture: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim as far as it can be the same as another. Its parties are known by the ids that
    `Relations` knows them by. `contracts` are those among the keys by number and supplier alone,
    as whoever else may have a contract of that number with the supplier knows it."""

    id: str
    claimant: str
    amount_fen: int
    suppliers: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    texts: tuple[Described, ...] = ()
    pictures: tuple[Photo, ...] = ()
    contracts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts, all of it from the policy: how alike texts are at least, in basis points; in how
    many bits pictures may differ; how many hops may lie between related parties; and how many
    other claims may have a text, a picture or related claimants before it tells nothing. How many
    may carry a band of a text (see `core.near_text`) bounds the work and is no policy; not fewer
    than `most`."""

    alike_bps: int
    picture_bits: int
    furthest: int
    most: int
    carried: int = CARRIED


@dataclass(frozen=True, slots=True)
class Hit:
    """A claim that may be the same as another; or, when `other` is the claim itself, one with
    something wrong within: the same entry twice, or a supplier who belongs to the claimant.

    `path` explains it step by step, the score is in basis points, and at stake is what would be
    paid twice, in 分.
    """

    claim: str
    other: str
    kind: HitKind
    path: tuple[Text, ...]
    score_bps: int
    amount_fen: int

    @property
    def weight(self) -> int:
        """Amount by score: the order in which hits are looked at."""
        return self.amount_fen * self.score_bps

    def seen_from(self, claim: str) -> Hit:
        """The same hit with this claim first."""
        if claim == self.claim:
            return self
        return Hit(claim, self.claim, self.kind, self.path, self.score_bps, self.amount_fen)


class Beside:
    """What judging many claims beside each other needs again and again, found once: the shingles of
    their texts, and who belongs to a claimant. It changes no judgement, only its time."""

    def __init__(self, claims: Iterable[Claim], rules: Rules, relations: Relations) -> None:
        self._rules, self._relations = rules, relations
        self._shingles: dict[str, frozenset[int]] = {}
        self._ways: dict[str, dict[str, Path]] = {}
        self.take(claims)

    def take(self, claims: Iterable[Claim]) -> None:
        """More claims that are judged."""
        texts = list(
            {line.text for claim in claims for line in claim.texts} - self._shingles.keys()
        )
        if texts:
            flat, starts = (part.tolist() for part in sets_of(texts))
            for row, text in enumerate(texts):
                self._shingles[text] = frozenset(flat[starts[row] : starts[row + 1]])

    def shingles(self, text: str) -> frozenset[int]:
        """The shingles of one of the texts."""
        return self._shingles[text]

    def related(self, one: str, other: str) -> bool:
        """Whether two parties belong together; asked by the one that is asked for most."""
        return other in self._from(one)

    def way(self, one: str, other: str) -> Path | None:
        """The way from one party to another, if they belong together."""
        return self._from(one).get(other)

    def _from(self, party: str) -> dict[str, Path]:
        if party not in self._ways:
            self._ways[party] = self._relations.within(party, self._rules.furthest)
        return self._ways[party]


class _Ground(NamedTuple):
    said: Text
    score_bps: int
    amount_fen: int


def in_order(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """The weightiest first; among equals by claim, other and kind."""
    return tuple(sorted(hits, key=lambda hit: (-hit.weight, hit.claim, hit.other, hit.kind)))


def judge(
    claim: Claim,
    other: Claim,
    rules: Rules,
    relations: Relations,
    *,
    passed_over: Collection[Told] = (),
    name: Callable[[str], str] = str,
    beside: Beside | None = None,
) -> tuple[Hit, ...]:
    """All hits between two claims, one of a kind at most, in order; within one when both are the
    same. `passed_over` is what the claim has that tells nothing; without it the hits of (a, b) are
    those of (b, a), but for which of them comes first. `beside` saves time where many are judged.
    """
    found: dict[HitKind, list[_Ground]]
    if claim.id == other.id:
        found = {kind: list(_repeated(claim, kind)) for kind in KEYS}
        found["related"] = list(_own_suppliers(claim, rules, relations, name))
    else:
        known = beside or Beside((claim, other), rules, relations)
        telling = _telling(claim, passed_over)
        first, last = (telling, other) if claim.id < other.id else (other, telling)
        kinds = {key.kind for key in claim.keys} & {key.kind for key in other.keys}
        found = {kind: list(_shared(first, last, kind)) for kind in KEYS if kind in kinds}
        found["text"] = _texts(first, last, rules, known)
        found["picture"] = _pictures(first, last, rules)
        if ("party", claim.claimant) not in passed_over and known.related(
            claim.claimant, other.claimant
        ):
            found["related"] = list(_claimants(first, last, known, name))
    return in_order(
        Hit(claim.id, other.id, kind, tuple(ground.said for ground in grounds),
            max(ground.score_bps for ground in grounds),
            sum(ground.amount_fen for ground in grounds))
        for kind, grounds in found.items()
        if grounds
    )  # fmt: skip


def _telling(claim: Claim, passed_over: Collection[Told]) -> Claim:
    """A claim without the texts and pictures that tell nothing."""
    if not passed_over:
        return claim
    return replace(
        claim,
        texts=tuple(one for one in claim.texts if ("text", one.text) not in passed_over),
        pictures=tuple(
            one for one in claim.pictures if ("picture", one.picture) not in passed_over
        ),
    )


# ---------------------------------------------------------------- the register


def _entries(claim: Claim, kind: HitKind) -> dict[str, list[int]]:
    entries: dict[str, list[int]] = {}
    for key in claim.keys:
        if key.kind == kind and key.key:
            entries.setdefault(key.key, []).append(key.amount_fen)
    return entries


def _shared(one: Claim, other: Claim, kind: HitKind) -> Iterator[_Ground]:
    """Entries that two claims share; an invoice as a whole shares every line of it."""
    ours, theirs = _entries(one, kind), _entries(other, kind)
    if not ours or not theirs:
        return
    wholes: set[str] = set()
    if kind == "invoice":
        wholes = {key for key in (*ours, *theirs) if invoice_of(key) == key}
        ours, theirs = _under(ours, wholes), _under(theirs, wholes)
    for key in sorted(ours.keys() & theirs.keys()):
        yield _same(kind, key, min(sum(ours[key]), sum(theirs[key])))


def _under(entries: Mapping[str, list[int]], wholes: Collection[str]) -> dict[str, list[int]]:
    """The lines of an invoice that is also claimed as a whole count as the whole."""
    merged: dict[str, list[int]] = {}
    for key, amounts in entries.items():
        whole = invoice_of(key)
        merged.setdefault(whole if whole in wholes else key, []).extend(amounts)
    return merged


def _repeated(claim: Claim, kind: HitKind) -> Iterator[_Ground]:
    """Entries that one claim has twice."""
    entries = _entries(claim, kind)
    wholes = {key for key in entries if invoice_of(key) == key} if kind == "invoice" else set()
    for key, amounts in sorted(_under(entries, wholes).items()):
        if len(amounts) > 1:
            yield _same(kind, key, sum(amounts) - max(amounts))


def _same(kind: HitKind, key: str, amount_fen: int) -> _Ground:
    what = KEYS[kind]
    said = Text(
        f"{what.zh} {key} 相同，涉及 {yuan(amount_fen)} 元",
        f"The same {what.en} {key}, {yuan(amount_fen)} yuan",
    )
    return _Ground(said, 10_000, amount_fen)


# ---------------------------------------------------------------- texts and pictures


def _texts(one: Claim, other: Claim, rules: Rules, known: Beside) -> list[_Ground]:
    """Lines with near-same texts, each with at most one of the other claim, most alike first."""
    ours, theirs = sorted(one.texts), sorted(other.texts)
    pairs = []
    for left, line in enumerate(ours):
        mine = known.shingles(line.text)
        for right, against in enumerate(theirs):
            its = known.shingles(against.text)
            both = len(mine & its)
            either = len(mine) + len(its) - both
            if both and both * 10_000 >= rules.alike_bps * either:
                pairs.append(_pair(-(both * 10_000 // either), line, against, left, right))
    return [
        _alike(ours[left].text, theirs[right].text, -bps, -stake)
        for bps, stake, _, left, right in _each_once(pairs)
    ]


_Pair = tuple[int, int, int, int, int]
"""How unlike two things are, less what is at stake, by how much their amounts differ, and which."""


def _pair(
    unlike: int, one: Described | Photo, other: Described | Photo, left: int, right: int
) -> _Pair:
    stake, most = sorted((one.amount_fen, other.amount_fen))
    return unlike, -stake, most - stake, left, right


def _each_once(pairs: list[_Pair]) -> Iterator[_Pair]:
    """The most alike first, among these the dearest, then those of the nearest amounts."""
    left: set[int] = set()
    right: set[int] = set()
    for pair in sorted(pairs):
        if pair[3] not in left and pair[4] not in right:
            left.add(pair[3])
            right.add(pair[4])
            yield pair


def _alike(one: str, other: str, bps: int, amount_fen: int) -> _Ground:
    how = Text(f"文字相同程度 {_percent(bps)}", f"alike by {_percent(bps)}")
    if bps == 10_000:
        how = Text("文字相同", "the same words")
    but = differences(one, other)
    zh = "；".join((how.zh, *(text.zh for text in but)))
    en = "; ".join((how.en, *(text.en for text in but)))
    stake = yuan(amount_fen)
    return _Ground(
        Text(
            f"“{one}”与“{other}”：{zh}；涉及 {stake} 元",
            f"“{one}” and “{other}”: {en}; {stake} yuan",
        ),
        bps,
        amount_fen,
    )


def _percent(bps: int) -> str:
    return f"{bps // 100}.{bps // 10 % 10}%"


def _pictures(one: Claim, other: Claim, rules: Rules) -> list[_Ground]:
    """Pictures that look the same, each with at most one of the other claim."""
    ours, theirs = (sorted({p for p in c.pictures if p.picture}) for c in (one, other))
    pairs = []
    their_bits = [bits_of(photo.picture) for photo in theirs] if ours else []
    for left, photo in enumerate(ours):
        mine = bits_of(photo.picture)
        for right, against in enumerate(theirs):
            bits = (mine ^ their_bits[right]).bit_count()
            if bits <= rules.picture_bits:
                pairs.append(_pair(bits, photo, against, left, right))
    return [
        _Ground(_looks(ours[left].picture, theirs[right].picture, bits, -stake),
                looks_bps(bits), -stake)
        for bits, stake, _, left, right in _each_once(pairs)
    ]  # fmt: skip


def _looks(one: str, other: str, bits: int, amount_fen: int) -> Text:
    stake = yuan(amount_fen)
    if not bits:
        return Text(
            f"图片 {one} 看上去相同，涉及 {stake} 元",
            f"The picture {one} looks the same, {stake} yuan",
        )
    return Text(
        f"图片 {one} 与 {other} 看上去相同（{BITS} 位指纹中 {bits} 位不同），涉及 {stake} 元",
        f"The pictures {one} and {other} look the same ({bits} of {BITS} bits differ),"
        f" {stake} yuan",
    )


# ---------------------------------------------------------------- who belongs together


def _own_suppliers(
    claim: Claim, rules: Rules, relations: Relations, name: Callable[[str], str]
) -> Iterator[_Ground]:
    """Suppliers who belong to the claimant. What is at stake is the claim, once."""
    near = relations.within(claim.claimant, rules.furthest) if claim.suppliers else {}
    left = claim.amount_fen
    for supplier in sorted(set(claim.suppliers)):
        if supplier == claim.claimant:
            said = Text(f"{name(supplier)} 既是申报企业又是供应商",
                        f"{name(supplier)} is both claimant and supplier")  # fmt: skip
            yield _Ground(said, 10_000, left)
        elif path := near.get(supplier):
            whole = Text("申报企业与供应商关联：", "Claimant and supplier are related: ")
            yield _Ground(_way(whole, path.said(name)), path.bps, left)
        else:
            continue
        left = 0


def _claimants(
    one: Claim, other: Claim, known: Beside, name: Callable[[str], str]
) -> Iterator[_Ground]:
    """Two claimants who belong together."""
    if one.claimant == other.claimant:
        return
    low, high = sorted((one.claimant, other.claimant))
    if path := known.way(low, high):
        whole = Text("两家申报企业关联：", "The two claimants are related: ")
        yield _Ground(_way(whole, path.said(name)), path.bps, min(one.amount_fen, other.amount_fen))


def _way(whole: Text, hops: tuple[Text, ...]) -> Text:
    return Text(
        whole.zh + "；".join(hop.zh for hop in hops),
        whole.en + "; ".join(hop.en for hop in hops),
    )
