"""What an application has in common with others: earlier awards, the same papers, related
parties. Each answer is (id, ok, text) for a finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import models

from dengta.assessment.queries.evidence import neighbours
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.programmes.models import Application, Attachment, Award
from dengta.programmes.queries.forms import Form
from dengta.programmes.states import OPEN_STATES
from dengta.registry.models import Title

Seen = tuple[str, bool, Text]
MOST_SHOWN = 5
"""So many others are named; who looks at these finds the rest."""
GONE = (*OPEN_STATES, "withdrawn", "lapsed")


def awarded_before(application: Application, day: dt.date) -> Iterator[Seen]:
    """Whether what is given once was given already, or another programme excludes it."""
    rule = application.round.rule
    awards = list(
        Award.objects.filter(application__applicant_code=application.applicant_code)
        .exclude(application=application.pk)
        .select_related("application__round")
        .order_by("award_date", "id")
    )
    if rule.once:
        yield from _once(application, awards)
    excluded = [
        award
        for award in awards
        if {award.programme, award.application.round.selection} & set(rule.excludes)
        and award.state in ("in_force", "rectifying")
    ]
    for award in excluded:
        yield (
            f"excludes:{award.pk}",
            False,
            Text(
                f"已获“{award.application.round.name}”认定（{award.number}），与本事项不能重复享受",
                f"Holds “{award.application.round.name}” ({award.number}), which excludes this one",
            ),
        )
    if rule.excludes and not excluded:
        yield (
            "excludes",
            True,
            Text("没有获得与本事项互斥的认定", "Holds nothing that excludes this one"),
        )


def _once(application: Application, awards: list[Award]) -> Iterator[Seen]:
    rule, year = application.round.rule, application.round.year
    same = [
        award
        for award in awards
        if award.programme == rule.programme
        and (rule.once == "ever" or award.application.round.year == year)
        and (rule.once != "round" or award.application.round_id == application.round_id)
    ]
    for award in same[:1]:
        yield (
            "once",
            False,
            Text(
                f"已于 {said_day(award.award_date).zh} 获得同一认定"
                f"（{award.number}，{award.document_number}），"
                "按规定只认定一次",
                f"Was awarded the same on {said_day(award.award_date).en} ({award.number},"
                f" {award.document_number}); it is given once only",
            ),
        )
    if same:
        return
    titles = Title.objects.none()
    if rule.title and application.organisation_id and rule.once != "round":
        titles = Title.objects.filter(organisation=application.organisation_id, title=rule.title)
        if rule.once == "year":
            titles = titles.filter(awarded_date__year=year)
    title = titles.order_by("awarded_date").first()
    if title is not None:
        yield (
            "once",
            False,
            Text(
                f"登记有 {said_day(title.awarded_date).zh} 的同一称号（{title.document}），"
                "按规定只认定一次",
                f"The register has the same title of {said_day(title.awarded_date).en}"
                f" ({title.document}); it"
                " is given once only",
            ),
        )
        return
    yield "once", True, Text("以前没有获得同一认定", "Has not been awarded the same before")


def alike(form: Form) -> Iterator[Seen]:
    """Papers that another applicant handed in as well: the same file, or a picture that looks the
    same up to one bit of its 64."""
    own = [paper for slot in form.slots for paper in slot.papers]
    files = {paper.document.fingerprint: paper for paper in own}
    looks = {look: paper for paper in own for look in neighbours(paper.document.picture)}
    others = (
        Attachment.objects.filter(removed_at=None)
        .filter(models.Q(document__fingerprint__in=files) | models.Q(document__picture__in=looks))
        .exclude(application__applicant_code=form.application.applicant_code)
        .exclude(application__state__in=GONE)
        .select_related("document", "application")
        .order_by("id")
    )
    found = list(others[:MOST_SHOWN]) if own else []
    for other in found:
        mine = files.get(other.document.fingerprint) or looks[other.document.picture]
        whole = other.document.fingerprint in files
        who = f"{other.application.number}（{other.application.applicant_name}）"
        yield (
            f"paper:{mine.pk}:{other.pk}",
            False,
            Text(
                f"附件“{mine.document.name}”与 {who} 的"
                + ("是同一份文件" if whole else "看上去是同一张图片"),
                f"“{mine.document.name}” is "
                + ("the same file as" if whole else "a picture that looks like")
                + f" one of {other.application.number} ({other.application.applicant_name})",
            ),
        )
    if not found:
        yield (
            "papers",
            True,
            Text("附件没有与其他申报单位重复", "No paper is the same as another applicant's"),
        )


def relations(application: Application) -> Iterator[Seen]:
    """Other applicants of the round that share legal person, phone or address."""
    own = application.organisation
    if own is None:
        return
    shared = {
        "legal_person": Text("法定代表人相同", "the same legal person"),
        "phone": Text("电话相同", "the same phone"),
        "address": Text("地址相同", "the same address"),
    }
    wanted = models.Q(pk__in=())
    for field in shared:
        if getattr(own, field):
            wanted |= models.Q(**{f"organisation__{field}": getattr(own, field)})
    others = list(
        Application.objects.filter(wanted, round=application.round_id)
        .exclude(organisation=own.pk)
        .exclude(state__in=GONE)
        .select_related("organisation")
        .order_by("id")[:MOST_SHOWN]
    )
    for other in others:
        assert other.organisation is not None
        same = [
            text
            for field, text in shared.items()
            if getattr(own, field) and getattr(own, field) == getattr(other.organisation, field)
        ]
        zh, en = "、".join(text.zh for text in same), ", ".join(text.en for text in same)
        yield (
            f"related:{other.pk}",
            False,
            Text(
                f"与同批次的 {other.number}（{other.applicant_name}）{zh}",
                f"Shares with {other.number} ({other.applicant_name}) of this round: {en}",
            ),
        )
    if not others:
        yield (
            "related",
            True,
            Text("同批次没有发现关联的申报单位", "No related applicant found in this round"),
        )
