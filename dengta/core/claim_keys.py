"""登记号: how the things that a claim rests on are known in the register, whichever way they were
written.

A blank, a dash or a full-width digit does not make another number. What is empty gives an empty
key, which equals nothing. Keys have at most 60 signs; a longer one keeps its beginning and ends in
a fingerprint of all of it, so that two long numbers are never taken for one another.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

__all__ = [
    "LINE",
    "LONGEST",
    "bank_flow_key",
    "contract_key",
    "invoice_key",
    "invoice_line_key",
    "invoice_of",
    "link_value",
    "register_key",
    "reward_key",
    "serial_key",
]

LONGEST = 60
LINE = "#"
"""Stands between an invoice and its line."""
_DIGITAL = re.compile(r"[0-9]{20}")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_ABROAD = re.compile(r"(?:0{0,2}86)(1[0-9]{10})")


def register_key(text: str) -> str:
    """A number as the register compares it: its letters and digits, in capitals."""
    return _fit(_plain(text))


def invoice_key(code: str, number: str) -> str:
    """An invoice: the 20 digits alone of a fully digital one (数电票), which has no code whatever
    was typed as one; else code and number. Empty without a number."""
    plain = _plain(number)
    if not plain or _DIGITAL.fullmatch(plain):
        return plain
    return _fit("-".join(filter(None, (_plain(code), plain))))


def invoice_line_key(code: str, number: str, line: str | int = "") -> str:
    """One line of an invoice, counted from 1; without a line the invoice as a whole, which holds
    every line of it (`invoice_of` gives the invoice of either)."""
    whole, plain = invoice_key(code, number), _plain(str(line))
    place = "".join(sign for sign in plain if sign.isdecimal()).lstrip("0") or plain
    return _fit(f"{whole}{LINE}{place}") if whole and place else whole


def invoice_of(key: str) -> str:
    """The invoice that the key of a line belongs to."""
    return key.partition(LINE)[0]


def contract_key(number: str, parties: Iterable[str]) -> str:
    """A contract: its number between its parties, in whichever order they are named; each house
    numbers its own contracts, so that a number alone would not do. Empty without a number."""
    plain = _plain(number)
    between = sorted({_plain(party) for party in parties} - {""})
    return _fit("@".join(filter(None, (plain, "+".join(between))))) if plain else ""


def bank_flow_key(number: str) -> str:
    """A payment through a bank, by its flow number (银行流水号)."""
    return register_key(number)


def serial_key(serial: str, model: str = "") -> str:
    """A piece of equipment or a licence: its serial number, of its model where that is known, since
    makers count alike. Empty without a serial number."""
    plain = _plain(serial)
    return _fit("-".join(filter(None, (_plain(model), plain)))) if plain else ""


def reward_key(programme: str, uscc: str, what: str) -> str:
    """What a programme rewards a firm for: the name of the scenario, or the tier that its platform
    reached. Empty where nothing is named."""
    plain = _plain(what)
    return _fit(f"{programme}@{_plain(uscc)}@{plain}") if plain else ""


def link_value(kind: str, text: str) -> str:
    """What two parties may share, in the form it is compared in; a mobile phone without the country
    in front of it."""
    plain = _plain(text)
    if kind == "phone" and (abroad := _ABROAD.fullmatch(plain)):
        return abroad[1]
    return plain


def _plain(text: str) -> str:
    if text.isascii() and text.isalnum():
        return text.upper()  # nothing else can be written in another way
    wide = unicodedata.normalize("NFKC", text).upper()
    if not wide.isalnum():
        wide = "".join(filter(str.isalnum, wide))
    return _OTHER_DIGIT.sub(lambda sign: str(unicodedata.decimal(sign[0])), wide)


def _fit(key: str) -> str:
    if len(key) <= LONGEST:
        return key
    return f"{key[:27]}~{hashlib.sha256(key.encode()).hexdigest()[:32]}"
