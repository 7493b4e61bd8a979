from __future__ import annotations

import hashlib
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from dengta.trail.actions import FileRefused, keep_document, look
from dengta.trail.models import Document
from tests.cast import Cast
from tests.pictures import page, photo, uploaded


def apart(one: str, other: str) -> int:
    """In how many of their 64 bits two pictures differ."""
    return bin(int(one, 16) ^ int(other, 16)).count("1")


def test_a_photo_saved_anew_looks_the_same_and_another_does_not() -> None:
    distances, seen = [], []
    for seed in range(8):
        whole = photo(seed)
        first = look(uploaded(whole, quality=92)).picture
        for again in (uploaded(whole, quality=50), uploaded(whole, "截图.png", "PNG"),
                      uploaded(whole.resize((800, 600)), quality=70)):  # fmt: skip
            distances.append(apart(first, look(again).picture))
        assert min((apart(first, other) for other in seen), default=64) > 8
        seen.append(first)
    assert max(distances) <= 3
    assert sum(distance <= 1 for distance in distances) >= 22, "what `same_elsewhere` finds"


def test_a_photo_taken_upright_looks_as_it_is_seen() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side; the viewer turns it
    whole, data = photo(1), io.BytesIO()
    whole.rotate(90, expand=True).save(data, "JPEG", exif=exif, quality=92)
    turned = SimpleUploadedFile("手机.jpg", data.getvalue())
    assert apart(look(turned).picture, look(uploaded(whole)).picture) <= 1


def test_pages_and_screenshots_are_known_by_their_bytes_only() -> None:
    assert look(uploaded(page(1), "制度.png", "PNG")).picture == ""
    assert look(uploaded(Image.new("RGB", (400, 300), (90, 90, 90)))).picture == ""


def test_the_type_of_a_picture_is_what_it_is_and_not_what_it_says(cast: Cast) -> None:
    kept = keep_document(uploaded(photo(2), "其实是.jpg", "PNG"), by=cast.firm.actor)
    assert kept.media_type == "image/png"
    assert len(kept.picture) == 16
    with kept.content.open("rb") as stored:
        assert stored.read(4) == b"\x89PNG"


def damaged() -> bytes:
    return uploaded(photo(3)).read()[:5000]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("大.jpg", b"x" * (1024 * 1024 + 1), "大.jpg”有 2 MB，超过 1 MB。请把手机相机的像素调低"),
        ("大.pdf", b"x" * (1024 * 1024 + 1), "超过 1 MB。请压缩，或拆分"),
        ("程序.exe", b"MZ", "“程序.exe”的格式不能作为材料。请上传照片"),
        ("没有后缀", b"x", "格式不能作为材料"),
        ("IMG_1.HEIC", b"x", "HEIC 格式，别的电脑打不开。请用页面上的“拍照”"),
        ("空.pdf", b"", "“空.pdf”是空文件"),
        ("假.jpg", b"<html>not a picture</html>", "“假.jpg”打不开：名称是图片，内容不是"),
        ("断.jpg", damaged(), "或者已经损坏。请重新拍照"),
        (f"{'长' * 100}.jpg", b"x", "…"),
    ],
)
def test_a_file_that_cannot_be_kept_is_refused_with_what_to_do(
    cast: Cast, name: str, content: bytes, says: str
) -> None:
    file = SimpleUploadedFile(name, content)
    with pytest.raises(FileRefused) as refused:
        keep_document(file, by=cast.firm.actor, types=("jpg", "pdf"), most_bytes=2**20)
    assert says in refused.value.text.zh
    assert len(refused.value.text.zh) < 160
    assert refused.value.text.en
    assert not Document.objects.exists()


def test_a_document_is_known_by_the_fingerprint_of_its_bytes(cast: Cast) -> None:
    content = "云服务合同\n".encode() * 10_000
    file = SimpleUploadedFile("合同.pdf", content, content_type="application/pdf")
    kept = Document.objects.get(pk=keep_document(file, by=cast.firm.actor).pk)
    assert kept.fingerprint == hashlib.sha256(content).hexdigest()
    assert (kept.name, kept.media_type, kept.size) == ("合同.pdf", "application/pdf", len(content))
    with kept.content.open("rb") as stored:
        assert stored.read() == content
    assert kept.user_id == cast.firm.actor.user_id


def test_the_same_bytes_under_another_name_have_the_same_fingerprint(cast: Cast) -> None:
    one, two = (
        keep_document(SimpleUploadedFile(name, b"%PDF-1.7 same"), by=cast.firm.actor)
        for name in ("a.pdf", "b.pdf")
    )
    assert one.fingerprint == two.fingerprint
    assert one.content.name != two.content.name


def test_an_overlong_name_keeps_its_end(cast: Cast) -> None:
    name = "很长" * 110 + ".pdf"
    kept = keep_document(SimpleUploadedFile(name, b"x"), by=cast.firm.actor)
    assert len(kept.name) <= 200
    assert kept.name.endswith(".pdf")
