# SPDX-License-Identifier: Apache-2.0
"""The file in which a laptop writes results down while the line is down: signed with the key of the pack, numbered, written whole."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from cocket.errors import SettingsError, StoreError
from cocket.exchange.office_packs import (
    OfficePack,
    OfficeResult,
    ResultsStatement,
    check_results,
    read_results,
    same_finding,
    write_results,
)
from cocket.ledger import Signer


class ResultFile:
    """Results of one pack on one laptop.

    Args:
        path: The file; it need not exist.
        pack: The pack.
    """

    def __init__(self, path: Path, pack: OfficePack) -> None:
        self.path = path
        self._pack = pack
        self._vkey = Signer.from_skey(pack.skey).verifier.vkey

    def content(self) -> bytes:
        """The file as it is; empty if there is none.

        Raises:
            StoreError: It cannot be read.
        """
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise StoreError(f"{self.path} cannot be read: {error.strerror}.", code="file-unreadable") from error

    def written(self) -> ResultsStatement | None:
        """What is written down; None if nothing is.

        Raises:
            SenderError: It is no file of results.
            ProofError: It was changed, or is of another pack.
            StoreError: It cannot be read.
        """
        content = self.content()
        if not content:
            return None
        file = read_results(content)
        check_results(file, self._vkey)
        return file.statement

    def add(self, result: OfficeResult) -> OfficeResult:
        """Write a result down; as it is numbered. One that says the same as what stands for its order is written down once.

        Args:
            result: Without a number; it corrects an earlier one of its order.

        Raises:
            SenderError: It is of no order of the pack, or there are too many.
            ProofError: The file was changed, or is of another pack.
            StoreError: It cannot be written.
        """
        with _alone(self.path):
            before = self.written()
            earlier = before.results if before is not None else ()
            stands = next((one for one in reversed(earlier) if one.order == result.order), None)
            if stands is not None and (same_finding(stands), stands.note) == (same_finding(result), result.note):
                return stands
            series = before.series if before is not None else secrets.token_hex(4).upper()
            made = msgspec.structs.replace(result, number=earlier[-1].number + 1 if earlier else 1)
            _put(self.path, write_results(self._pack, (*earlier, made), series))
        return made


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the folder of a file, so that no second process adds to the file meanwhile."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.", code="file-unwritable") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; it is on disk when this returns."""
    if path.is_dir():
        raise SettingsError(f"{path} is a folder.", code="file-unwritable")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        for torn in path.parent.iterdir():  # of a process that was killed: this one is alone with the file
            if torn.name.startswith(f".{path.name}.") and torn.suffix == ".part":
                torn.unlink(missing_ok=True)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"{path} cannot be written: {error.strerror}.", code="file-unwritable") from error
