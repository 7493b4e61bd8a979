"""Evidence in the demo province: drawn photos of a workshop that does not exist. One of them lies
beside the answers of two firms, so that the flag for it can be seen."""

from __future__ import annotations

import io
import random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter

from dengta.accounts.queries import Actor
from dengta.assessment.actions.evidence import attach
from dengta.assessment.models import Assessment

SHARED = 1
"""The photo that two firms gave."""

LAID: dict[int, tuple[tuple[str, str, int], ...]] = {
    0: (("q2", "数控车间（演示）.jpg", SHARED), ("production_control", "工单看板（演示）.jpg", 2)),
    1: (("q3", "联网设备（演示）.jpg", SHARED),),
    2: (("q2", "装配线（演示）.jpg", 3),),
}
"""What lies beside which item, by the place of the firm among the firms of the province."""


def lay(draft: Assessment, actor: Actor, place: int) -> None:
    """Give the evidence of one firm, before it submits."""
    for item, name, seed in LAID.get(place, ()):
        attach(draft, actor, item, SimpleUploadedFile(name, workshop(seed)), at=draft.started_at)


def workshop(seed: int) -> bytes:
    """A workshop drawn by chance, the same each time: floor, wall, machines and their lamps."""
    rng = random.Random(seed)
    drawn = Image.new("RGB", (960, 720), (96, 104, 112))
    draw = ImageDraw.Draw(drawn)
    draw.rectangle((0, 430, 960, 720), fill=(120, 112, 98))
    for place in range(5):
        left, top = 20 + place * 185 + rng.randrange(40), 180 + rng.randrange(160)
        shade = rng.randrange(40, 150)
        draw.rectangle(
            (left, top, left + 120 + rng.randrange(40), 560 + rng.randrange(60)),
            fill=(shade, shade + 20, shade + rng.randrange(60)),
        )
        draw.rectangle((left + 20, top + 24, left + 70, top + 70), fill=(24, 34, 46))
        draw.ellipse((left + 84, top + 20, left + 104, top + 40), fill=(46, 160, 90))
    out = io.BytesIO()
    drawn.filter(ImageFilter.GaussianBlur(2)).save(out, "JPEG", quality=82)
    return out.getvalue()
