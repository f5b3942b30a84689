# SPDX-License-Identifier: Apache-2.0
"""The files of a log that is not ours: from a folder, or over HTTP. Nothing of them is trusted here."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cocket import __version__
from cocket.errors import PartnerError, SettingsError
from cocket.ledger import Read

if TYPE_CHECKING:
    import httpx

#: Longest file of a log: a bundle of 256 entries of 65,535 bytes, each after its length.
_MOST_BYTES = 256 * (65_535 + 2)

#: Time until something comes, and for a whole file (seconds).
_TIMEOUT_SECONDS = 20.0
_FILE_SECONDS = 120.0


@contextmanager
def open_log(place: str, roots: str = "") -> Iterator[Read]:
    """The files of a log by their paths, for as long as the block runs.

    Args:
        place: A folder, or the URL below which the files are.
        roots: PEM file of the roots that the certificate of the server is judged by; empty for those of the system.

    Yields:
        Gives the bytes of a file; None if there is no such file.

    Raises:
        PartnerError: The log cannot be read, now or, from what is yielded, later.
        SettingsError: Reading over HTTP is not installed.
    """
    if place.startswith(("http://", "https://")):
        with _client(place, roots) as client:
            yield lambda path: _fetch(client, path)
    else:
        folder = Path(place)
        if not folder.is_dir():
            raise PartnerError(f"{place} is not a folder.", code="log-unreachable")
        yield lambda path: _load(folder, path)


@contextmanager
def _client(place: str, roots: str) -> Iterator[httpx.Client]:
    try:
        import httpx
    except ImportError as error:
        raise SettingsError("Reading a log over HTTP needs httpx: pip install 'cocket[server]'.") from error
    try:
        trust = ssl.create_default_context(cafile=roots) if roots else True
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"The roots {roots} cannot be used: {error}.") from error
    try:
        with httpx.Client(
            verify=trust,
            base_url=place.rstrip("/") + "/",
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
            headers={"User-Agent": f"cocket/{__version__}", "Cache-Control": "no-cache"},
        ) as client:
            yield client
    except httpx.InvalidURL as error:
        raise PartnerError(f"{place} is not an address.", code="log-unreachable") from error


def _fetch(client: httpx.Client, path: str) -> bytes | None:
    import httpx

    data, ends = bytearray(), time.monotonic() + _FILE_SECONDS
    try:
        with client.stream("GET", path) as answer:
            if answer.status_code in {404, 410}:
                return None
            if answer.status_code != 200:
                raise PartnerError(f"The log answers {answer.status_code} for {path}.", code="log-unreachable")
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > _MOST_BYTES:
                    raise PartnerError(f"The log's file {path} is too long.", code="log-unreachable")
                if time.monotonic() > ends:
                    raise PartnerError(f"The log's file {path} takes too long to read.", code="log-unreachable")
    except httpx.HTTPError as error:
        raise PartnerError(f"The log does not answer: {error}.", code="log-unreachable") from error
    return bytes(data)


def _load(folder: Path, path: str) -> bytes | None:
    try:
        return (folder / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise PartnerError(f"{folder / path} cannot be read: {error.strerror}.", code="log-unreachable") from error
