# SPDX-License-Identifier: Apache-2.0
"""The public logs over HTTP: files that any cache may keep, at the addresses C2SP gives them.

The first log stands at the root, each later one below its year: `checkpoint`, `2027/checkpoint`.

Source: C2SP tlog-tiles (tiles `tile/<level>/<index>[.p/<width>]`, entries, checkpoint), static caching as it asks.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from starlette.responses import Response

from cocket.api.errors import not_found
from cocket.errors import StoreError

_TILE: Final = re.compile(
    r"tile/(?:[0-9]|[1-5][0-9]|6[0-3]|entries|data)/(?:x[0-9]{3}/){0,5}[0-9]{3}"
    r"(\.p/(?:[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)
_YEAR: Final = re.compile(r"[0-9]{4}/")
_HANDOVER: Final = re.compile(r"handover/[1-9][0-9]{0,2}")
_STATEMENT: Final = re.compile(r"statement/[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_FOR_A_WHILE: Final = "public, max-age=3600"
_TEXT: Final = "text/plain; charset=utf-8"
_BYTES: Final = "application/octet-stream"


def log_answer(folder: Path, name: str) -> Response:
    """One file of the logs.

    Args:
        folder: The folder of the first log, in which those of later years are.
        name: Path within it, as the request has it.

    Returns:
        The file; 404 if there is none of that name.

    Raises:
        StoreError: It is there and cannot be read.
    """
    kind, keep = _kind(name)
    try:
        content = (folder / name).read_bytes() if kind else None
    except (FileNotFoundError, NotADirectoryError):
        content = None
    except OSError as error:
        raise StoreError(f"The log file {name} cannot be read: {error.strerror}.") from error
    if content is None:
        fault = not_found()
        return Response(fault.body, fault.status, media_type="application/json")
    return Response(content, headers={"cache-control": keep}, media_type=kind)


def _kind(name: str) -> tuple[str | None, str]:
    """Media type and caching of a file of the log; no type if no file can have that name."""
    if year := _YEAR.match(name):
        name = name[year.end() :]
    if name in ("checkpoint", "tables"):
        return _TEXT, "no-cache"
    if name == "key.vkey":
        return _TEXT, _FOR_A_WHILE
    if _HANDOVER.fullmatch(name) or _STATEMENT.fullmatch(name):
        return _TEXT, _FOR_GOOD
    if match := _TILE.fullmatch(name):
        return _BYTES, _FOR_A_WHILE if match[1] else _FOR_GOOD
    return None, ""
