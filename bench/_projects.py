"""What `bench.projects` runs in a process and on a database of its own."""

from __future__ import annotations

import json
import os
import time

import django


def main() -> None:
    """Play so many projects of so many firms; print what was seen as JSON."""
    django.setup()
    from collections import Counter

    from dengta.ledger import queries as books
    from dengta.projects.models import Project
    from tests.cast import Cast
    from tests.projects import lives

    count, firms = map(int, os.environ["PROJECTS"].split())
    cast = Cast()
    made = [cast.enrol(f"firm-{n}") for n in range(firms)]
    begun = time.perf_counter()
    faults = lives.play(cast, count, made)
    spent = time.perf_counter() - begun
    states = Counter(Project.objects.values_list("state", flat=True))
    print(
        json.dumps(
            {
                "projects": sum(states.values()),
                "states": dict(sorted(states.items())),
                "ms_per_project": round(1000 * spent / count),
                "faults": faults[:20],
                "books": [str(one) for one in books.recompute()],
            },
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
