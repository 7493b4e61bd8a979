"""导出: what an office may see as a file; at once when it is small, as a job when it is large."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlencode

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.assessment import actions
from dengta.assessment.queries.exports import NAMES, Form, Wanted, What, rows_of, write_export
from dengta.assessment.queries.seen import Filters
from dengta.core.outgoing import FORMS
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.frame import OFFICIAL, desk, said
from dengta.web.official.areas import area_groups, industry_options, size_options
from dengta.web.taken_away import made_now

Choices = list[tuple[str, Any]]


class ExportForm(forms.Form):
    """What to take away, narrowed as lists are."""

    use_required_attribute = False

    what = forms.ChoiceField(label=gettext_lazy("导出内容"))
    instrument = forms.ChoiceField(label=gettext_lazy("评测指标"), required=False)
    region = forms.ChoiceField(label=gettext_lazy("地区"), required=False)
    industry = forms.ChoiceField(label=gettext_lazy("行业"), required=False)
    size = forms.ChoiceField(label=gettext_lazy("企业规模"), required=False)
    level = forms.TypedChoiceField(
        label=gettext_lazy("等级"), required=False, coerce=int, empty_value=None
    )
    since = forms.DateField(
        label=gettext_lazy("起始日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=gettext_lazy("截止日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    every = forms.BooleanField(label=gettext_lazy("同一企业的历次测评都要"), required=False)
    form = forms.ChoiceField(label=gettext_lazy("文件格式"), required=False)

    def __init__(self, acting: Actor, data: QueryDict | None) -> None:
        super().__init__(data)
        instruments = policy().instruments.values()
        top = max((gate.level for one in instruments for gate in one.gates), default=0)
        anything = ("", _("全部"))
        choices: dict[str, Choices] = {
            "what": [(what, said(NAMES[what])) for what in get_args(What)],
            "instrument": [anything, *((one.id, said(one.name)) for one in instruments)],
            "region": [anything, *_grouped(area_groups(acting.region, ""))],
            "industry": [anything, *_grouped(industry_options(""))],
            "size": [anything, *((id, name) for id, name, _chosen in size_options(""))],
            "level": [
                anything,
                ("0", _("无等级")),
                *((str(n), _("%(n)s 级") % {"n": n}) for n in range(1, top + 1)),
            ],
            "form": [("xlsx", "Excel (.xlsx)"), ("csv", "CSV (.csv)")],
        }
        for name, options in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = options
        for name, field in self.fields.items():
            field.open = name != "every"  # type: ignore[attr-defined]  # empty means all

    def wanted(self) -> Wanted:
        """The export that the form asks for."""
        values = self.cleaned_data
        filters = Filters(
            region=values["region"],
            industry=values["industry"],
            size=values["size"],
            instrument=values["instrument"],
            level=values["level"],
            latest=not values["every"],
            since=values["since"],
            until=values["until"],
        )
        language = "en" if (get_language() or "").startswith("en") else "zh"
        form: Form = "csv" if values["form"] == "csv" else "xlsx"
        return Wanted(values["what"], form, language, filters)


def _grouped(groups: list[tuple[str, list[tuple[str, str, bool]]]]) -> Choices:
    return [(title, [(code, name) for code, name, _chosen in rows]) for title, rows in groups]


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def export(request: HttpRequest, acting: Actor) -> HttpResponseBase:
    """Choose what to take away (`what` and the filters of lists as parameters give it at once).

    Few rows come at once; of many a job is made, by POST.
    """
    data = request.POST if request.method == "POST" else request.GET
    asked = "what" in data
    form = ExportForm(acting, data if asked else None)
    count = None
    if asked and form.is_valid():
        try:
            wanted = form.wanted()
            actions.check_export(wanted)
            if request.method == "POST":
                key = request.POST.get("key", "")[:64] or secrets.token_hex(16)
                job, _new = actions.start_export(acting, wanted, key=key)
                return redirect("job", job.pk)
            count = rows_of(acting, wanted).count()
            most = policy().practised("export_rows_at_once", timezone.localdate())
            if 0 < count <= most:
                return file_of(acting, wanted)
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
    context = {
        "form": form,
        "count": count,
        "key": secrets.token_hex(16),
        "hidden": [(name, value) for name, value in data.items() if name in form.fields],
        "breadcrumbs": crumbs((_("待办"), reverse("queue")), (_("导出"), "")),
        "query": urlencode({name: value for name, value in data.items() if value}),
    }
    return render(request, "official/export.html", context, status=422 if form.errors else 200)


def file_of(acting: Actor, wanted: Wanted) -> FileResponse:
    """An export as a file, now."""
    name = f"{Path(wanted.file_name).stem}-{timezone.localdate()}.{wanted.form}"
    return made_now(name, FORMS[wanted.form], lambda path: write_export(acting, wanted, path))
