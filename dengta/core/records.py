"""A published record as one JSON document: the same bytes wherever it is written, its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

__all__ = ["as_text", "sha256", "shown"]

_MOST = 80


def as_text(document: Mapping[str, object]) -> str:
    """A record or announcement as text, the same bytes wherever it is written."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def sha256(text: str) -> str:
    """The SHA-256 of a text in UTF-8, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def shown(value: object) -> str:
    """A value of a record as a fault shows it: JSON, short, never an error itself."""
    text = json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"
