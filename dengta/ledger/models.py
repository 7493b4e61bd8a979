"""账本: accounts and the transfers between them, and how often they were proved. Nothing else.

What the database itself guarantees, on SQLite and PostgreSQL alike:

- A total is never negative, and an account's guard holds at every moment (`ledger_guard_holds`).
- A transfer moves a positive whole number of 分 from one account to a different one.
- A key is written once. What a transfer resolves or takes back, it does once (`of`).
- A transfer is never changed: what happens to it later is another transfer that names it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """账户: four totals in 分, moved by transfers only.

    `guard` says which side may not outgrow the other; what is pending counts against the room, and
    only what is posted makes room.
    """

    class Guard(models.TextChoices):
        NONE = "none", _("不设限额")
        CREDITS = "credits", _("借方不超过贷方")
        DEBITS = "debits", _("贷方不超过借方")

    code = models.CharField(_("账户编码"), max_length=120)
    name = models.CharField(_("名称"), max_length=300)
    guard = models.CharField(_("限额方式"), max_length=8, choices=Guard.choices, default=Guard.NONE)
    debits_pending_fen = models.BigIntegerField(_("借方预留金额"), default=0)
    debits_posted_fen = models.BigIntegerField(_("借方入账金额"), default=0)
    credits_pending_fen = models.BigIntegerField(_("贷方预留金额"), default=0)
    credits_posted_fen = models.BigIntegerField(_("贷方入账金额"), default=0)
    opened_at = models.DateTimeField(_("开户时间"))

    class Meta:
        verbose_name = _("账户")
        verbose_name_plural = _("账户")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="ledger_code_once"),
            models.CheckConstraint(
                condition=Q(guard__in=["none", "credits", "debits"]) & ~Q(code=""),
                name="ledger_account_is_named",
            ),
            models.CheckConstraint(
                condition=Q(
                    debits_pending_fen__gte=0,
                    debits_posted_fen__gte=0,
                    credits_pending_fen__gte=0,
                    credits_posted_fen__gte=0,
                ),
                name="ledger_totals_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(guard="none")
                | Q(
                    guard="credits",
                    credits_posted_fen__gte=F("debits_pending_fen") + F("debits_posted_fen"),
                )
                | Q(
                    guard="debits",
                    debits_posted_fen__gte=F("credits_pending_fen") + F("credits_posted_fen"),
                ),
                name="ledger_guard_holds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Transfer(models.Model):
    """转账: `amount_fen` from the debit to the credit account; a row is written once and stays.

    `post` moves money at once and `reserve` sets it aside. `settle` (all or part of a reservation;
    the rest goes back) and `release` (none of it) name the reservation in `of`; `reverse` names
    there what it takes back. `linked` joins transfers that were written all or none.
    """

    class Step(models.TextChoices):
        POST = "post", _("入账")
        RESERVE = "reserve", _("预留")
        SETTLE = "settle", _("结算")
        RELEASE = "release", _("退回预留")
        REVERSE = "reverse", _("冲回")

    key = models.CharField(_("交易唯一键"), max_length=200)
    step = models.CharField(_("转账类型"), max_length=8, choices=Step.choices)
    debit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("借方")
    )
    credit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("贷方")
    )
    amount_fen = models.BigIntegerField(_("金额"))
    of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        null=True,
        blank=True,
        verbose_name=_("原转账"),
    )
    linked = models.CharField(_("联动组"), max_length=200, blank=True)
    kind = models.CharField(_("业务类型"), max_length=40, blank=True)
    memo = models.CharField(_("转账摘要"), max_length=200, blank=True)
    about = models.CharField(_("业务对象"), max_length=120, blank=True)
    booked_at = models.DateTimeField(_("记账时间"))

    class Meta:
        verbose_name = _("转账")
        verbose_name_plural = _("转账")
        indexes = [
            models.Index(fields=["debit", "id"], name="ledger_by_debit"),
            models.Index(fields=["credit", "id"], name="ledger_by_credit"),
            models.Index(fields=["about"], condition=~Q(about=""), name="ledger_by_about"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="ledger_key_once"),
            models.UniqueConstraint(
                fields=["of"], condition=Q(of__isnull=False), name="ledger_resolved_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) & ~Q(key=""), name="ledger_moves_something"
            ),
            models.CheckConstraint(
                condition=~Q(debit=F("credit")), name="ledger_between_two_accounts"
            ),
            models.CheckConstraint(
                condition=Q(step__in=["post", "reserve"], of__isnull=True)
                | Q(step__in=["settle", "release", "reverse"], of__isnull=False),
                name="ledger_step_names_its_origin",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.get_step_display()} {self.amount_fen}"


class Reconciliation(models.Model):
    """账目核对: every transfer added up anew and compared with the totals of the accounts.

    `differences` lists the first of what was found, each {code, total, stored_fen,
    recomputed_fen}; `difference_count` counts all, and is 0 when the books are right.
    """

    started_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("完成时间"))
    transfers = models.PositiveBigIntegerField(_("核对转账笔数"))
    accounts = models.PositiveBigIntegerField(_("核对账户数"))
    differences = models.JSONField(_("账目差异"), default=list, blank=True)
    difference_count = models.PositiveBigIntegerField(_("账目差异数"), default=0)

    class Meta:
        verbose_name = _("账目核对")
        verbose_name_plural = _("账目核对")
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__gte=F("started_at")),
                name="reconciliation_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.difference_count}"

    @property
    def right(self) -> bool:
        """Whether nothing differed."""
        return not self.difference_count
