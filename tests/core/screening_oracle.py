"""What `core.screening` and the modules below it find, found by looking at everything: plain
Python, written apart from them."""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from dengta.core.claims import Claim, Rules

Pair = tuple[int, int]


def plain_wording(text: str) -> str:
    """Letters and characters in capitals, each number as one 0."""
    signs: list[str] = []
    for sign in unicodedata.normalize("NFKC", text).upper():
        if sign.isdecimal():
            if not signs or signs[-1] != "0":
                signs.append("0")
        elif sign.isalnum():
            signs.append(sign)
    return "".join(signs)


def shingles(text: str) -> frozenset[str]:
    """Pairs of neighbours; a lone sign by itself. For texts without signs beyond 16 bits."""
    words = plain_wording(text)
    if len(words) == 1:
        return frozenset(words)
    return frozenset(words[at : at + 2] for at in range(len(words) - 1))


def jaccard_bps(one: str, other: str) -> int:
    """How alike, in basis points, rounded down."""
    ours, theirs = shingles(one), shingles(other)
    either = len(ours | theirs)
    return len(ours & theirs) * 10_000 // either if either else 0


def alike(texts: Sequence[str], least_bps: int) -> dict[Pair, int]:
    """Pairs of texts that are at least so much alike."""
    found = {}
    sets = [shingles(text) for text in texts]
    for one, other in itertools.combinations(range(len(texts)), 2):
        both = len(sets[one] & sets[other])
        either = len(sets[one]) + len(sets[other]) - both
        if both and both * 10_000 >= least_bps * either:
            found[one, other] = both * 10_000 // either
    return found


def looks_the_same(prints: Sequence[int], most_bits: int) -> dict[Pair, int]:
    """Pairs of prints that differ in at most so many bits, and in how many."""
    found = {}
    for one, other in itertools.combinations(range(len(prints)), 2):
        differ = bin(prints[one] ^ prints[other]).count("1")
        if differ <= most_bits:
            found[one, other] = differ
    return found


def ways(
    links: Iterable[tuple[str, str, str]], strength: Mapping[str, int], most: int, furthest: int
) -> dict[tuple[str, str], tuple[str, ...]]:
    """For each two parties the best of all shortest ways between them, as the parties on it, by
    walking every way there is."""
    having: dict[tuple[str, str], set[str]] = {}
    for party, kind, value in links:
        if value and kind in strength:
            having.setdefault((kind, value), set()).add(party)
    step: dict[tuple[str, str], int] = {}
    for (kind, _), held in having.items():
        if len(held) <= most:
            for pair in itertools.permutations(held, 2):
                step[pair] = max(step.get(pair, 0), strength[kind])
    parties = sorted({party for pair in step for party in pair})
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for length in range(1, furthest + 1):
        fresh: dict[tuple[str, str], list[tuple[int, tuple[str, ...]]]] = {}
        for way in itertools.permutations(parties, length + 1):
            hops = list(itertools.pairwise(way))
            if all(hop in step for hop in hops) and (way[0], way[-1]) not in found:
                strong = math.prod(step[hop] for hop in hops)
                fresh.setdefault((way[0], way[-1]), []).append((-strong, way))
        found.update({ends: min(some)[1] for ends, some in fresh.items()})
    return found


# ---------------------------------------------------------------- whole claims

Found = dict[tuple[str, str], tuple[int, int]]
"""By other claim and kind: score in basis points, and the amount at stake."""
Ways = Mapping[tuple[str, str], tuple[str, ...]]


