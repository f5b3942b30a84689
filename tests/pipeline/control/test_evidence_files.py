# SPDX-License-Identifier: Apache-2.0
"""Files of examinations in a real instance: erased, audited, looked over by the doctor, and in an object store too."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from cocket.errors import CocketError, LostError, StoreError
from cocket.pipeline import NewResult
from cocket.pipeline.control.views import FileView, NewEvidence, NewFile
from cocket.pipeline.operations.backup_files import copy_tree, entries_of
from cocket.pipeline.operations.backups import _APART
from cocket.pipeline.operations.doctor import Finding, _files
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.queries.views import QueueFilter
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.control.test_results import audited, order_of
from tests.simulators.object_store import bucket

PAPER = b"%PDF-1.7\na packing list of thirty pages"


@pytest.fixture(params=["folder", "objects"])
def built(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    if request.param == "folder":
        yield from _built(tmp_path)
        return
    with bucket("evidence", monkeypatch) as endpoint:
        yield from _built(tmp_path, blob_store="s3://evidence/files", blob_store_endpoint=endpoint)


def _built(home: Path, **given: str) -> Iterator[Built]:
    made = build(home, random_share=0.5, red_per_day=1000, **given)
    made.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    made.desk()
    (line,) = made.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
    made.house.control.officer_acts.override(officer(), line.id, "red", "seen in the yard")
    yield made
    made.house.close()


def keep(built: Built, content: bytes = PAPER) -> FileView:
    new = NewFile(
        id=str(uuid.uuid4()),
        name="packing.pdf",
        sha256=sha256(content).hexdigest(),
        content=content,
        kind="paper",
        taken=datetime.now(UTC),
    )
    return built.house.control.officer_acts.add_file(officer(), order_of(built), new)


def consignment(built: Built) -> str:
    return built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines[0].id


def of_files(built: Built) -> list[Finding]:
    return list(_files(built.settings, built.stores.database))


def test_an_erased_file_is_gone_and_could_not_be_decrypted_if_it_came_back(built: Built) -> None:
    kept = keep(built)
    record = UUID(kept.record)
    closed = built.stores.blobs.get(record, "original")
    assert closed is not None and PAPER not in closed
    built.sign()
    built.desk()
    Erasure(built.stores).erase(consignment(built), who="root", reason="order 17")
    assert list(built.stores.blobs.all()) == []
    built.stores.blobs.put(record, "original", closed)
    with built.stores.database.transaction() as connection:
        assert built.stores.leaves.key_of(connection, record) is None


def test_the_audit_names_a_file_that_is_missing_or_changed(built: Built) -> None:
    keep(built)
    record = UUID(keep(built, PAPER + b"2").record)
    assert audited(built) == ()
    closed = built.stores.blobs.get(record, "original")
    assert closed is not None
    built.stores.blobs.put(record, "original", closed[:-1] + bytes([closed[-1] ^ 1]))
    assert [(one.table, one.id, one.stands) for one in audited(built)] == [("blob", str(record), "altered")]
    with pytest.raises(StoreError, match="altered"):
        built.house.control.officer_acts.evidence(officer(), consignment(built), str(record))
    built.stores.blobs.remove(record)
    assert [(one.id, one.stands) for one in audited(built)] == [(str(record), "missing")]
    with pytest.raises(LostError):
        built.house.control.officer_acts.evidence(officer(), consignment(built), str(record))
    built.stores.blobs.put(record, "original", closed)
    assert audited(built) == ()


def test_the_doctor_names_a_file_that_is_missing_and_one_that_belongs_to_nothing(built: Built) -> None:
    kept, record = keep(built), UUID(keep(built, PAPER + b"2").record)
    (good,) = of_files(built)
    assert good.state == "good" and "2 files" in good.said
    closed = built.stores.blobs.get(record, "original")
    assert closed is not None
    built.stores.blobs.remove(record)
    (missing,) = of_files(built)
    assert missing.state == "error" and str(record) in missing.said and kept.record not in missing.said
    built.stores.blobs.put(record, "original", closed)
    assert of_files(built)[0].state == "good"
    built.stores.blobs.put(uuid.uuid4(), "original", b"of nothing")
    assert [one.state for one in of_files(built)] == ["warning"]


def test_a_file_that_cannot_be_kept_is_not_sealed(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(type(built.stores.blobs), "put", full)
    with pytest.raises(CocketError, match="full"):
        keep(built)
    assert built.bodies("evidence") == [] and list(built.stores.blobs.all()) == []


def test_a_backup_holds_the_files_of_the_home_and_lists_them(tmp_path: Path) -> None:
    for built in _built(tmp_path / "home"):
        kept = keep(built)
        (blob,) = (path for path in built.settings.blobs_folder.rglob("*") if path.is_file())
        copy_tree(built.settings.home, tmp_path / "backup", _APART)
        listed = entries_of(tmp_path / "backup")
        assert [name for name in listed if kept.record in name] == [f"blobs/{kept.record[-2:]}/{kept.record}.original"]
        assert (tmp_path / "backup" / "blobs" / kept.record[-2:] / blob.name).read_bytes() == blob.read_bytes()


def test_a_result_names_a_sealed_file_by_its_record_alone(built: Built) -> None:
    kept = keep(built)
    new = NewResult(depth="full", found=False, evidence=(NewEvidence(name="", record=kept.record),))
    result = built.house.control.officer_acts.record_result(officer(), order_of(built), new)
    assert [(one.name, one.sha256, one.record) for one in result.evidence] == [
        ("packing.pdf", kept.sha256, kept.record)
    ]
    evidence = built.house.control.officer_acts.evidence(officer(), consignment(built), kept.record)
    assert evidence.content == PAPER
