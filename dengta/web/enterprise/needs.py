"""What a firm needs: its needs, a new one from the gaps of its assessment or in its own words, kept
as a draft until it is published."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from dengta.accounts.queries import Actor
from dengta.core.results import level_text
from dengta.core.wording import said_day
from dengta.matching.actions import needs as actions
from dengta.matching.queries import needs as queries
from dengta.matching.queries import recommending
from dengta.matching.queries.needs import Need
from dengta.matching.queries.stamps import need_stamp
from dengta.matching.queries.terms import own_sub_industry, scenarios, sub_industries
from dengta.registry.queries import organisation_of
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.fields import WAN, DayField, NumberField, faults
from dengta.web.frame import desk, list_name, said, tell
from dengta.web.matched import find, outside, parts, row, today

MOST_FEN = 10**13
TOP = 4


class NeedForm(forms.Form):
    """What a need says but for its scenarios."""

    use_required_attribute = False

    title = forms.CharField(
        label=gettext_lazy("需求名称"), max_length=120,
        error_messages={"required": gettext_lazy("请给需求起一个名称，服务商先看到它。")},
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("用自己的话写明需求"), max_length=5000, required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("现在怎么做、想解决什么、有哪些系统要连通。不要写商业秘密。"),
    )  # fmt: skip
    public = forms.ChoiceField(
        label=gettext_lazy("向谁征集报价"), widget=forms.RadioSelect, initial="yes",
        choices=[
            ("yes", gettext_lazy("公开征集：名单上的服务商都能看到和报价")),
            ("no", gettext_lazy("只向选定的服务商询价")),
        ],
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trades = [(id, said(name)) for id, name in sub_industries().items()]
        if trades:
            self.fields["sub_industry"] = forms.ChoiceField(
                label=_("细分行业"), required=False, choices=[("", _("不限")), *trades]
            )
        self.fields["budget_fen"] = NumberField(
            WAN, 1, MOST_FEN, label=_("自付预算"), required=False
        )
        self.fields["finish_by"] = DayField(label=_("希望完成日期"), required=False)
        self.order_fields(("title", "text", "sub_industry", "budget_fen", "finish_by", "public"))

    def clean_finish_by(self) -> dt.date | None:
        """A day to come."""
        day: dt.date | None = self.cleaned_data.get("finish_by")
        if day is not None and day <= today():
            raise forms.ValidationError(
                _("希望完成日期 %(day)s 已经到了，请填今天以后的日期。")
                % {"day": said(said_day(day))}
            )
        return day

    def wish(self, items: tuple[actions.Item, ...], assessment: int | None) -> actions.Wish:
        """What is sound of what was typed; only of a form that was validated. A draft that has no
        name yet is called so."""
        typed = self.cleaned_data
        return actions.Wish(
            typed.get("title") or _("未命名的需求"), typed.get("text") or "", items,
            typed.get("sub_industry") or "", assessment, typed.get("budget_fen"),
            typed.get("finish_by"), typed.get("public") != "no",
        )  # fmt: skip


class _Ticks:
    """The scenarios of a need as rows to tick: the gaps of the last assessment first."""

    def __init__(self, request: HttpRequest, acting: Actor, need: Need | None) -> None:
        self.day = today()
        self.firm = organisation_of(acting)
        self.assessment, self.gaps = recommending.last_gaps(self.firm, self.day)
        self.post = request.POST if request.method == "POST" else None
        self.asked = dict(_asked(each) for each in request.GET.getlist("gap"))
        self.kept = {item.scenario: item for item in need.items.all()} if need else None
        self.have = {gap.item: int(gap.have) for gap in self.gaps}

    def rows(self) -> list[dict[str, Any]]:
        """Each {id, name, have, want, ticked, options, effect}."""
        gaps = {gap.item: gap for gap in self.gaps}
        order = [*gaps, *(id for id in scenarios(self.day) if id not in gaps)]
        return [self._row(id, gaps.get(id)) for id in order]

    def _row(self, id: str, gap: Any) -> dict[str, Any]:
        have = self.have.get(id, 0)
        chosen = self._chosen(id, gap)
        levels = range(have + 1, TOP + 1)
        return {
            "id": id,
            "name": scenarios(self.day)[id].text,
            "have": level_text(have) if id in self.have else None,
            "ticked": chosen is not None,
            "options": [(n, level_text(n), n == (chosen or self._next(gap))) for n in levels],
            "gap": gap,
        }

    def _next(self, gap: Any) -> int:
        return int(gap.want) if gap is not None else 0

    def _chosen(self, id: str, gap: Any) -> int | None:
        """The level wanted, None where it is not ticked."""
        if self.post is not None:
            to = self.post.get(f"to-{id}", "")
            return (int(to) if to.isdecimal() else 0) if id in self.post.getlist("want") else None
        if self.kept is not None:
            return self.kept[id].to_level if id in self.kept else None
        level = self.asked.get(id)
        if level is None:
            return None
        return (level if level > self.have.get(id, 0) else self._next(gap)) or None

    def items(self) -> tuple[actions.Item, ...]:
        """What is ticked."""
        found = ((each["id"], self._chosen(each["id"], each["gap"])) for each in self.rows())
        return tuple(actions.Item(id, to, self.have.get(id)) for id, to in found if to is not None)

    @property
    def assessment_id(self) -> int | None:
        """The assessment that the gaps come from."""
        return self.assessment.pk if self.assessment else None


@require_safe
@desk("enterprise")
def needs(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The firm's needs, newest first."""
    page = Paginator(queries.own(acting), 20).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [row(need, "need", public=True) for need in page],
        "breadcrumbs": crumbs((_("工作台"), reverse("enterprise_home")), (list_name("needs"), "")),
    }
    return render(request, "enterprise/needs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def need_new(request: HttpRequest, acting: Actor) -> HttpResponse:
    """A new need; what was ticked on other pages (`gap`) is ticked here. It is a draft as soon as
    anything is typed."""
    ticks = _Ticks(request, acting, None)
    initial = {"title": _title(ticks), "sub_industry": own_sub_industry(ticks.firm)}
    return _Draft(request, acting, ticks, initial, None).answered()


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def need_edit(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """A draft that is changed, kept as it is typed."""
    need = find(acting, pk)
    if need.published_at is not None or need.flow.state(need.state).final:
        return redirect("need", pk)
    initial = {
        "title": need.title, "text": need.text, "sub_industry": need.sub_industry,
        "budget_fen": need.budget_fen, "public": "yes" if need.public else "no",
        "finish_by": _iso(need.finish_by),
    }  # fmt: skip
    return _Draft(request, acting, _Ticks(request, acting, need), initial, need).answered()


class _Draft:
    """One request to the form of a need: what is kept of it, what is to be mended."""

    def __init__(
        self, request: HttpRequest, acting: Actor, ticks: _Ticks, initial: dict[str, Any],
        need: Need | None,
    ) -> None:  # fmt: skip
        self.request, self.acting, self.ticks, self.need = request, acting, ticks, need
        self.quietly = "X-Autosave" in request.headers
        self.form = NeedForm(request.POST if request.method == "POST" else None, initial=initial)

    def answered(self) -> HttpResponse:
        """The form; or all that is sound of it kept, 409 where a colleague was faster, 422 where
        something is to be mended."""
        if self.request.method != "POST":
            return self._page()
        sound = self.form.is_valid()
        unnamed = self.form.errors.keys() == {"title"} and not self.form.data.get("title")
        if not sound and not self.quietly:
            return self._page()
        try:
            self._keep()
        except StepRefused as refused:
            status = 409 if isinstance(refused, actions.Overtaken) else 422
            return self._refused(said(refused.text), status)
        assert self.need is not None
        if self.quietly:
            seen = need_stamp(self.need)
            if sound or unnamed:
                return JsonResponse({"seen": seen})
            return JsonResponse({"text": " ".join(faults(self.form)), "seen": seen}, status=422)
        tell(self.request, _("草稿已保存。请选择向谁询价，再发布。"))
        return redirect("need", self.need.pk)

    def _keep(self) -> None:
        wish = self.form.wish(self.ticks.items(), self.ticks.assessment_id)
        seen = self.request.POST.get("seen") or None
        if self.need is None:
            key = self.request.POST.get("key", "")[:40]
            self.need = actions.draft(self.acting, wish, key=key)
        if self.need.published_at is None:
            actions.save(self.need, self.acting, wish, seen=seen)

    def _refused(self, text: str, status: int) -> HttpResponse:
        if self.quietly:
            return JsonResponse({"text": text}, status=status)
        if status == 409:
            text = _("您打开之后，这份草稿在另一个窗口或由同事改过。下面是您填的内容，再保存一次就"
                     "以它为准；要用对方的，请点“看已保存的内容”。")  # fmt: skip
        return self._page(text, status)

    def _page(self, error: str = "", status: int = 0) -> HttpResponse:
        rows, need = self.ticks.rows(), self.need
        context = {
            "form": self.form,
            "error": error,
            "need": need,
            "clash": status == 409,
            "seen": need_stamp(need) if need else "",
            "drafts": [] if need else list(queries.drafts(self.acting)[:3]),
            "assessment": self.ticks.assessment,
            "gaps": [each for each in rows if each["gap"] is not None],
            "others": [each for each in rows if each["gap"] is None],
            "key": self.request.POST.get("key") or secrets.token_hex(8),
            "breadcrumbs": crumbs(
                (list_name("needs"), reverse("needs")), (need.number if need else _("新需求"), "")
            ),
        }
        wrong = bool(error or self.form.errors)
        return render(
            self.request, "enterprise/need_edit.html", context,
            status=status or (422 if wrong else 200),
        )  # fmt: skip


def _asked(gap: str) -> tuple[str, int]:
    """A scenario that another page asks for, with the level that it is to reach (`id:level`), 0 to
    leave that to the gap."""
    id, _, level = gap.partition(":")
    return id, int(level) if level.isdecimal() and 1 <= int(level[:4]) <= TOP else 0


def _iso(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()


def _title(ticks: _Ticks) -> str:
    if ticks.gaps:
        return _("%(level)s要补的场景") % {"level": said(level_text(int(ticks.gaps[0].want)))}
    return ""


@require_safe
@desk("enterprise")
def recommendations(request: HttpRequest, acting: Actor) -> HttpResponse:
    """From the gaps of the last assessment to packages and providers, with reasons and the price
    after public money."""
    firm, day = organisation_of(acting), today()
    assessment, gaps = recommending.last_gaps(firm, day)
    chosen = [gap for gap in gaps if gap.item in request.GET.getlist("gap")] or gaps
    found = None
    if chosen:
        found = recommending.recommend(
            firm, recommending.items_of(chosen), day, outside=outside(firm, day)
        )
    context = {
        "assessment": assessment,
        "gaps": gaps,
        "chosen": [gap.item for gap in chosen],
        "found": found,
        "rows": [
            {"one": one, "parts": parts(one.pair.parts)} for one in (found.found if found else ())
        ][:30],
        "breadcrumbs": crumbs((list_name("needs"), reverse("needs")), (_("方案推荐"), "")),
    }
    return render(request, "enterprise/recommendations.html", context)
