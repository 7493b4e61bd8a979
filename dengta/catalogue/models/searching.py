"""检索: what entries are found by. All of it is made from entries by `actions.indexing` and can be
made again; nothing else writes here."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.catalogue.models.entries import Entry


class SearchBlock(models.Model):
    """检索分块: 16,384 entries in the order of their ids. `stamp` is another one after each change,
    so that what a process holds of a block is known to be old."""

    number = models.PositiveIntegerField(_("分块号"), unique=True)
    stamp = models.CharField(_("变更戳"), max_length=32)

    class Meta:
        verbose_name = _("检索分块")
        verbose_name_plural = _("检索分块")

    def __str__(self) -> str:
        return str(self.number)


class SearchTerm(models.Model):
    """检索词: where a term occurs in the entries of a block (`core.grams`, little-endian)."""

    block = models.ForeignKey(
        SearchBlock, on_delete=models.CASCADE, related_name="+", verbose_name=_("检索分块")
    )
    term = models.CharField(_("检索词"), max_length=64)
    places = models.BinaryField(_("出现位置"))

    class Meta:
        verbose_name = _("检索词")
        verbose_name_plural = _("检索词")
        constraints = [
            models.UniqueConstraint(fields=["term", "block"], name="one_list_per_term_and_block")
        ]

    def __str__(self) -> str:
        return self.term


class SearchFacet(models.Model):
    """检索分面: which entries of a block carry a value, as numbers of 16 bits within the block."""

    block = models.ForeignKey(
        SearchBlock, on_delete=models.CASCADE, related_name="+", verbose_name=_("检索分块")
    )
    facet = models.CharField(_("分面"), max_length=20)
    value = models.CharField(_("分面值"), max_length=40)
    members = models.BinaryField(_("条目集合"))

    class Meta:
        verbose_name = _("检索分面")
        verbose_name_plural = _("检索分面")
        constraints = [
            models.UniqueConstraint(
                fields=["block", "facet", "value"], name="one_set_per_facet_value_and_block"
            )
        ]

    def __str__(self) -> str:
        return f"{self.facet}={self.value}"


class IndexedText(models.Model):
    """检索文本: what an entry was indexed with, so that it can be taken out again."""

    entry = models.OneToOneField(
        Entry, on_delete=models.CASCADE, related_name="+", verbose_name=_("资源池条目")
    )
    texts = models.JSONField(_("检索文本"), default=list)

    class Meta:
        verbose_name = _("检索文本")
        verbose_name_plural = _("检索文本")

    def __str__(self) -> str:
        return str(self.entry_id)
