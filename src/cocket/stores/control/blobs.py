# SPDX-License-Identifier: Apache-2.0
"""Files that are too large for the database: photographs, scanner images, papers. What lies here is encrypted already.

A blob is written whole before the record that names it is sealed, and never changed. Its name is that of the record.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from cocket.errors import SettingsError, StoreError

#: Scheme of an address that names a bucket of an S3-compatible object store.
_OBJECTS: Final = "s3"

_NAME: Final = re.compile(r"([0-9a-f-]{36})\.(original|shown)\Z")

#: Parts of a blob: as it was taken, and as a browser is shown it.
PARTS: Final = ("original", "shown")


class Blobs(Protocol):
    """Where blobs are kept."""

    #: Where that is, in words.
    place: str

    def put(self, record: UUID, part: str, content: bytes) -> None:
        """Keep a part of a blob; when this returns it is durable.

        Raises:
            StoreError: It cannot be written.
        """

    def get(self, record: UUID, part: str) -> bytes | None:
        """A part of a blob; None if it is not there.

        Raises:
            StoreError: It cannot be read.
        """

    def remove(self, record: UUID) -> None:
        """Remove every part of a blob; one that is not there is no error.

        Raises:
            StoreError: It cannot be removed.
        """

    def all(self) -> Iterator[tuple[UUID, str]]:
        """Every part of every blob, as record and part, in any order (0..n).

        Raises:
            StoreError: They cannot be listed.
        """


def open_blobs(address: str, folder: Path, endpoint: str = "") -> Blobs:
    """The store that the settings name.

    Args:
        address: Such as `s3://bucket/prefix`; empty for the folder.
        folder: The folder; made when first written.
        endpoint: Address of an S3-compatible service that is not Amazon's; empty for Amazon's.

    Raises:
        SettingsError: The address is none, or what speaks to object stores is not installed.
    """
    if not address:
        return FolderBlobs(folder)
    found = urlsplit(address)
    if found.scheme != _OBJECTS or not found.netloc:
        raise SettingsError(
            f"blob_store {address!r} is not an address such as s3://bucket/prefix.",
            code="blob-store",
            hint="Leave it empty to keep files in a folder.",
        )
    return ObjectBlobs(found.netloc, found.path.strip("/"), endpoint)


class FolderBlobs:
    """Blobs in a folder of the home, a file each.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.place = str(folder)

    def put(self, record: UUID, part: str, content: bytes) -> None:
        """See `Blobs`."""
        path = self._path(record, part)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            half = path.with_name(f".{path.name}.{os.getpid()}")
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
            _sync(path.parent)
        except OSError as error:
            raise StoreError(f"The file cannot be kept in {self._folder}: {error.strerror}.", code="blob") from error

    def get(self, record: UUID, part: str) -> bytes | None:
        """See `Blobs`."""
        try:
            return self._path(record, part).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"A file in {self._folder} cannot be read: {error.strerror}.", code="blob") from error

    def remove(self, record: UUID) -> None:
        """See `Blobs`."""
        try:
            for part in PARTS:
                self._path(record, part).unlink(missing_ok=True)
            if self._path(record, "").parent.exists():
                _sync(self._path(record, "").parent)
        except OSError as error:
            raise StoreError(f"A file in {self._folder} cannot be removed: {error.strerror}.", code="blob") from error

    def all(self) -> Iterator[tuple[UUID, str]]:
        """See `Blobs`."""
        try:
            for path in sorted(self._folder.glob("??/*")):
                if name := _NAME.match(path.name):
                    yield UUID(name[1]), name[2]
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be listed: {error.strerror}.", code="blob") from error

    def _path(self, record: UUID, part: str) -> Path:
        # The last digits of an id are its random ones: files spread over 256 folders.
        return self._folder / str(record)[-2:] / f"{record}.{part}"


class ObjectBlobs:
    """Blobs in a bucket of an S3-compatible object store; who we are stands in `AWS_…` variables of the environment.

    Args:
        bucket: The bucket.
        prefix: What stands before each name in it; may be empty.
        endpoint: Address of the service; empty for Amazon's.

    Raises:
        SettingsError: `obstore` is not installed, or refuses the settings.
    """

    def __init__(self, bucket: str, prefix: str, endpoint: str = "") -> None:
        try:
            import obstore
            from obstore.exceptions import BaseError
            from obstore.store import S3Store
        except ImportError as error:
            raise SettingsError(
                "An object store needs the extra `objects`.", code="blob-store", hint="pip install 'cocket[objects]'"
            ) from error
        self.place = f"s3://{bucket}/{prefix}".rstrip("/")
        self._obstore, self._error = obstore, BaseError
        more: dict[str, Any] = {"endpoint": endpoint, "virtual_hosted_style_request": False} if endpoint else {}
        if endpoint.startswith("http://"):
            more["client_options"] = {"allow_http": True}
        try:
            self._store = S3Store(bucket, prefix=prefix or None, **more)
        except (BaseError, ValueError) as error:
            raise SettingsError(f"The object store {self.place} cannot be used: {error}.", code="blob-store") from error

    def put(self, record: UUID, part: str, content: bytes) -> None:
        """See `Blobs`."""
        try:
            self._obstore.put(self._store, f"{record}.{part}", content)
        except (self._error, FileNotFoundError) as error:
            raise self._failed("kept", error) from error

    def get(self, record: UUID, part: str) -> bytes | None:
        """See `Blobs`."""
        try:
            return bytes(self._obstore.get(self._store, f"{record}.{part}").bytes())
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise self._failed("read", error) from error
            return None
        except self._error as error:
            raise self._failed("read", error) from error

    def remove(self, record: UUID) -> None:
        """See `Blobs`."""
        for part in PARTS:
            try:
                with suppress(FileNotFoundError):
                    self._obstore.delete(self._store, f"{record}.{part}")
            except self._error as error:
                raise self._failed("removed", error) from error

    def all(self) -> Iterator[tuple[UUID, str]]:
        """See `Blobs`."""
        try:
            for page in self._obstore.list(self._store):
                for one in page:
                    if name := _NAME.match(one["path"].rpartition("/")[2]):
                        yield UUID(name[1]), name[2]
        except (self._error, FileNotFoundError) as error:
            raise self._failed("listed", error) from error

    def _failed(self, done: str, error: Exception) -> StoreError:
        what = str(error).splitlines()[0][:200]
        return StoreError(f"A file in {self.place} cannot be {done}: {what}.", code="blob")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