def hits_of(claim: Claim, others: Sequence[Claim], rules: Rules, near: Ways, bps: int) -> Found:
    """What a claim has in common with each of all the others, as it sees them. Every hop of a way
    is `bps` strong."""
    others = [other for other in others if other.id != claim.id]
    texts = [line for line in claim.texts
             if shingles(line.text)
             and _bearers(line.text, others, rules) <= rules.most]  # fmt: skip
    photos = {one for one in claim.pictures
              if sum(any(_differ(one.picture, its.picture) <= rules.picture_bits
                         for its in other.pictures)
                     for other in others)
              <= rules.most}  # fmt: skip
    related = [other for other in others if (claim.claimant, other.claimant) in near]
    found: Found = {}
    for other in others:
        for kind in ("contract", "bank_flow", "serial"):
            same = {key.key for key in claim.keys if key.kind == kind} & {
                key.key for key in other.keys if key.kind == kind
            }
            if same:
                found[other.id, kind] = (
                    10_000,
                    sum(min(_sum(claim, kind, key), _sum(other, kind, key)) for key in same),
                )
        if amounts := _invoices(claim, other):
            found[other.id, "invoice"] = 10_000, sum(amounts)
        turned = claim.id > other.id
        pairs = [(jaccard_bps(one.text, two.text), one.amount_fen, two.amount_fen, n, m)
                 for n, one in enumerate(sorted(texts))
                 for m, two in enumerate(sorted(other.texts))]  # fmt: skip
        if matched := _matched([pair for pair in pairs if pair[0] >= rules.alike_bps], turned):
            found[other.id, "text"] = matched
        looks = [(64 - _differ(one.picture, two.picture), one.amount_fen, two.amount_fen, n, m)
                 for n, one in enumerate(sorted(photos))
                 for m, two in enumerate(sorted(set(other.pictures)))]  # fmt: skip
        same_look = [pair for pair in looks if 64 - pair[0] <= rules.picture_bits]
        if matched := _matched(same_look, turned):
            found[other.id, "picture"] = matched[0] * 10_000 // 64, matched[1]
        if other in related and len(related) <= rules.most:
            hops = len(near[claim.claimant, other.claimant]) - 1
            strong = 10_000
            for _ in range(hops):
                strong = strong * bps // 10_000
            found[other.id, "related"] = strong, min(claim.amount_fen, other.amount_fen)
    return found


def _bearers(text: str, others: Sequence[Claim], rules: Rules) -> int:
    """How many other claims have a wording that is near a text."""
    return sum(
        any(jaccard_bps(text, line.text) >= rules.alike_bps for line in other.texts)
        for other in others
    )


def _differ(one: str, other: str) -> int:
    return bin(int(one, 16) ^ int(other, 16)).count("1")


def _sum(claim: Claim, kind: str, key: str) -> int:
    return sum(one.amount_fen for one in claim.keys if (one.kind, one.key) == (kind, key))


def _invoices(one: Claim, other: Claim) -> list[int]:
    """What is at stake for each line in both, or for an invoice that one has as a whole."""
    sums: list[Counter[tuple[str, str]]] = []
    for claim in (one, other):
        amounts: Counter[tuple[str, str]] = Counter()
        for key in claim.keys:
            if key.kind == "invoice":
                whole, _, line = key.key.partition("#")
                amounts[whole, line] += key.amount_fen
        sums.append(amounts)
    found = []
    for invoice in {whole for whole, _ in sums[0]} & {whole for whole, _ in sums[1]}:
        ours, theirs = ({line: n for (whole, line), n in part.items() if whole == invoice}
                        for part in sums)  # fmt: skip
        if "" in ours or "" in theirs:
            found.append(min(sum(ours.values()), sum(theirs.values())))
        else:
            found += [min(ours[line], theirs[line]) for line in ours.keys() & theirs.keys()]
    return found


def _matched(
    pairs: Iterable[tuple[int, int, int, int, int]], turned: bool
) -> tuple[int, int] | None:
    """The most alike first, then the dearest, then the nearest in amount, then in the order of the
    first claim's things; each once. Gives the best score, and all amounts."""

    def order(pair: tuple[int, int, int, int, int]) -> tuple[int, ...]:
        how, ours, theirs, one, other = pair
        places = (other, one) if turned else (one, other)
        return (-how, -min(ours, theirs), abs(ours - theirs), *places)

    left, right, score, amount = set(), set(), 0, 0
    for how, ours, theirs, one, other in sorted(pairs, key=order):
        if one not in left and other not in right:
            left.add(one)
            right.add(other)
            score, amount = max(score, how), amount + min(ours, theirs)
    return (score, amount) if left else None
