"""Pictures for tests: photos, pages of paper, and files as a phone sends them."""

from __future__ import annotations

import io
import random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter


def photo(seed: int, size: tuple[int, int] = (1600, 1200)) -> Image.Image:
    """A picture with shapes and shades, unlike that of another seed."""
    rng = random.Random(seed)
    made = Image.new("RGB", size, (rng.randrange(160), rng.randrange(160), 90))
    draw = ImageDraw.Draw(made)
    for _ in range(40):
        x, y, width = rng.randrange(size[0]), rng.randrange(size[1]), rng.randrange(40, 600)
        shade = rng.randrange(220)
        draw.ellipse((x, y, x + width, y + width // 2), fill=(shade, shade, rng.randrange(220)))
    return made.filter(ImageFilter.GaussianBlur(4))


def page(seed: int) -> Image.Image:
    """A page with lines of words, as a scan or a screenshot shows it."""
    rng = random.Random(seed)
    made = Image.new("RGB", (1240, 1754), (250, 250, 250))
    draw = ImageDraw.Draw(made)
    for y in range(150, 1600, 40):
        for x in range(150, rng.randrange(600, 1100), 40):
            draw.rectangle((x, y, x + rng.randrange(10, 32), y + 14), fill=(20, 20, 20))
    return made


def encoded(picture: Image.Image, kind: str = "JPEG", **how: int) -> bytes:
    """A picture as bytes."""
    data = io.BytesIO()
    picture.save(data, kind, **how)
    return data.getvalue()


def uploaded(
    picture: Image.Image, name: str = "现场.jpg", kind: str = "JPEG", **how: int
) -> SimpleUploadedFile:
    """A picture as a phone sends it."""
    content = encoded(picture, kind, **how)
    return SimpleUploadedFile(name, content, content_type="application/octet-stream")
