"""批量报告: an office has the reports of many firms made at once, as one file."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dengta.accounts.queries import Actor, territory
from dengta.assessment.queries import Assessment
from dengta.assessment.queries.ratings import assessment_for
from dengta.registry.queries import policy
from dengta.reports import actions, queries
from dengta.reports.queries import Choice, reading
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.enterprise.result import LANGUAGES, as_pdf
from dengta.web.frame import OFFICIAL, desk, said


class ChoiceForm(forms.Form):
    """Edition, region within the office's own, industry, level and the language to write in."""

    def __init__(self, acting: Actor, data: QueryDict | None) -> None:
        super().__init__(data)
        known = policy()
        newest = sorted(
            known.instruments.values(),
            key=lambda each: (each.in_force.start is None, each.in_force.start),
            reverse=True,
        )
        regions = [
            region
            for region in known.regions.values()
            if region.code.startswith(territory(acting.region))
        ]
        levels = {gate.level: gate.name for each in newest for gate in reversed(each.gates)}
        choices: dict[str, tuple[str, list[tuple[str, str]]]] = {
            "instrument": (_("评测指标"), [(each.id, said(each.name)) for each in newest]),
            "region": (_("地区"), [(r.code, _indented(r.level, said(r.name))) for r in regions]),
            "industry": (
                _("行业"),
                [
                    ("", _("全部行业")),
                    *((i.code, f"{i.code} {said(i.name)}") for i in known.industries.values()),
                ],
            ),
            "level": (
                _("等级"),
                [
                    ("", _("全部等级")),
                    ("0", _("未达一级")),
                    *(
                        (str(level), said(reading.level_title(level, levels[level])))
                        for level in sorted(levels)
                    ),
                ],
            ),
            "language": (_("报告语言"), [("zh", _("中文版")), ("en", _("英文版"))]),
        }
        for name, (label, offered) in choices.items():
            wrong = _("“%(value)s”不在可选的%(label)s里，请从列表中选择。")
            self.fields[name] = forms.ChoiceField(
                label=label,
                choices=offered,
                required=False,
                error_messages={"invalid_choice": wrong % {"value": "%(value)s", "label": label}},
            )
            self.fields[name].open = True  # type: ignore[attr-defined]
        self.acting = acting

    def choice(self) -> Choice:
        """What was chosen; the first of each list where nothing was."""
        given = self.cleaned_data
        return Choice(
            given["instrument"] or queries.NATIONAL,
            given["region"] or self.acting.region,
            given["industry"],
            int(given["level"]) if given["level"] else None,
        )


def _indented(level: str, name: str) -> str:
    return name if level == "province" else f"　{name}" if level == "city" else f"　　{name}"


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def reports(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Choose, see how many that means, have them made."""
    day = timezone.localdate()
    data = request.POST if request.method == "POST" else request.GET
    form = ChoiceForm(acting, data if data else QueryDict())
    context: dict[str, Any] = {
        "form": form,
        "most": policy().practised("reports_at_once_most", day),
        "key": secrets.token_hex(16),
        "breadcrumbs": crumbs((_("批量报告"), "")),
    }
    if not form.is_valid():
        return render(request, "official/reports.html", context, status=422)
    choice = form.choice()
    if request.method == "POST":
        language = LANGUAGES[form.cleaned_data["language"] or "zh"]
        try:
            job = actions.start_batch(
                acting,
                choice,
                language,
                request.build_absolute_uri("/"),
                key=_key(request, acting),
                day=day,
            )
        except StepRefused as refused:
            context["refused"] = refused.text
        else:
            return redirect("job", job.pk)
    context["count"] = queries.chosen(acting, choice, day).count()
    return render(
        request, "official/reports.html", context, status=422 if "refused" in context else 200
    )


@require_safe
@desk(*OFFICIAL)
def paper(request: HttpRequest, acting: Actor, pk: int, language: str) -> HttpResponse:
    """The report of one firm of the office's territory, as the firm has it."""
    try:
        found = assessment_for(acting, pk)
    except Assessment.DoesNotExist as gone:
        raise Http404 from gone
    return as_pdf(request, found, language)


def _key(request: HttpRequest, acting: Actor) -> str:
    """The key of the page that the order came from: sent twice it is one job."""
    return f"{acting.user_id}:{request.POST.get('key', '')[:40] or secrets.token_hex(16)}"
