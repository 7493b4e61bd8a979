from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.assessment.actions import discard
from dengta.assessment.actions.evidence import NoSuchEvidence, NoSuchItem, attach, take_back
from dengta.assessment.models import Assessment, Evidence
from dengta.assessment.queries.evidence import evidence_of, limits
from dengta.trail.actions import FileRefused, Moved
from dengta.trail.models import Document
from tests.cast import Cast
from tests.pictures import photo, uploaded


def test_photos_and_files_lie_beside_the_item_in_the_order_they_came(cast: Cast) -> None:
    draft, firm = cast.draft(cast.firm), cast.firm.actor
    attach(draft, firm, "q2", uploaded(photo(1), "设备.jpg"), note=" 一车间 ")
    attach(draft, firm, "q2", SimpleUploadedFile("台账.xlsx", b"PK"))
    attach(draft, firm, "quality", SimpleUploadedFile("制度.pdf", b"%PDF-1.7"))
    assert [one.document.name for one in evidence_of(draft, "q2")] == ["设备.jpg", "台账.xlsx"]
    assert evidence_of(draft).count() == 3
    first = evidence_of(draft, "q2")[0]
    assert (first.note, first.user_id) == ("一车间", firm.user_id)
    assert first.document.picture


def test_the_same_file_given_twice_is_kept_once(cast: Cast) -> None:
    draft, firm = cast.draft(cast.firm), cast.firm.actor
    one = attach(draft, firm, "q2", uploaded(photo(1)))
    folder = one.document.content.name.rpartition("/")[0]
    files = default_storage.listdir(folder)[1]
    assert attach(draft, firm, "q2", uploaded(photo(1))) == one
    assert Document.objects.count() == 1
    assert default_storage.listdir(folder)[1] == files
    attach(draft, firm, "q3", uploaded(photo(1)))
    assert Evidence.objects.count() == 2, "for another item it is evidence of its own"


def test_what_is_refused_leaves_nothing_behind(cast: Cast) -> None:
    draft, firm = cast.draft(cast.firm), cast.firm.actor
    with pytest.raises(FileRefused, match="格式不能作为材料"):
        attach(draft, firm, "q2", SimpleUploadedFile("视频.mp4", b"x"))
    with pytest.raises(NoSuchItem, match="没有“q99”这一项"):
        attach(draft, firm, "q99", uploaded(photo(1)))
    assert not Document.objects.exists()


def test_a_picture_of_40_mb_is_told_what_to_do(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    huge = SimpleUploadedFile("现场.jpg", b"\xff\xd8" + b"x" * 40 * 2**20)
    with pytest.raises(FileRefused, match="有 41 MB，超过 20 MB。请把手机相机的像素调低"):
        attach(draft, cast.firm.actor, "q2", huge)


def test_an_item_takes_so_many_files_and_no_more(cast: Cast) -> None:
    draft, firm, most = cast.draft(cast.firm), cast.firm.actor, limits().files
    for n in range(most):
        attach(draft, firm, "q2", SimpleUploadedFile(f"{n}.pdf", f"%PDF {n}".encode()))
    with pytest.raises(FileRefused, match=f"已有 {most} 份材料.*合成一个 PDF"):
        attach(draft, firm, "q2", SimpleUploadedFile("more.pdf", b"%PDF more"))
    assert Document.objects.count() == most
    take_back(draft, firm, evidence_of(draft, "q2")[0].pk)
    attach(draft, firm, "q2", SimpleUploadedFile("more.pdf", b"%PDF more"))


def test_nobody_else_attaches_and_nothing_is_attached_to_what_is_closed(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    with pytest.raises(Assessment.DoesNotExist):
        attach(draft, cast.rival.actor, "q2", uploaded(photo(1)))
    discard(draft, cast.firm.actor)
    with pytest.raises(Moved):
        attach(draft, cast.firm.actor, "q2", uploaded(photo(1)))
    assert not Document.objects.exists()


def test_evidence_that_is_taken_back_stays_as_a_record(cast: Cast) -> None:
    draft, firm = cast.draft(cast.firm), cast.firm.actor
    one = attach(draft, firm, "q2", uploaded(photo(1)))
    with pytest.raises(Assessment.DoesNotExist):
        take_back(draft, cast.rival.actor, one.pk)
    take_back(draft, firm, one.pk)
    one.refresh_from_db()
    first = one.withdrawn_at
    take_back(draft, firm, one.pk)
    one.refresh_from_db()
    assert first is not None
    assert one.withdrawn_at == first
    assert not evidence_of(draft).exists()
    assert attach(draft, firm, "q2", uploaded(photo(1))).pk != one.pk, "it can be given anew"


def test_evidence_of_another_assessment_is_not_taken_back_by_its_number(cast: Cast) -> None:
    theirs = cast.draft(cast.rival)
    one = attach(theirs, cast.rival.actor, "q2", uploaded(photo(1)))
    with pytest.raises(NoSuchEvidence, match="不在本次测评里"):
        take_back(cast.draft(cast.firm), cast.firm.actor, one.pk)
    assert evidence_of(theirs).count() == 1


def test_after_submission_evidence_is_not_taken_back(cast: Cast) -> None:
    done = cast.assessed(cast.firm)
    with pytest.raises(Moved, match="不能再改"):
        take_back(done, cast.firm.actor, 1)
