# SPDX-License-Identifier: Apache-2.0
"""Both stores of files keep, give and remove the same way: a folder, and a bucket of an S3-compatible service."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.errors import SettingsError, StoreError
from cocket.stores.control.blobs import Blobs, FolderBlobs, open_blobs
from tests.simulators.object_store import bucket


@pytest.fixture(params=["folder", "objects"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Blobs]:
    if request.param == "folder":
        yield open_blobs("", tmp_path / "blobs")
        return
    with bucket("evidence", monkeypatch) as endpoint:
        yield open_blobs("s3://evidence/port-alpha", tmp_path / "blobs", endpoint)


def test_what_was_kept_is_given_byte_for_byte_until_it_is_removed(blobs: Blobs) -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    assert blobs.get(first, "original") is None and list(blobs.all()) == []
    blobs.put(first, "original", b"\0" * 300_000)
    blobs.put(first, "shown", b"small")
    blobs.put(second, "original", b"other")
    blobs.put(second, "original", b"again")
    assert blobs.get(first, "original") == b"\0" * 300_000 and blobs.get(second, "original") == b"again"
    assert set(blobs.all()) == {(first, "original"), (first, "shown"), (second, "original")}
    blobs.remove(first)
    blobs.remove(first)
    assert blobs.get(first, "shown") is None and set(blobs.all()) == {(second, "original")}


def test_a_store_that_cannot_be_reached_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with bucket("evidence", monkeypatch) as endpoint:
        missing = open_blobs("s3://elsewhere", tmp_path, endpoint)
        with pytest.raises(StoreError, match="elsewhere"):
            missing.put(uuid.uuid4(), "original", b"x")
    (tmp_path / "blobs").write_text("a file in the way")
    with pytest.raises(StoreError, match="cannot be kept"):
        FolderBlobs(tmp_path / "blobs").put(uuid.uuid4(), "original", b"x")


@pytest.mark.parametrize("address", ["s3://", "ftp://x/y", "/a/folder", "bucket"])
def test_an_address_that_names_no_bucket_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="s3://bucket/prefix"):
        open_blobs(address, tmp_path)
