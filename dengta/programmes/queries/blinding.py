"""盲审: who an applicant is, taken out of everything that an expert reads.

Masked fields are not shown at all. In all other texts and names of files, whatever is known of the
applicant is replaced: its name in full and as people shorten it, codes, telephones, address, the
people who act for it, and what the masked fields themselves say. What stands inside a file cannot
be replaced; the notice of a blind selection has to ask applicants for files without names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from dengta.accounts.models import User
from dengta.core.shapes import Text
from dengta.programmes.models import Application
from dengta.programmes.queries.forms import Form
from dengta.registry.queries import people_of, policy

APPLICANT = Text("【申报单位】", "[applicant]")
HIDDEN = Text("【已隐去】", "[hidden]")

_FORMS = (
    "有限责任公司", "股份有限公司", "集团有限公司", "有限公司", "集团", "总公司", "分公司",
    "公司", "厂",
)  # fmt: skip
_TRADES = (
    "科技", "技术", "信息", "智能", "制造", "机械", "电子", "实业", "工业", "网络", "软件",
    "数字", "自动化", "装备", "设备", "材料", "发展", "控股", "股份",
)  # fmt: skip
_LEAST = 2
"""Letters of a name that is looked for; a single one is in every other word."""


class Veil:
    """Replaces what is known of one applicant, wherever it stands in a text."""

    def __init__(self, names: Iterable[str], details: Iterable[str]) -> None:
        self._names = _pattern(names)
        self._details = _pattern(details)

    def text(self, text: str, language: str = "zh-hans") -> str:
        """A text without the applicant."""
        for pattern, instead in ((self._names, APPLICANT), (self._details, HIDDEN)):
            if pattern is not None:
                text = pattern.sub(instead.said(language), text)
        return text

    def both(self, text: Text) -> Text:
        """A text without the applicant, in both languages."""
        return Text(self.text(text.zh), self.text(text.en, "en"))


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Whatever of the words stands in a text, the longest first; neither blanks and hyphens between
    letters nor the kind of brackets matter."""
    plain = {"".join(word.split()) for word in words}
    wanted = sorted((w for w in plain if len(w) >= _LEAST), key=lambda w: (-len(w), w))
    if not wanted:
        return None
    return re.compile("|".join(_loose(word) for word in wanted), re.IGNORECASE)


def _loose(word: str) -> str:
    signs = (
        "[(（]" if sign in "(（" else "[)）]" if sign in ")）" else re.escape(sign)
        for sign in word
        if sign not in "-－"
    )
    return r"[\s\-－]*".join(signs)


def short_names(name: str) -> set[str]:
    """A firm's name as people shorten it: without its legal form, the place before it, and the
    words of its trade behind it."""
    found = {name}
    core = _without_end(name, _FORMS)
    found.add(core)
    core = _without_places(
        core.replace("(", "").replace(")", "").replace("（", "").replace("）", "")
    )
    found.add(core)
    found.add(_without_end(core, _TRADES))
    return {one for one in found if len(one) >= _LEAST and one not in _places()}


def _without_end(name: str, ends: tuple[str, ...]) -> str:
    again = True
    while again:
        again = False
        for end in ends:
            if name.endswith(end) and len(name) > len(end):
                name, again = name.removesuffix(end), True
    return name


def _without_places(name: str) -> str:
    again = True
    while again:
        again = False
        for place in _places():
            if name.startswith(place) and len(name) > len(place):
                name, again = name.removeprefix(place), True
    return name


@lru_cache(maxsize=1)
def _places() -> tuple[str, ...]:
    """Every region's name, long and short, the longest first."""
    names = {region.name.zh for region in policy().regions.values()}
    names |= {name[:-1] for name in names if name[-1:] in "省市区县州" and len(name) > _LEAST}
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


def veil_of(application: Application, form: Form) -> Veil:
    """What hides an applicant. Two queries."""
    names = short_names(application.applicant_name)
    details = [application.applicant_code, application.pledged_by]
    firm = application.organisation
    if firm is not None:
        names |= short_names(firm.name)
        details += [firm.uscc, firm.legal_person, firm.phone, firm.address]
        people = User.objects.filter(pk__in=people_of(firm.pk))
        details += [str(person) for person in people]
        details += [person.phone for person in people]
    masked = (field for field in form.fields if field.rule.masked)
    details += [each.value for each in masked if isinstance(each.value, str)]
    return Veil(names, details)
