"""What the tests of matching share."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.matching.market import Market


@pytest.fixture
def market(cast: Cast) -> Market:
    """Providers, packages, needs and quotes by name."""
    return Market(cast)
