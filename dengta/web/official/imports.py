"""历史结果导入: hand a spreadsheet in; the work itself is a job behind the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from dengta.accounts.queries import Actor
from dengta.assessment import actions, queries
from dengta.core.sheets import KINDS
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused, keep_document
from dengta.trail.queries import jobs_of
from dengta.web.cases import crumbs
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.jobs import badge


class ImportForm(forms.Form):
    """A file, the instrument of rows that name none, and whether rows may correct records."""

    use_required_attribute = False

    file = forms.FileField(label=gettext_lazy("表格文件"), required=False)
    instrument = forms.ChoiceField(label=gettext_lazy("评测指标"), required=False)
    correct = forms.BooleanField(label=gettext_lazy("更正已有记录"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _("xlsx、xls、ods 或 csv，不超过 %(mb)s MB。") % {
            "mb": settings.DOCUMENT_MAX_BYTES // 2**20
        }
        self.fields["file"].widget.attrs["accept"] = ",".join(KINDS)
        self.fields["file"].open = True  # type: ignore[attr-defined]  # it is asked for
        choice = self.fields["instrument"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", _("按表中“评测指标”一列"))] + [
            (id, said(instrument.name)) for id, instrument in policy().instruments.items()
        ]
        choice.help_text = _("表中没有这一列时，在这里为全部行选定。")
        self.fields["correct"].help_text = _("表中与已有记录不同的，以表为准；不勾选则退回核对。")

    def clean_file(self) -> UploadedFile[bytes]:
        """A file of a kind and size that can be read."""
        file = self.cleaned_data.get("file")
        if not isinstance(file, UploadedFile):
            raise forms.ValidationError(_("还没有选择文件。请选择填好的表格后再上传。"))
        name = file.name or ""
        if Path(name).suffix.lower() not in KINDS:
            raise forms.ValidationError(
                _("“%(name)s”不是表格文件。请上传 xlsx、xls、ods 或 csv。") % {"name": name}
            )
        if (file.size or 0) > settings.DOCUMENT_MAX_BYTES:
            raise forms.ValidationError(
                _("“%(name)s”有 %(mb)s MB，超过上限。请分成几份上传。")
                % {"name": name, "mb": (file.size or 0) // 2**20}
            )
        return file


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def imports(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Hand in a file, see the latest ones. POST starts the job and leads to it."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES)
        if form.is_valid():
            answer = _start(request, acting, form)
            if answer is not None:
                return answer
    context = {
        "form": form,
        "templates": [
            {"name": instrument.name, "id": id}
            for id, instrument in policy().instruments.items()
            if instrument.questions or instrument.scenarios
        ],
        "rows": [
            {"job": job, "badge": badge(job)}
            for job in jobs_of(acting).filter(kind="record_results")[:5]
        ],
        "breadcrumbs": crumbs((_("待办"), reverse("queue")), (_("导入历史结果"), "")),
    }
    status = 422 if form.errors else 200
    return render(request, "official/imports.html", context, status=status)


def _start(request: HttpRequest, acting: Actor, form: ImportForm) -> HttpResponse | None:
    values = form.cleaned_data
    try:
        job, new = actions.import_results(
            acting,
            keep_document(values["file"], by=acting),
            instrument=values["instrument"],
            correct=values["correct"],
        )
    except StepRefused as refused:
        form.add_error(None, said(refused.text))
        return None
    if not new:
        tell(request, _("这份文件已经上传过，下面是它的办理情况，没有重复导入。"))
    return redirect("job", job.pk)


@require_safe
@desk(*OFFICIAL)
def template(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The template: totals and levels, or with `instrument` one column for each of its items."""
    try:
        made = queries.import_template(request.GET.get("instrument", ""))
    except KeyError as unknown:
        raise Http404 from unknown
    response = HttpResponse(made.content, content_type=made.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return response
