"""How awards and proceedings are shown, the same on every desk; the certificate as a file."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dengta.accounts.queries import Actor
from dengta.core.verifying import written
from dengta.core.wording import said_day
from dengta.programmes.actions.certificates import certificate, certificate_name
from dengta.programmes.actions.proceedings import KINDS
from dengta.programmes.queries import awards as queries
from dengta.programmes.queries.awards import STANDINGS, Award, Proceeding, Wanted
from dengta.registry.queries import division_of, divisions, policy, region_name
from dengta.trail.queries import timelines
from dengta.web.cases import badge, clock_chip, events
from dengta.web.frame import said
from dengta.web.pdfs import sent

LANGUAGES = {"zh": "zh-hans", "en": "en"}
"""How a certificate's language is written in addresses."""


class WordsForm(forms.Form):
    """Words that a step rests on, with a file if there is one."""

    use_required_attribute = False

    text = forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"rows": 4}), strip=True)
    file = forms.FileField(
        label=gettext_lazy("附件"),
        required=False,
        help_text=gettext_lazy("照片、PDF、Word、Excel 或 OFD，一份。"),
    )

    def __init__(self, label: str, *args: Any, with_file: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["text"]
        field.label = label
        field.error_messages = {
            "required": _("请填写“%(label)s”，对方才知道为什么。") % {"label": label},
            "max_length": _("“%(label)s”最多 5000 字，细节请放进附件。") % {"label": label},
        }
        if not with_file:
            del self.fields["file"]


def result_field(**kwargs: Any) -> forms.ChoiceField:
    """The result of an evaluation, to be chosen."""
    return forms.ChoiceField(
        label=_("评价结果"),
        choices=[(id, said(text)) for id, text in queries.RESULTS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择评价结果。")},
        **kwargs,
    )


def wanted(typed: QueryDict, standing: str = "in_force") -> Wanted:
    """What the address narrows a list to; `standing` unless it says another, `all` for all."""
    chosen = typed.get("standing", standing)
    year = typed.get("year", "")
    return Wanted(
        words=typed.get("words", "").strip()[:120],
        programme=typed.get("programme", "")[:60],
        division=typed.get("division", "")[:6],
        year=int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else None,
        document=typed.get("document", "").strip()[:80],
        standing=chosen if chosen in STANDINGS else "",
    )


def choices(chosen: Wanted) -> dict[str, Any]:
    """What a list of awards can be narrowed by, with what is chosen."""
    standings = (
        ("in_force", _("有效")), ("expired", _("已到期")), ("revoked", _("已撤销")),
        ("all", _("全部")),
    )  # fmt: skip
    stands = chosen.standing or "all"
    return {
        "wanted": chosen,
        "programmes": [
            (id, said(name), id == chosen.programme) for id, name in queries.programmes_awarded()
        ],
        "divisions": [(r.code, said(r.name), r.code == chosen.division) for r in divisions()],
        "years": [(year, year == chosen.year) for year in queries.years_awarded()],
        "standings": [(id, name, id == stands) for id, name in standings],
    }


def row(award: Award, day: dt.date) -> dict[str, Any]:
    """One line of a list of awards."""
    return {
        "award": award,
        "called": queries.called(award),
        "former": queries.former_name(award),
        "badge": badge(queries.standing(award, day), public=True),
        "division": region_name(division_of(award.case_region)),
    }


def facts(award: Award, day: dt.date) -> dict[str, Any]:
    """What every page of one award shows."""
    return row(award, day) | {
        "code": written(award.code),
        "round": award.application.round,
        "region": region_name(award.case_region),
        "warnings": warnings(award, day),
        "evaluations": [evaluation(one) for one in queries.evaluations_shown(day, award)],
        "day": day,
    }


def warnings(award: Award, day: dt.date) -> list[dict[str, Any]]:
    """The warnings that are shown of an award."""
    return [warning(one) for one in queries.warnings_of(day, award=award)]


def warning(one: Proceeding) -> dict[str, Any]:
    """One warning as everybody sees it."""
    return {
        "number": one.number,
        "called": queries.called(one.award),
        "decision": one.decision,
        "day": timezone.localdate(one.state_since),
        "until": dt.date.fromisoformat(one.terms["shown_until"]),
    }


TONES = {"excellent": "good", "qualified": "good", "unqualified": "bad"}


def evaluation(one: Proceeding) -> dict[str, Any]:
    """One evaluation in effect, as everybody sees it."""
    result = one.terms["result"]
    since, until = queries.period_of(one.terms)
    return {
        "number": one.number,
        "badge": {"name": said(queries.RESULTS[result]), "tone": TONES[result]},
        "from": said(since),
        "until": said(until),
        "decision": one.decision,
    }


def certificate_response(request: HttpRequest, award: Award, language: str) -> HttpResponse:
    """The certificate as a file, made anew each time; 404 for a language that there is not.

    StepRefused for an award that has none any more.
    """
    if language not in LANGUAGES:
        raise Http404
    code = LANGUAGES[language]
    made = certificate(award, request.build_absolute_uri("/"), code, timezone.localdate())
    name = certificate_name(award, code)
    return sent(made, name)


def proceedings(award: Award, acting: Actor) -> list[dict[str, Any]]:
    """The proceedings of an award as this actor may see them, each with what may be done."""
    found = queries.proceedings_of(award, acting)
    told = timelines(found)
    return [_told(each, acting, told[each.pk]) for each in found]


def _told(proceeding: Proceeding, acting: Actor, entries: Any) -> dict[str, Any]:
    steps = queries.proceeding_steps(proceeding, acting)
    notice = next((e.event.note for e in entries if e.event.step == "serve"), "")
    appeal = next((e.event.note for e in entries if e.event.step == "appeal"), "")
    return {
        "proceeding": proceeding,
        "kind": KINDS[proceeding.kind],
        "badge": badge(proceeding.flow.state(proceeding.state), public=not acting.official),
        "clock": clock_chip(proceeding),
        "notice": notice,
        "appeal": appeal,
        "terms": terms(proceeding),
        "steps": {step.id: step for step in steps},
        "events": events(proceeding, entries),
        "timeline": f"timeline-{proceeding.pk}",
    }


def about(proceeding: Proceeding, acting: Actor) -> dict[str, Any]:
    """One proceeding with its story."""
    return _told(proceeding, acting, timelines([proceeding])[proceeding.pk])


def terms(proceeding: Proceeding) -> list[tuple[str, str]]:
    """What is asked for or was decided, in words."""
    labels = {
        "name": _("变更后名称"),
        "former": _("变更前名称"),
        "expires_date": _("续期至"),
        "until": _("整改期限"),
        "shown_until": _("公开显示至"),
    }
    found = []
    for id, label in labels.items():
        value = proceeding.terms.get(id)
        if value and id in ("expires_date", "until", "shown_until"):
            value = said(said_day(dt.date.fromisoformat(value)))
        if value:
            found.append((label, value))
    return found + _evaluated(proceeding.terms) if "result" in proceeding.terms else found


def _evaluated(terms: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What an evaluation rests on: period, months, figures; and what it found."""
    since, until = map(said, queries.period_of(terms))
    found = [
        (_("评价期间"), _("%(since)s 至 %(until)s") % {"since": since, "until": until}),
        (_("评价结果"), said(queries.RESULTS[terms["result"]])),
        (
            _("上报情况"),
            _(
                "%(months)s 个月中上报 %(reported)s 个月，核定 %(confirmed)s 个月，"
                "有核对提示 %(findings)s 个月"
            )
            % terms,
        ),
    ]
    for metric in policy().pool.metrics:
        figure = terms["figures"].get(metric.id)
        if figure and figure["last"] is not None:
            change = f"{figure['first']:,} → {figure['last']:,}"
            found.append((said(metric.text), f"{change} {said(metric.unit)}"))
    return found


def new_key() -> str:
    """A key for a form, so that it counts once however often it is sent."""
    return secrets.token_hex(12)


def key_of(request: HttpRequest, acting: Actor) -> str:
    """The key of the form that was sent, of this person only."""
    return f"{acting.user_id}:{request.POST.get('key', '')[:40] or secrets.token_hex(12)}"


def award_url(award: Award) -> str:
    """The public page of an award."""
    return reverse("award", args=[award.code])
