"""核验码: how a code is read and written, and the picture that leads to its page."""

from __future__ import annotations

import io
import unicodedata
from typing import NamedTuple

import segno

SIGNS = 12
"""Signs of a code."""


class Seal(NamedTuple):
    """What stands on a paper so that anybody can check it: the code in groups, the address that it
    leads to, and that address as a QR code (SVG)."""

    code: str
    address: str
    qr: str


def read_code(typed: str) -> str:
    """A code as somebody typed it (blanks, dashes, small or full-width letters) in its one form."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    return "".join(sign for sign in plain if sign.isascii() and sign.isalnum())


def written(code: str) -> str:
    """A code in groups of four, for the eye."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def seal(code: str, site: str) -> Seal:
    """The seal of a code; `site` is the address that people reach the platform at. The same code
    and site give the same seal."""
    address = f"{site.rstrip('/')}/verify/{code}/"
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        picture, kind="svg", border=0, xmldecl=False, svgns=True, omitsize=True, dark="#1b2733"
    )
    return Seal(written(code), address, picture.getvalue().decode())
