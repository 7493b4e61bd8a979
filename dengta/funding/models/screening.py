"""查重索引: by what one claim finds its like among a million, kept beside the register."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.funding.models.register import Filing


class ScreeningSign(models.Model):
    """查重特征: one sign of a live filing (see `core.signs`), with what stands beside it. A filing
    that is released has none. Made from its content alone, by the scheme that `Filing.signed_by`
    names, so that it can be made anew at any time."""

    filing = models.ForeignKey(
        Filing,
        db_index=False,
        on_delete=models.CASCADE,
        related_name="signs",
        verbose_name=_("登记件"),
    )
    sign = models.BigIntegerField(_("特征码"))
    mark = models.BigIntegerField(_("特征指纹"), default=0)
    size = models.IntegerField(_("特征长度"), default=0)

    class Meta:
        verbose_name = _("查重特征")
        verbose_name_plural = _("查重特征")
        indexes = [
            # All that is read stands in the index, so that the table itself is never touched.
            models.Index(fields=["sign", "filing", "mark", "size"], name="screening_by_sign"),
            models.Index(fields=["filing", "sign"], name="screening_of_filing"),
        ]

    def __str__(self) -> str:
        return f"{self.filing_id} {self.sign}"


class PartyTie(models.Model):
    """关联特征: something that a party has and another may have too: a legal person, a phone, an
    address, an account or an employer, in the form it is compared in, and its sign. Brought to the
    registry's state when a party files, and for all parties at night."""

    party = models.CharField(_("关联方代码"), max_length=18)
    kind = models.CharField(_("关联类别"), max_length=14)
    value = models.TextField(_("关联内容"))
    sign = models.BigIntegerField(_("特征码"))

    class Meta:
        verbose_name = _("关联特征")
        verbose_name_plural = _("关联特征")
        constraints = [
            models.UniqueConstraint(fields=["sign", "party"], name="a_tie_of_a_party_once")
        ]
        indexes = [models.Index(fields=["party"], name="ties_of_a_party")]

    def __str__(self) -> str:
        return f"{self.party} {self.kind}"
