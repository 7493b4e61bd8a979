"""认定证书: the certificate of an award as a PDF that anybody can check by its code."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from dengta.core.shapes import Text
from dengta.core.typesetting import pdf
from dengta.core.verifying import seal
from dengta.programmes.models import Award
from dengta.programmes.queries.awards import called, former_name, standing
from dengta.registry.queries import region_name
from dengta.trail.actions import StepRefused
from dengta.trail.models import Event

Json = dict[str, object]


def certificate(award: Award, site: str, language: str, day: dt.date) -> bytes:
    """The certificate of an award; `site` is the address that people reach the platform at, for
    its QR code, `day` decides whether it is still valid.

    The same award, site and language give the same bytes: the paper carries the day of the award,
    or of its last renewal or change of name. StepRefused for one that was revoked.
    """
    if award.state == "revoked":
        raise StepRefused(
            Text(
                f"{award.number} 已撤销，不再提供证书。撤销的情况可以在核验页面查到。",
                f"{award.number} was revoked; there is no certificate any more. The page of"
                " verification says so.",
            )
        )
    issued = _issued(award)
    midnight = timezone.make_aware(dt.datetime.combine(issued, dt.time()))
    return pdf("certificate", data_of(award, site, language, day), midnight)


def data_of(award: Award, site: str, language: str, day: dt.date) -> Json:
    """What the template `certificate` needs, every word in its language."""
    english = language.startswith("en")
    region = region_name(award.application.round.region_code)
    issued = _issued(award)
    expired = standing(award, day).id == "expired"

    def say(text: Text) -> str:
        return text.said(language)

    def written(date: dt.date) -> str:
        return f"{date.day} {date:%B} {date.year}" if english else _chinese(date)

    return {
        "language": language,
        "issuer": say(
            Text(
                f"{region.zh}中小企业数字化转型服务平台",
                f"{region.en} SME Digital Transformation Platform",
            )
        ),
        "office": say(
            Text(f"{region.zh}经信厅", f"Economy and Information Technology, {region.en}")
        ),
        "heading": say(Text("认定证书", "Certificate of Award")),
        "holder": award.holder_name,
        "former": former_name(award),
        "sentence": say(_sentence(award)),
        "called": say(called(award)),
        "number": award.number,
        "document": award.document_number,
        "date": written(award.award_date),
        "until": written(award.expires_date)
        if award.expires_date
        else say(Text("长期有效", "no end")),
        "issued": written(issued),
        "note": say(_note(award, issued, expired=expired)),
        "over": expired,
        "verify": seal(award.code, site)._asdict(),
    }


def _sentence(award: Award) -> Text:
    if not award.title:
        return Text("经遴选和公示，认定为", "has been selected, after publicity, as")
    return Text(
        f"申报的“{award.title}”经遴选和公示，认定为",
        f"has been selected for “{award.title}”, after publicity, as",
    )


def _note(award: Award, issued: dt.date, *, expired: bool) -> Text:
    if expired:
        return Text("本证书已到期", "This certificate has expired")
    if issued != award.award_date:
        return Text("换发，原证书作废", "Reissued; the earlier certificate is void")
    return Text("", "")


def _issued(award: Award) -> dt.date:
    """The day of the award, or of its last renewal or change of name."""
    changed = (
        Event.objects.filter(flow=award.flow.id, thing_id=award.pk, step__in=("renew", "rename"))
        .order_by("-id")
        .first()
    )
    return award.award_date if changed is None else timezone.localdate(changed.at)


def _chinese(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def certificate_name(award: Award, language: str) -> str:
    """How the file is called: holder and number; safe on any disk."""
    holder = "".join(sign for sign in award.holder_name if sign not in '\\/:*?"<>|' and sign >= " ")
    kind = "certificate" if language.startswith("en") else "认定证书"
    return f"{holder[:60].strip(' .')}_{kind}_{award.number}.pdf"
