"""留痕: what happened to a matter, the documents it rests on, and the notices that went out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.core.flow import Flow


class Case(models.Model):
    """Anything that has a state. Its Flow says which states there are; only `trail.advance`
    moves it."""

    flow: ClassVar[Flow]
    desk_path: ClassVar[str] = ""
    """The address in front of the id under which officials open it; empty where they have no page
    for one, and then nobody above is told when it is late."""

    state = models.CharField(_("状态"), max_length=24, db_index=True)
    state_since = models.DateTimeField(_("进入状态时间"))

    class Meta:
        abstract = True

    @property
    def case_region(self) -> str:
        """GB/T 2260 code that decides which officials may act."""
        raise AssertionError(f"{type(self).__name__} says nothing about this")

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people may act for it."""
        raise AssertionError(f"{type(self).__name__} says nothing about this")

    @property
    def case_provider_id(self) -> int:
        """The organisation whose people may act in the role of provider; the same unless said."""
        return self.case_organisation_id

    @property
    def case_user_id(self) -> int:
        """The one person who may act in the role of expert; 0 when it is given to nobody."""
        return 0

    @property
    def case_owner(self) -> str:
        """Who has it in the state it is in: as its Flow says, unless its region decides."""
        return self.flow.state(self.state).owner

    @property
    def case_days(self) -> Mapping[str, int]:
        """Working days by state, where this matter has others than practice (see
        `trail.queries.days_given`)."""
        return {}

    @property
    def case_title(self) -> str:
        """How the matter is called in notices and lists."""
        raise AssertionError(f"{type(self).__name__} says nothing about this")


class Event(models.Model):
    """One step of one matter: who, what, when, why. Written with the step, never changed."""

    flow = models.CharField(_("流程"), max_length=40)
    thing_id = models.BigIntegerField(_("事项编号"))
    step = models.CharField(_("步骤"), max_length=40)
    from_state = models.CharField(_("原状态"), max_length=24, blank=True)
    to_state = models.CharField(_("新状态"), max_length=24)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("经办人"),
    )
    role = models.CharField(_("角色"), max_length=12)
    actor_name = models.CharField(_("经办人姓名"), max_length=120)
    note = models.TextField(_("说明"), blank=True)
    reasons = models.JSONField(_("依据"), default=dict, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("留痕")
        verbose_name_plural = _("留痕")
        ordering = ["id"]
        indexes = [models.Index(fields=["flow", "thing_id"], name="event_of_thing")]

    def __str__(self) -> str:
        return f"{self.flow}#{self.thing_id} {self.step}"


class Document(models.Model):
    """材料: a file as it was uploaded, known by the SHA-256 of its bytes; a picture also by how it
    looks (64 bits as 16 hex digits), so that the same photo saved anew is still the same."""

    fingerprint = models.CharField(_("指纹"), max_length=64, db_index=True)
    name = models.CharField(_("文件名"), max_length=200)
    media_type = models.CharField(_("文件类型"), max_length=80)
    size = models.PositiveBigIntegerField(_("文件大小"))
    picture = models.CharField(_("图像指纹"), max_length=16, blank=True, db_index=True)
    content = models.FileField(_("内容"), upload_to="%Y/%m")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("上传人"),
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("材料")
        verbose_name_plural = _("材料")

    def __str__(self) -> str:
        return self.name


class Notice(models.Model):
    """通知: a message to one person, kept here and sent on by whatever channel is configured."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("收件人"),
    )
    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="notices", verbose_name=_("留痕")
    )
    subject = models.JSONField(_("主题"))
    body = models.JSONField(_("正文"))
    link = models.CharField(_("链接"), max_length=200, blank=True)
    read_at = models.DateTimeField(_("阅读时间"), null=True, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("通知")
        verbose_name_plural = _("通知")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "event"], name="one_notice_per_event")
        ]

    def __str__(self) -> str:
        return str(self.subject.get("zh", ""))


class Job(models.Model):
    """后台任务: long work that runs behind the pages, and how far it has come.

    `total` is 0 until it is known. `faults` lists the first of what could not be done, each
    {sheet, row, column, value, zh, en}; `fault_count` counts all. `result` is the file it made,
    `rejected` the rows of its source that could not be used, to be mended and handed in again;
    `summary` says in figures what came of it, each {zh, en, count}.
    `beat_at` is the last sign of life of whoever works on it; `attempt` rises each time that
    somebody begins, so that one who fell silent and comes back cannot write over the next.
    """

    kind = models.CharField(_("任务类别"), max_length=40)
    name = models.JSONField(_("名称"))
    arguments = models.JSONField(_("任务参数"), default=dict, blank=True)
    source = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("来源文件"),
    )
    result = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("结果文件"),
    )
    rejected = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("退回的行"),
    )
    total = models.PositiveIntegerField(_("总数"), default=0)
    done = models.PositiveIntegerField(_("已完成数"), default=0)
    faults = models.JSONField(_("问题清单"), default=list, blank=True)
    fault_count = models.PositiveIntegerField(_("问题数"), default=0)
    summary = models.JSONField(_("办理结果"), default=list, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("发起人"),
    )
    region_code = models.CharField(_("地区"), max_length=6, blank=True)
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("创建时间"))
    started_at = models.DateTimeField(_("开始时间"), null=True, blank=True)
    beat_at = models.DateTimeField(_("最近响应时间"), null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(_("办理次数"), default=0)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    failure = models.JSONField(_("失败原因"), default=dict, blank=True)

    class Meta:
        verbose_name = _("后台任务")
        verbose_name_plural = _("后台任务")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="job_finishes_after_it_starts",
                condition=models.Q(finished_at=None) | models.Q(started_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}#{self.pk}"

    @property
    def waiting(self) -> bool:
        """Whether nobody has begun it."""
        return self.started_at is None

    @property
    def running(self) -> bool:
        """Whether it is being worked on."""
        return self.started_at is not None and self.finished_at is None

    @property
    def failed(self) -> bool:
        """Whether it ended without having done its work."""
        return bool(self.failure)

    @property
    def finished(self) -> bool:
        """Whether it has ended, well or not."""
        return self.finished_at is not None

    @property
    def per_cent(self) -> int:
        """How much of it is done, 0 to 100; 0 while the total is not known."""
        return min(self.done * 100 // self.total, 100) if self.total else 0
