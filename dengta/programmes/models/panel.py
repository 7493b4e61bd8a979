"""评审: the experts of a round, who stands aside from what, and their sheets."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.programmes.models.application import Application
from dengta.programmes.models.round import Round
from dengta.programmes.states import PANEL_DRAW, REVIEW
from dengta.trail.models import Case


class PanelDraw(Case):
    """评审专家抽取: the pool is frozen and a commitment to the seed published (`announcement`);
    the seed is published with the tickets (`record`). Both are what `dengta draw` reads."""

    flow = PANEL_DRAW

    round = models.ForeignKey(
        Round, on_delete=models.PROTECT, related_name="draws", verbose_name=_("遴选批次")
    )
    count = models.PositiveIntegerField(_("抽取人数"))
    commitment = models.CharField(_("种子承诺"), max_length=64)
    seed = models.CharField(_("种子"), max_length=128)
    entries = models.JSONField(_("冻结名单"), default=list)
    announcement = models.JSONField(_("抽取公告"), default=dict)
    record = models.JSONField(_("抽取记录"), default=dict, blank=True)
    committed_at = models.DateTimeField(_("承诺时间"))
    drawn_at = models.DateTimeField(_("抽取时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("评审专家抽取")
        verbose_name_plural = _("评审专家抽取")
        constraints = [
            models.CheckConstraint(
                name="drawn_panel_has_moment",
                condition=~models.Q(state="drawn") | models.Q(drawn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="committed_panel_has_commitment",
                condition=models.Q(committed_at__isnull=False)
                & ~(models.Q(state="committed") & models.Q(commitment="")),
            ),
            models.UniqueConstraint(
                fields=["round"],
                condition=models.Q(state="committed"),
                name="one_open_draw_per_round",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.count}"

    @property
    def case_region(self) -> str:
        """The region whose office runs the round."""
        return self.round.region_code

    @property
    def case_organisation_id(self) -> int:
        """Nobody's."""
        return 0

    @property
    def case_title(self) -> str:
        """The round's name."""
        return self.round.name


class Panelist(models.Model):
    """评审专家: an expert of a round, by the draw that drew them. `load` is how many sheets they
    take at the most where that is fewer than the rule's."""

    round = models.ForeignKey(
        Round, on_delete=models.PROTECT, related_name="panelists", verbose_name=_("遴选批次")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("专家"),
    )
    draw = models.ForeignKey(
        PanelDraw,
        on_delete=models.PROTECT,
        related_name="panelists",
        verbose_name=_("评审专家抽取"),
    )
    load = models.PositiveSmallIntegerField(_("评审份数上限"), null=True, blank=True)
    pledged_at = models.DateTimeField(_("承诺时间"), null=True, blank=True)
    left_at = models.DateTimeField(_("退出时间"), null=True, blank=True)
    left_reason = models.CharField(_("退出原因"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("评审专家")
        verbose_name_plural = _("评审专家")
        constraints = [
            models.UniqueConstraint(fields=["round", "user"], name="an_expert_once_per_round"),
            models.CheckConstraint(
                name="who_leaves_says_why",
                condition=models.Q(left_at=None) | ~models.Q(left_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.user}"


class Recusal(models.Model):
    """回避: an expert who does not review an application, and why. Found by the system or declared;
    an office can lift what was only found, with its reason."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="recusals", verbose_name=_("申报")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("专家"),
    )
    kind = models.CharField(_("回避类别"), max_length=20)
    reason = models.JSONField(_("回避理由"))
    at = models.DateTimeField(_("时间"))
    lifted_at = models.DateTimeField(_("解除时间"), null=True, blank=True)
    lifted_reason = models.CharField(_("解除理由"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("回避")
        verbose_name_plural = _("回避")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "user", "kind"], name="one_recusal_of_a_kind"
            ),
            models.CheckConstraint(
                name="lifted_recusal_says_why",
                condition=models.Q(lifted_at=None) | ~models.Q(lifted_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.user}"


class Review(Case):
    """评审表: one expert's sheet for one application: `marks` (criterion -> 0 to 100), `comments`
    (criterion -> text). Once locked nobody edits it; see Correction."""

    flow = REVIEW

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("申报")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("专家"),
    )
    marks = models.JSONField(_("分项评分"), default=dict, blank=True)
    comments = models.JSONField(_("分项意见"), default=dict, blank=True)
    opinion = models.TextField(_("总体意见"), max_length=5000, blank=True)
    version = models.PositiveIntegerField(_("填报版本"), default=0)
    assigned_at = models.DateTimeField(_("派单时间"))
    locked_at = models.DateTimeField(_("锁定时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("评审表")
        verbose_name_plural = _("评审表")
        constraints = [
            models.CheckConstraint(
                name="locked_review_has_moment",
                condition=~models.Q(state="locked") | models.Q(locked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="assigned_review_has_moment",
                condition=~models.Q(state="assigned") | models.Q(assigned_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["application", "user"],
                condition=models.Q(state__in=("assigned", "locked")),
                name="one_live_review_per_expert",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.user_id}"

    @property
    def number(self) -> str:
        """The number by which it is quoted; it names neither applicant nor expert."""
        return f"PS{self.assigned_at.year}-{self.pk or 0:06d}"

    @property
    def case_region(self) -> str:
        """The region whose office runs the round."""
        return self.application.round.region_code

    @property
    def case_organisation_id(self) -> int:
        """Nobody's: applicants do not see sheets."""
        return 0

    @property
    def case_user_id(self) -> int:
        """The expert."""
        return self.user_id

    @property
    def case_title(self) -> str:
        """The number of the sheet; a blind one names nobody."""
        return self.number


class Correction(models.Model):
    """评审更正: what replaces the marks of a locked sheet, from then on, and why. The latest one
    counts; the sheet itself stays as it was."""

    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, related_name="corrections", verbose_name=_("评审表")
    )
    marks = models.JSONField(_("分项评分"))
    reason = models.CharField(_("更正理由"), max_length=1000)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("更正人"),
    )
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("评审更正")
        verbose_name_plural = _("评审更正")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="correction_has_reason", condition=~models.Q(reason=""))
        ]

    def __str__(self) -> str:
        return f"{self.review} {self.at}"
