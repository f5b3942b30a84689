# SPDX-License-Identifier: Apache-2.0
"""Advice as files that a host can import: a name and bytes that follow from the advice alone, put down atomically."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import msgspec

from cocket.errors import SettingsError, StoreError
from cocket.exchange.tables import write_table
from cocket.model.message import Lane

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
                hint="Name a folder apart from it.",
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


def _safe(part: str) -> str:
    """A part of a name that no file system reads as something else; what is not plain is spelled out."""
    return _UNSAFE.sub(lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode()), part) or "%"
