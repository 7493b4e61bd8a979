"""评定抽查: commit to a seed, draw in the open, re-check, and see how assessors stand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.assessment.actions import samples as actions
from dengta.assessment.queries import NATIONAL
from dengta.assessment.queries import samples as queries
from dengta.assessment.queries.ratings import assessor_records
from dengta.assessment.queries.samples import Drawn, Sample, SampledRating
from dengta.core.shapes import Text
from dengta.registry.queries import policy, region_name
from dengta.trail.actions import StepRefused, allowed_steps
from dengta.web.cases import badge, crumbs, events
from dengta.web.fields import DayField
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.rating_items import column_name


class SampleForm(forms.Form):
    """What to draw from, and how many."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = [i for i in policy().instruments.values() if not i.recorded_only]
        self.fields["name"] = forms.CharField(label=_("名称"), max_length=120)
        self.fields["start"] = DayField(label=_("开始日期"), help_text=_("按评定的提交日期。"))
        self.fields["end"] = DayField(
            label=_("结束日期"), help_text=_("含这一天；次日起才能抽取。")
        )
        self.fields["size"] = forms.IntegerField(label=_("抽取数"), min_value=1, max_value=10_000)
        self.fields["instrument"] = forms.ChoiceField(
            label=_("评测指标"), choices=[(i.id, said(i.name)) for i in asked], initial=NATIONAL
        )


def _find(acting: Actor, pk: int) -> Sample:
    try:
        return queries.sample_for(acting, pk)
    except Sample.DoesNotExist as gone:
        raise Http404 from gone


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def samples(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every sample of the territory; POST commits to a new one."""
    form = SampleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.commit(acting, **form.cleaned_data)
            tell(request, _("已公布种子承诺。期间结束后即可抽取。"))
            return redirect("official_sample", made.pk)
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
    page = Paginator(queries.samples_in(acting), 20).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [(one, badge(one.flow.state(one.state), public=False)) for one in page],
        "breadcrumbs": crumbs((_("评定抽查"), "")),
    }
    wrong = request.method == "POST"
    return render(request, "official/samples.html", context, status=422 if wrong else 200)


@require_safe
@desk(*OFFICIAL)
def sample(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One sample: commitment, draw, and every rating drawn with its re-check."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest, acting: Actor, found: Sample, error: Text | None = None
) -> HttpResponse:
    drawn = queries.drawn_of(found, acting.region)
    context = {
        "sample": found,
        "badge": badge(found.flow.state(found.state), public=False),
        "error": said(error) if error else "",
        "can_draw": any(step.id == "draw" for step in allowed_steps(found, acting)),
        "over": timezone.localdate() > found.end_date,
        "rows": [_drawn(acting, one) for one in drawn],
        "checked": sum(one.found is not None for one in drawn),
        "events": events(found),
        "region": region_name(found.region_code),
        "breadcrumbs": crumbs((_("评定抽查"), reverse("official_samples")), (found.name, "")),
    }
    return render(request, "official/sample.html", context, status=422 if error else 200)


def _drawn(acting: Actor, one: Drawn) -> dict[str, Any]:
    rating, check = one.sampled.rating, one.sampled.recheck
    mine = check is not None and check.assessor_id == acting.user_id
    return {
        "sampled": one.sampled,
        "rating": rating,
        "firm": rating.assessment.organisation,
        "kind": column_name(rating),
        "check": check,
        "check_badge": badge(check.flow.state(check.state), public=False) if check else None,
        "url": reverse("official_rating", args=[check.pk]) if check is not None and mine else "",
        "found": one.found,
        "free": check is None,
    }


@require_POST
@desk(*OFFICIAL)
def draw(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Publish the seed and draw. Two officials at once: it is drawn once."""
    found = _find(acting, pk)
    try:
        actions.draw(found, acting)
    except StepRefused as refused:
        return _page(request, acting, _find(acting, pk), refused.text)
    tell(request, _("已公布种子并抽取，任何人都可以复算。"))
    return redirect("official_sample", pk)


@require_POST
@desk(*OFFICIAL)
def recheck(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Take the re-check of one rating that was drawn."""
    try:
        sampled = queries.sampled_for(acting, pk)
    except SampledRating.DoesNotExist as gone:
        raise Http404 from gone
    try:
        rating = actions.recheck(sampled, acting)
    except StepRefused as refused:
        return _page(request, acting, _find(acting, sampled.sample_id), refused.text)
    return redirect("official_rating", rating.pk)


@require_safe
@desk(*OFFICIAL)
def assessors(request: HttpRequest, acting: Actor) -> HttpResponse:
    """How each assessor's ratings stood up to re-checks, those who disagree most first."""
    page = Paginator(assessor_records(acting.region), 30).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "records": page.object_list,
        "breadcrumbs": crumbs(
            (_("评定抽查"), reverse("official_samples")), (_("评定人的不一致率"), "")
        ),
    }
    return render(request, "official/assessors.html", context)
