# SPDX-License-Identifier: Apache-2.0
"""One edition of a code list: its codes, each with the days on which it was valid.

An edition is kept as lines of JSON: the head, then one line a code, sorted by code. A look-up halves its way through
the bytes, so that nothing is read but the few lines it touches, and a list of 100,000 codes costs nothing to open.
Source: UN/EDIFACT directories, ISO 3166-3 and ISO 4217 table A.3, which all keep a code apart from the days it stood for.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from pathlib import Path

import msgspec

from cocket.codes._table import key
from cocket.errors import StoreError

#: What a list and an edition may be called; both are names of files.
LIST_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
EDITION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")

_SEPARATORS = str.maketrans("", "", " .")


class Code(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One code of a list, for one period in which it had one meaning.

    Attributes:
        code: The code as the list writes it.
        name: What it stands for; empty where the list names none.
        valid_from: First day on which it was valid; None if the list does not say, which bars no day.
        valid_to: Last day on which it was valid; None if it still is, or the list does not say.
        is_withdrawn: Whether the list marks it as gone without saying since when: it is then valid on no day.
        names: Names by language (ISO 639-1, lower case), where the list has several (0..n).
        attributes: What else the list says of it, by the name of the column (0..n).
    """

    code: str
    name: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    is_withdrawn: bool = False
    names: dict[str, str] = {}
    attributes: dict[str, str] = {}

    def is_valid_on(self, day: date) -> bool:
        """Whether it was valid on a day, as far as the code itself says."""
        return not self.is_withdrawn and _within(day, self.valid_from, self.valid_to)


class Edition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one edition of a list as a whole.

    Attributes:
        list: Name of the list, such as `unlocode`.
        edition: Name of the edition, such as `2024-2`.
        agency: Who maintains the list; empty if not told.
        valid_from: First day on which the edition was in force; None if not told, which bars no day.
        valid_to: Last such day; None until the next edition comes into force.
        is_subset: Whether it is known to hold but a part of the list, so that a code it lacks may well exist.
        count: Lines of codes (count).
        size: Bytes of these lines.
    """

    list: str
    edition: str
    agency: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    is_subset: bool = False
    count: int = 0
    size: int = 0

    def is_in_force_on(self, day: date) -> bool:
        """Whether it was in force on a day, as far as it says itself."""
        return _within(day, self.valid_from, self.valid_to)


def _within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


_code = msgspec.json.Decoder(Code)
_edition = msgspec.json.Decoder(Edition)


class CodeList:
    """The codes of one edition, read where they lie.

    Args:
        kept: An edition as `write_code_list` writes it.
        origin: Where it is from, for people: a path, or `built in`.

    Raises:
        StoreError: It is not a code list, or a part of it is missing.
    """

    def __init__(self, kept: bytes | mmap.mmap, origin: str = "built in") -> None:
        self.origin = origin
        self._kept = kept
        self._start = kept.find(b"\n") + 1
        try:
            self.edition = _edition.decode(kept[: self._start])
        except msgspec.MsgspecError as error:
            raise self._damaged() from error
        if len(kept) - self._start != self.edition.size:
            raise self._damaged()

    @property
    def name(self) -> str:
        """Name of the list."""
        return self.edition.list

    def __len__(self) -> int:
        return self.edition.count

    def __iter__(self) -> Iterator[Code]:
        place = self._start
        while place < len(self._kept):
            end = self._kept.find(b"\n", place)
            yield self._read(place, end)
            place = end + 1

    def find(self, text: str) -> tuple[Code, ...]:
        """Everything the edition says of a code, whenever it was valid.

        Args:
            text: The code as people write it: as it is, else in upper case, else without spaces and dots.

        Returns:
            The periods of the code in order (0..n, nearly always one).
        """
        bare = text.strip() if isinstance(text, str) else ""
        for form in dict.fromkeys((bare, key(text), key(text).translate(_SEPARATORS))):
            if form and (found := tuple(self._all(form))):
                return found
        return ()

    def at(self, text: str, day: date) -> Code | None:
        """The code as it was on a day; None if the edition lacks it, or it was not valid then."""
        return next((code for code in self.find(text) if code.is_valid_on(day)), None)

    def has_any(self, prefix: str) -> bool:
        """Whether the edition has codes that begin so, such as those of a country."""
        place = self._first(prefix)
        return place < len(self._kept) and self._read(place, self._kept.find(b"\n", place)).code.startswith(prefix)

    def _all(self, wanted: str) -> Iterator[Code]:
        place = self._first(wanted)
        while place < len(self._kept):
            end = self._kept.find(b"\n", place)
            code = self._read(place, end)
            if code.code != wanted:
                return
            yield code
            place = end + 1

    def _first(self, wanted: str) -> int:
        """Where the first line begins whose code does not come before the wanted one."""
        low, high = self._start, len(self._kept)
        while low < high:
            middle = (low + high) // 2
            begin = max(low, self._kept.rfind(b"\n", low, middle) + 1)
            end = self._kept.find(b"\n", middle)
            if self._read(begin, end).code < wanted:
                low = end + 1
            else:
                high = begin
        return low

    def _read(self, begin: int, end: int) -> Code:
        try:
            return _code.decode(self._kept[begin:end])
        except msgspec.MsgspecError as error:
            raise self._damaged() from error

    def _damaged(self) -> StoreError:
        return StoreError(
            f"{self.origin} is not a complete code list.", code="code-list-damaged", hint="Import the list again."
        )


def open_code_list(path: Path) -> CodeList:
    """Open an edition that lies in a file; its codes are read when they are asked for.

    Args:
        path: File written from `write_code_list`.

    Raises:
        StoreError: It cannot be read, or is not a complete code list.
    """
    try:
        with path.open("rb") as file:
            kept = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: {error}.", code="code-list-damaged") from error
    return CodeList(kept, str(path))


def write_code_list(edition: Edition, codes: Iterable[Code]) -> bytes:
    """An edition as it is kept, the same bytes for the same codes in whatever order they come.

    Args:
        edition: What is known of the whole; `count` and `size` are filled in.
        codes: Its codes (0..n).
    """
    count, body = 0, bytearray()
    for code in _ordered(codes):
        count += 1
        body += msgspec.json.encode(code)
        body += b"\n"
    head = msgspec.structs.replace(edition, count=count, size=len(body))
    return b"\n".join((msgspec.json.encode(head), body))


def _ordered(codes: Iterable[Code]) -> Iterator[Code]:
    """By code and first day; what shares both by all it says."""
    for _, group in groupby(sorted(codes, key=_place), key=_place):
        same = list(group)
        yield from same if len(same) == 1 else sorted(same, key=_said)


def _place(code: Code) -> tuple[str, date]:
    return code.code, code.valid_from or date.min


def _said(code: Code) -> bytes:
    return msgspec.json.encode(code, order="deterministic")
