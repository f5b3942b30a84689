# SPDX-License-Identifier: Apache-2.0
"""Advice, and holds of other agencies, as files that a host can import: a name and bytes that follow from them alone, put down
atomically.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import msgspec

from cocket.errors import SettingsError, StoreError
from cocket.exchange.tables import write_table
from cocket.model.message import Lane

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

_UNSAFE = re.compile(r"[^A-Za-z0-9_]")


class HostAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """What a host is told of one declaration: the columns of its file, in order.

    Attributes:
        office: Customs office, as the host writes it.
        year: Year of registration.
        serial: Serial of registration.
        number: Number of registration.
        lane: Lane advised.
        reasons: Codes of the reasons, strongest first (0..n); never the words, which may speak of others.
        model_version: Model that scored; None if rules alone advised.
        rules_version: Rules; None where not stated.
        message_id: Our id of the message that called for the advice; its receipt proves what was known.
        is_query: Whether the declarant is to be asked something first, whatever the lane; column `query`, yes or no.
    """

    office: str
    year: str
    serial: str
    number: str
    lane: Lane
    reasons: tuple[str, ...]
    model_version: str | None
    rules_version: str | None
    message_id: str
    is_query: bool = False


def advice_file(advice: HostAdvice) -> tuple[PurePosixPath, bytes]:
    """The file of one advice.

    Args:
        advice: What to tell.

    Returns:
        Its place below the target folder, `OFFICE/YEAR/SERIAL-NUMBER.csv`, and its bytes: CSV in UTF-8, a header and one
        line. Neither holds a time, so that the same advice is the same file.
    """
    columns = msgspec.structs.asdict(advice) | {"reasons": " ".join(advice.reasons)}
    columns["query"] = "yes" if columns.pop("is_query") else "no"
    text = write_table(tuple(columns), [columns.values()], line_end="\n")
    office, year, serial, number = map(_safe, (advice.office, advice.year, advice.serial, advice.number))
    return PurePosixPath(office, year, f"{serial}-{number}.csv"), text.encode()


class HostHold(msgspec.Struct, frozen=True, kw_only=True):
    """What a host is told of an agency's word on one declaration: columns of a line of its file, in order, after the registration.

    Attributes:
        agency: The agency.
        item: Item of the declaration (1-based); None for all of it.
        state: `held`, `released` by the agency, or `overridden` by two persons of customs.
        since: Since when it stands so, UTC.
        law: Legal basis that it names; empty for none.
    """

    agency: str
    item: int | None
    state: str
    since: datetime
    law: str


def holds_file(registration: tuple[str, str, str, str], holds: Iterable[HostHold]) -> tuple[PurePosixPath, bytes]:
    """The file of agencies' words on one declaration; it tells nothing of the advice, and no file of advice changes for it.

    Args:
        registration: Office, year, serial and number, as the host writes them.
        holds: Each agency's word on each item, those that ended too (1..n).

    Returns:
        Its place below the target folder, `OFFICE/YEAR/SERIAL-NUMBER.holds.csv`, and its bytes: CSV in UTF-8, a header and a line for
        each word.
    """
    names = ("office", "year", "serial", "number", "agency", "item", "state", "since", "law")
    lines = [
        (
            *registration,
            one.agency,
            one.item or "",
            one.state,
            f"{one.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            one.law,
        )
        for one in holds
    ]
    office, year, serial, number = map(_safe, registration)
    return PurePosixPath(office, year, f"{serial}-{number}.holds.csv"), write_table(
        names, lines, line_end="\n"
    ).encode()


def check_target(target: Path, sources: Iterable[Path]) -> None:
    """Refuse a folder for advice that lies in a folder of the host's own data, or around one.

    Args:
        target: Where advice is to go.
        sources: Folders that the host's data is read from (0..n).

    Raises:
        SettingsError: It is one of them, in one of them, or one of them is in it; links are followed.
    """
    place = target.resolve()
    for source in sources:
        other = source.resolve()
        if place.is_relative_to(other) or other.is_relative_to(place):
            raise SettingsError(
                f"Advice must not go to {target}: the host's own data is read from {source}.",
                code="write-back-target",
                hint="Use a separate folder.",
            )


def put_file(path: Path, content: bytes) -> None:
    """Put a file down whole: whoever looks sees what was there before, or all of it.

    Args:
        path: Where; folders are made.
        content: Its bytes.

    Raises:
        StoreError: It cannot be written; what was there before still is.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(file.fileno(), 0o640)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.", code="write-back") from error


def put_below(folder: Path, place: PurePosixPath, content: bytes) -> None:
    """Put a file down whole below a folder, without going through a link that somebody has put there.

    Args:
        folder: The folder; made if it is missing. If it is itself a link, that was the operator's choice.
        place: Where below it; folders are made.
        content: Its bytes.

    Raises:
        StoreError: It cannot be written; what was there before still is.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, _FOLDER)
        try:
            for name in place.parent.parts:
                handle = _inner(handle, name)
            _put_at(handle, place.name, content)
        finally:
            os.close(handle)
    except OSError as error:
        reason = "a link is in the way" if error.errno in (errno.ELOOP, errno.ENOTDIR) else error.strerror
        raise StoreError(
            f"{folder / place} cannot be written: {reason}.",
            code="write-back",
            hint="Fix it; writing is retried, and all other advice is written in the meantime.",
        ) from error


def _inner(handle: int, name: str) -> int:
    """Open a folder within an open one, made if it is not there, and close the outer one."""
    with suppress(FileExistsError):
        os.mkdir(name, 0o750, dir_fd=handle)
    inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=handle)
    os.close(handle)
    return inner


def _put_at(handle: int, name: str, content: bytes) -> None:
    """Write a file in an open folder under a name of its own, then give it the name wanted."""
    part = f".{secrets.token_hex(8)}.part"
    try:
        with os.fdopen(os.open(part, _NEW_FILE, 0o640, dir_fd=handle), "wb") as file:
            os.fchmod(file.fileno(), 0o640)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, name, src_dir_fd=handle, dst_dir_fd=handle)
    except BaseException:
        with suppress(OSError):
            os.unlink(part, dir_fd=handle)
        raise
    os.fsync(handle)


def _safe(part: str) -> str:
    """A part of a name that no file system reads as something else; what is not plain is spelled out."""
    return _UNSAFE.sub(lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode()), part) or "%"
