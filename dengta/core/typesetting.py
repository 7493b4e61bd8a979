"""Papers: a Typst template and its data become a PDF. The same data give the same bytes.

Templates and fonts stand in `dengta/press` and are the only ones looked at: no font of the machine,
no package of the network. Data travels beside the template as JSON (`sys.inputs.data`), so nothing
that somebody wrote is ever read as markup. The moment that the PDF carries is passed in.

A compiler is kept warm after its first paper, which reads the fonts and the template; one compiler
serves one thread at a time, and as many are made as papers are set at once.
"""

from __future__ import annotations

import datetime as dt
import json
import warnings
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import typst

PRESS = Path(__file__).resolve().parent.parent / "press"

_idle: dict[str, deque[typst.Compiler]] = {}


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """The fonts shipped, read once for all compilers."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(PRESS / "fonts")],
    )


def compiler(template: str) -> typst.Compiler:
    """A cold compiler of one template (its name without ending) with our fonts and no others."""
    return typst.Compiler(
        str(PRESS / f"{template}.typ"),
        root=str(PRESS),
        font_paths=_fonts(),
        ignore_system_fonts=True,
    )


def pdf(template: str, data: Mapping[str, object], at: dt.datetime) -> bytes:
    """Set a template (its name without ending) with JSON data; `at` is the moment it carries.

    Accessible (PDF/UA-1): tagged, titled, with words for every picture. typst.TypstError when the
    template cannot be set, which is a fault of the template; what Typst warns of is warned of.
    """
    idle = _idle.setdefault(template, deque())
    try:
        press = idle.pop()
    except IndexError:
        press = compiler(template)
    made, warned = press.compile_with_warnings(
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=int(at.timestamp()),
        pdf_standards=["ua-1"],
    )
    idle.append(press)
    for warning in warned:
        warnings.warn(warning, stacklevel=2)
    assert isinstance(made, bytes)
    return made
