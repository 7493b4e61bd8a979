"""What lists of officials are narrowed by: areas of their territory, industries, sizes."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dengta.accounts.queries import territory
from dengta.core.codes import SIZES
from dengta.registry.queries import division_of, policy, region_name
from dengta.web.frame import said

Options = list[tuple[str, str, bool]]
Groups = list[tuple[str, Options]]


def area_groups(within: str, chosen: str) -> Groups:
    """The regions below one, grouped by division; each group begins with the division itself."""
    regions = policy().regions
    inside = territory(within)
    below = [r for r in regions.values() if r.code.startswith(inside) and r.level != "province"]
    groups: dict[str, Options] = {}
    for region in sorted(below, key=lambda region: region.code):
        division = division_of(region.code)
        options = groups.setdefault(division, [])
        whole = region.code == division and any(r.parent == division for r in below)
        name = said(region.name)
        label = _("%(division)s（全部）") % {"division": name} if whole else name
        options.append((region.code, label, region.code == chosen))
    return [(said(region_name(code)), options) for code, options in groups.items()]


def industry_options(chosen: str) -> Groups:
    """GB/T 4754 divisions under their sections."""
    groups: dict[str, Options] = {}
    for code, industry in policy().industries.items():
        label = f"{code} {said(industry.name)}"
        groups.setdefault(industry.section, []).append((code, label, code == chosen))
    return [(f"{id} {said(policy().sections[id])}", rows) for id, rows in groups.items()]


def size_options(chosen: str) -> Options:
    """The four size classes."""
    return [(id, said(name), id == chosen) for id, name in SIZES.items()]


def region_or(code: str, otherwise: str) -> str:
    """A region's code if there is such a region, else another."""
    return code if code in policy().regions else otherwise
