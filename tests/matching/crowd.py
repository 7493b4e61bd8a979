"""Real processes at one need: `python -m tests.matching.crowd`.

Two people of a firm choose different quotes at once; one choice meets a quote that is being mended;
two people of a provider begin its quote at once. Played as the platform is, and as a negative
control with the guards taken away. Prints what was seen as JSON; the database is that of
DENGTA_DATABASE_URL.
"""

from __future__ import annotations

import json
import time
from functools import partial
from typing import Any

import django

from tests.funding.crowd import careless_advance, together, without_constraint

WHY = "价格合适，服务团队就在本地，响应快。"


class Stage:
    """A firm, two providers, and what they do at the same moment."""

    def __init__(self) -> None:
        from tests.cast import Cast
        from tests.matching.market import Market

        self.market = Market(Cast())
        self.firm = self.market.cast.firm
        self.colleague = self.market.cast.colleague(self.firm)
        self.providers = [self.market.provider(f"p{n}") for n in range(2)]

    def two_choices(self) -> dict[str, Any]:
        """Two people of one firm choose different quotes, both having looked."""
        from dengta.matching.actions import choosing
        from dengta.matching.models import Choice, Quote
        from tests.cast import MOMENT

        need = self.market.need()
        ids = [self.market.quote(need, each).pk for each in self.providers]
        acting, digest = [self.firm.actor, self.colleague], self.market.seen(need)
        looked: dict[int, Any] = {}

        def look(n: int) -> bool:
            looked[n] = Quote.objects.select_related("need__organisation", "provider").get(
                pk=ids[n]
            )
            return True

        outcomes = together(
            2, look,
            lambda n: choosing.choose(
                looked[n], acting[n], reason=WHY, seen=digest, at=MOMENT
            ),
        )  # fmt: skip
        quotes = Quote.objects.filter(pk__in=ids)
        return {
            "outcomes": outcomes,
            "choices": Choice.objects.filter(need=need, undone_at=None).count(),
            "states": sorted(quotes.values_list("state", flat=True)),
        }

    def choice_and_mend(self) -> dict[str, Any]:
        """A firm chooses a quote while its provider makes it dearer: what is chosen is what was
        looked at, whoever comes first."""
        from dengta.matching.actions import choosing, quotes
        from dengta.matching.models import Choice, Quote
        from tests.cast import MOMENT, WAN

        sound = []
        for _ in range(5):
            need = self.market.need()
            quote = self.market.quote(need, self.providers[0])
            dearer = self.market.content(quote, discount_fen=WAN, days=90)
            digest = self.market.seen(need)
            rows = Quote.objects.select_related("need__organisation", "provider")
            looked = [rows.get(pk=quote.pk), rows.get(pk=quote.pk)]

            def act(n: int, looked: Any = looked, dearer: Any = dearer, seen: str = digest) -> None:
                if n:
                    quotes.mend(looked[n], self.providers[0].actor, dearer, at=MOMENT)
                else:
                    choosing.choose(looked[n], self.firm.actor, reason=WHY, seen=seen, at=MOMENT)

            together(2, lambda n: True, act)
            quote.refresh_from_db()
            choice = Choice.objects.filter(need=need).first()
            chosen = choice is not None and choice.compared["offers"][0]["days"] == quote.days
            sound.append(chosen if choice else quote.days == 90)
        return {"sound": sound}

    def two_quotes(self) -> dict[str, Any]:
        """Two people of one provider begin its quote for one need, both having seen none."""
        from dengta.matching.actions import quotes
        from dengta.matching.models import Quote
        from tests.cast import MOMENT

        need = self.market.need()
        made = self.providers[0]
        outcomes = together(
            2,
            lambda n: not Quote.objects.filter(need=need).exists(),
            lambda n: quotes.begin_quote(need, made.actor, key=f"k{n}", at=MOMENT),
        )
        return {"outcomes": outcomes, "quotes": Quote.objects.filter(need=need).count()}


def main() -> None:
    """Play every scenario, then the negative controls, and print what was seen."""
    django.setup()
    from dengta.matching.actions import choosing, quotes
    from dengta.matching.models import Choice, Quote
    from dengta.matching.queries import comparing

    stage = Stage()
    seen = {
        "two_choices": stage.two_choices(),
        "choice_and_mend": stage.choice_and_mend(),
        "two_quotes": stage.two_quotes(),
    }
    without_constraint(Quote, "one_live_quote_per_provider")
    without_constraint(Quote, "one_quote_chosen_per_need")
    without_constraint(Choice, "one_choice_per_need")
    slow(quotes, "hold")
    control = {"two_quotes": stage.two_quotes()}
    choosing.advance = careless_advance  # type: ignore[assignment]
    believed = partial(comparing.compare, states=("sent", "chosen", "passed_over"))
    choosing.compare = believed  # type: ignore[assignment]
    control["two_choices"] = stage.two_choices()
    print(json.dumps({"seen": seen, "control": control}, ensure_ascii=False))


def slow(module: Any, name: str) -> None:
    """Wait before a step, so that both have looked before either writes."""
    step = getattr(module, name)

    def late(*given: Any, **more: Any) -> Any:
        time.sleep(0.3)
        return step(*given, **more)

    setattr(module, name, late)


if __name__ == "__main__":
    main()
