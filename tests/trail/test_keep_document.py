from __future__ import annotations

import hashlib

from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.trail.actions import keep_document
from dengta.trail.models import Document
from tests.cast import Cast


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
