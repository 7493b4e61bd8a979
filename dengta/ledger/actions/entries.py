"""What goes into the ledger and what comes out: entries, receipts and refusals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final, Literal

from dengta.core.money import yuan
from dengta.core.shapes import Text

Guard = Literal["none", "credits", "debits"]
MOST_FEN: Final = 10**15
MARK: Final = "#"


@dataclass(frozen=True, slots=True)
class Entry:
    """What to book: `amount_fen` 分 (1 to 10^15) from the debit to the credit account, by code.

    `about` refers to the business object; `linked` groups the entries of one independent batch.
    """

    key: str
    debit: str
    credit: str
    amount_fen: int
    kind: str = ""
    memo: str = ""
    about: str = ""
    linked: str = ""

    def __post_init__(self) -> None:
        """ValueError for what could never be a transfer."""
        if not 0 < len(self.key) <= 180 or MARK in self.key:
            raise ValueError(f"key {self.key!r}: 1 to 180 characters, none of them {MARK}")
        if type(self.amount_fen) is not int or not 0 < self.amount_fen <= MOST_FEN:
            raise ValueError(f"{self.key}: amount_fen {self.amount_fen!r} is not 1 to 10^15")
        if len(self.memo) > 200 or len(self.about) > 120 or len(self.kind) > 40:
            raise ValueError(
                f"{self.key}: at most 200 characters of memo, 120 of about, 40 of kind"
            )
        if len(self.linked) > 180:
            raise ValueError(f"{self.key}: linked is longer than 180 characters")
        if self.debit == self.credit:
            raise ValueError(f"{self.key}: debit and credit are both {self.debit}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transfer as it was written. `step` is post, reserve, settle, release or reverse."""

    key: str
    step: str
    debit: str
    credit: str
    amount_fen: int
    kind: str
    about: str
    linked: str
    memo: str = field(compare=False)
    booked_at: dt.datetime = field(compare=False)


class Refused(Exception):
    """Nothing was written; `text` says why and what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.zh)
        self.text = text


class Overspent(Refused):
    """An account's guard would break. `account` is its code; `asked_fen`, `left_fen` in 分."""

    def __init__(self, account: str, name: str, asked_fen: int, left_fen: int) -> None:
        self.account, self.asked_fen, self.left_fen = account, asked_fen, left_fen
        super().__init__(
            Text(
                f"“{name}”可用 {yuan(left_fen)} 元，不足 {yuan(asked_fen)} 元，没有记账。"
                "请减少金额，或等额度补充后再办理。",
                f"{name} has {yuan(left_fen)} yuan left, not the {yuan(asked_fen)} asked; nothing "
                "was booked. Ask for less, or wait until it is replenished.",
            )
        )


class KeyReused(Refused):
    """The key was already used for something else."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            Text(
                f"编号 {key} 已用于另一笔内容不同的转账，没有重复记账。请核对后换用新的编号。",
                f"{key} already stands for a different transfer; nothing was booked. Check, and "
                "use a new key.",
            )
        )


class AlreadyResolved(Refused):
    """A reservation that was settled cannot be released, and the reverse. `step` is what it got."""

    def __init__(self, key: str, step: str) -> None:
        self.key, self.step = key, step
        zh, en = ("结算", "settled") if step == "settle" else ("退回", "released")
        super().__init__(
            Text(
                f"预留 {key} 已{zh}，一笔预留只能处理一次。如需更正，请冲回后重新办理。",
                f"Reservation {key} is already {en}; it is resolved once. To correct it, reverse "
                "it and start again.",
            )
        )


class ExceedsReservation(Refused):
    """A settlement above what was reserved."""

    def __init__(self, key: str, asked_fen: int, reserved_fen: int) -> None:
        self.key, self.asked_fen, self.reserved_fen = key, asked_fen, reserved_fen
        super().__init__(
            Text(
                f"{key} 预留 {yuan(reserved_fen)} 元，不能结算 {yuan(asked_fen)} 元。"
                "请按预留金额以内结算，超出部分另行办理。",
                f"{key} reserves {yuan(reserved_fen)} yuan; {yuan(asked_fen)} cannot be settled. "
                "Settle at most what is reserved and book the rest apart.",
            )
        )


class NotPosted(Refused):
    """Only money that has moved can be taken back."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            Text(
                f"{key} 没有入账，不能冲回。尚在预留的，请改用退回预留。",
                f"{key} has not been posted and cannot be reversed. If it is still reserved, "
                "release it.",
            )
        )


class UnknownAccount(Refused):
    """No account has this code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(
            Text(
                f"账本中没有账户 {code}。请先开户，再记账。",
                f"The ledger has no account {code}. Open it first.",
            )
        )


class UnknownTransfer(Refused):
    """No transfer of the asked kind has this key."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            Text(
                f"账本中没有编号为 {key} 的相应转账。请核对编号。",
                f"The ledger has no such transfer with the key {key}. Check the key.",
            )
        )


class AccountDiffers(Refused):
    """The account is open already, under a different guard."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(
            Text(
                f"账户 {code} 已开立，限额方式不同，没有改动。请核对账户编码。",
                f"Account {code} is open with a different guard and was left as it is. "
                "Check the code.",
            )
        )
