# SPDX-License-Identifier: Apache-2.0
"""Values of a host's columns as the texts that stand in its files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from cocket.feeds.host_tables import Row
from cocket.feeds.mapping import Cell, HostMapping

#: What XML 1.0 has no way to write.
_ILLEGAL = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_of(value: Any) -> str | None:
    r"""One value as text, outer white space at its end removed; None where there is none.

    Numbers have no exponent, times are ISO 8601, flags `true` or `false`, bytes are read as UTF-8. A character that
    no XML can hold is spelled out, such as `\x0b`.
    """
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float() | Decimal():
            text = format(Decimal(repr(value)) if isinstance(value, float) else value, "f")
        case datetime() | date() | time():
            text = value.isoformat()
        case bytes() | bytearray() | memoryview():
            text = bytes(value).decode("utf-8", "backslashreplace")
        case _:
            text = str(value)
    return (
        _ILLEGAL.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text.replace("\r\n", "\n").rstrip())
        or None
    )


class Texts:
    """Reads cells by the habits of one mapping.

    Args:
        mapping: How dates and numbers that are texts are written, and in which zone times are.
    """

    def __init__(self, mapping: HostMapping) -> None:
        self._decimal = mapping.decimal
        self._zone = ZoneInfo(mapping.time_zone)
        self._moment = lru_cache(8192)(lambda text: _moment(text, mapping.dates))

    def cell(self, cell: Cell, rows: Iterable[Row]) -> str | None:
        """The text of an element from the first row that has one; None if none has."""
        if cell.value is not None:
            return cell.value
        for row in rows:
            texts = [text for column in cell.columns if (text := text_of(row.get(column))) is not None]
            if texts:
                joined = cell.join.join(texts)
                return cell.codes.get(joined, joined) or None
        return None

    def number(self, text: str) -> str:
        """A number with a decimal point; a text that holds none stays as it is."""
        if self._decimal == ".":
            return text
        return text.replace(".", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")

    def day(self, text: str, write: Callable[[date], str]) -> str:
        """A date written as the file has it; a text that is none stays as it is, for the reader to judge."""
        moment = self._moment(text)
        return text if moment is None else write(moment.date())

    def moment(self, text: str) -> datetime | None:
        """A time with its offset, one without taken in the host's zone; None if the text is none."""
        moment = self._moment(text)
        return moment.replace(tzinfo=self._zone) if moment and moment.tzinfo is None else moment

    def sortable(self, text: str | None) -> str | None:
        """A time in UTC, or a number, in a form whose texts have the order of what they mean."""
        if text is None:
            return None
        moment = self.moment(text)
        if moment is not None:
            return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
        return text.zfill(20) if text.isdecimal() else text


def _moment(text: str, patterns: tuple[str, ...]) -> datetime | None:
    for pattern in patterns:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is the caller's
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text) if not text.isdecimal() else None
    except ValueError:
        return None
