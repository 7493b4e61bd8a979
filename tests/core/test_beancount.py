from __future__ import annotations

import datetime as dt
import re

from hypothesis import example, given
from hypothesis import strategies as st

from dengta.core import beancount
from dengta.core.beancount import account_name, code_of

VALID = re.compile(r"(?:Assets|Liabilities|Equity)(?::[A-Z0-9][A-Za-z0-9-]*)+")
DAY = dt.date(2026, 3, 16)
# Signs of which names are made, and those that the escapes are made of.
CODES = st.text(alphabet="0xX-_a5fFé资 .:/", min_size=1, max_size=12)


@given(CODES)
@example("cap/cloud_voucher/2026/91420102MA0001")
@example("0x30-/_-x5f-//")
def test_every_code_has_a_valid_name_that_leads_back_to_it(code: str) -> None:
    assert VALID.fullmatch(account_name(code))
    assert code_of(account_name(code)) == code


def test_names_can_be_read() -> None:
    assert account_name("pool/cloud-voucher-2026") == "Equity:Pool:Cloud-voucher-2026"
    assert account_name("payable/91420102MA0001") == "Liabilities:Payable:91420102MA0001"
    assert account_name("treasury/province") == "Assets:Treasury:Province"


@given(st.integers(-(10**17), 10**17))
def test_an_amount_has_two_decimals_and_loses_nothing(fen: int) -> None:
    text = beancount.amount(fen)
    assert re.fullmatch(r"-?\d+\.\d\d", text)
    assert int(text.replace(".", "")) == fen


def test_words_of_people_cannot_break_out_of_their_string() -> None:
    assert beancount.quoted('a "b"\n2026-01-01 close \\') == '"a \\"b\\" 2026-01-01 close \\\\"'


def test_an_account_is_open_when_its_first_transfer_is_booked() -> None:
    late = beancount.Account("pool", "资金池", "credits", DAY + dt.timedelta(days=9), 0, 0)
    text = "".join(beancount.head("账本", [late], DAY))
    assert "2026-03-16 open Equity:Pool CNY" in text
    assert '  opened: "2026-03-25"' in text
