# SPDX-License-Identifier: Apache-2.0
"""Files as an office hands them over: unpacked within bounds, and told apart: messages, tables, or what is neither and why."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import Final

import msgspec

#: Bounds of what is unpacked: bytes of one file, files, and how many times larger than packed.
_ONE, _FILES, _RATIO = 256 * 1024 * 1024, 200_000, 200

#: Bytes of all files together, where nobody sets less.
UNPACKED_BYTES: Final = 1024 * 1024 * 1024

#: Below this a file may be packed as well as it likes (bytes): a short table of equal rows is no bomb.
_SMALL: Final = 4 * 1024 * 1024

#: Rows and columns of a table (count), and the longest cell (characters).
_ROWS, _COLUMNS, _CELL = 2_000_000, 500, 10_000

_DELIMITERS: Final = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}

#: First bytes of what is no table and no message, with what to give in its place.
_OTHERS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"SQLite format 3", "a database file"),
    (b"\x1f\x9d", "a compressed file (.Z)"),
    (b"BZh", "a compressed file (.bz2)"),
    (b"\xfd7zXZ", "a compressed file (.xz)"),
)
_BOOKS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why something cannot be used, in words with places.

    Attributes:
        message: An English sentence with `{name}` places.
        arguments: Their values.
        expected: What it should look like.
        found: What is there instead.
        further: What to do next, an English sentence.
        is_other: Whether it is no table at all, nor a message; what else is read depends on who asks.
    """

    message: str
    arguments: dict[str, str] = {}
    expected: str = ""
    found: str = ""
    further: str = ""
    is_other: bool = False


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """One file, out of its archive if it was in one.

    Attributes:
        name: Its name, with that of the archive before it.
        content: Its bytes; empty where `trouble` says why not.
        trouble: Why it could not be opened; None if it could.
    """

    name: str
    content: bytes = b""
    trouble: Trouble | None = None


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it was written, before anybody knows what its columns mean.

    Attributes:
        encoding: How its letters were written; "" for a workbook.
        delimiter: What stands between cells, as a word; "" for a workbook.
        sheet: Sheet of a workbook that was read; "" for a text.
        other_sheets: Further sheets with something in them, which were not read (0..n).
        rows: Each with its line (from 1) and cells as texts (0..n).
        broken: Lines that could not be read as rows, and why (0..n).
    """

    encoding: str
    delimiter: str
    sheet: str
    other_sheets: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    broken: tuple[tuple[int, str], ...]


def unpacked(name: str, content: bytes, room: int = UNPACKED_BYTES) -> Iterator[Given]:
    """A file, or the files of an archive; one that cannot be opened comes with the reason, never goes missing.

    Args:
        name: Name as given; of the names inside an archive no folder is ever made.
        content: Bytes as given.
        room: Bytes that it may unpack to.
    """
    if len(content) > room:
        yield Given(name=name, trouble=_too_large(room))
    elif content[:2] == b"\x1f\x8b":
        yield _gunzipped(name, content, room)
    elif content[:4] in (b"PK\x03\x04", b"PK\x05\x06") and not _is_book(content):
        yield from _unzipped(name, content, room)
    else:
        yield Given(name=name, content=content)


def table_of(name: str, content: bytes) -> Table | Trouble:
    """Read a table out of a workbook or a text.

    Args:
        name: Name of the file.
        content: Its bytes.
    """
    if content[:8] == _OLE or content[:4] == b"PK\x03\x04":
        return _book(name, content)
    said = next((what for begin, what in _OTHERS if content.startswith(begin)), None)
    if said:
        return Trouble(
            message="{what} is not read.",
            arguments={"what": said[:1].upper() + said[1:]},
            expected=".csv, .xlsx, .ods, .zip, XML",
            further="Give the table behind it as .csv or .xlsx.",
        )
    decoded = _decoded(content)
    if isinstance(decoded, Trouble):
        return decoded
    return _text_table(*decoded)


def _is_book(content: bytes) -> bool:
    """Whether a ZIP archive is a workbook; whatever else is wrong with it is seen later."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = set(packed.namelist())
    except Exception:  # noqa: BLE001  whatever zipfile raises on a damaged archive is the archive's
        return False
    return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names


def _gunzipped(name: str, content: bytes, room: int) -> Given:
    unpacker, out, most = zlib.decompressobj(wbits=31), b"", min(_bound(len(content)), room)
    try:
        out = unpacker.decompress(content, most + 1)
    except zlib.error:
        return Given(name=name, trouble=_damaged("gzip"))
    if len(out) > most:
        return Given(name=name, trouble=_too_large(room))
    if not unpacker.eof:
        return Given(name=name, trouble=_damaged("gzip"))
    rest = unpacker.unused_data
    if rest[:2] == b"\x1f\x8b":  # several parts, one after the other
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as whole:
                out = whole.read(most + 1)
        except (OSError, EOFError, zlib.error):
            return Given(name=name, trouble=_damaged("gzip"))
        if len(out) > most:
            return Given(name=name, trouble=_too_large(room))
    return Given(name=name.removesuffix(".gz"), content=out)


def _bound(packed: int) -> int:
    return min(_ONE, max(_SMALL, packed * _RATIO))


def _unzipped(name: str, content: bytes, room: int) -> Iterator[Given]:
    try:
        packed = zipfile.ZipFile(io.BytesIO(content))
        members = [one for one in packed.infolist() if not one.is_dir()]
    except Exception:  # noqa: BLE001  whatever zipfile raises on a damaged archive is the archive's
        yield Given(name=name, trouble=_damaged("ZIP"))
        return
    with packed:
        if not members:
            yield Given(name=name, trouble=_empty())
        left = room
        for number, member in enumerate(members):
            if number >= _FILES:
                yield Given(name=name, trouble=_too_large(room))
                return
            given = _member(packed, member, f"{name}/{_plain(member.filename)}", left)
            left -= len(given.content)
            yield given


def _member(packed: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, left: int) -> Given:
    if member.flag_bits & 0x1:
        return Given(
            name=name,
            trouble=Trouble(
                message="It is protected by a password.",
                further="Pack it without a password; it stays on this machine.",
            ),
        )
    most = min(_bound(max(1, member.compress_size)), left)
    try:
        with packed.open(member) as opened:
            content = opened.read(most + 1)
    except Exception:  # noqa: BLE001  whatever zipfile raises on a damaged archive is the archive's
        return Given(name=name, trouble=_damaged("ZIP"))
    if len(content) > most:
        return Given(name=name, trouble=_too_large(left))
    if content[:4] == b"PK\x03\x04" and not _is_book(content):
        return Given(
            name=name,
            trouble=Trouble(
                message="It is an archive within an archive.", further="Unpack it once, and give it again."
            ),
        )
    return _gunzipped(name, content, left) if content[:2] == b"\x1f\x8b" else Given(name=name, content=content)


def _plain(name: str) -> str:
    """The name of a member for people alone: no drive, no root, no way up."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    return "/".join(part for part in parts if not part.endswith(":"))[:300] or "?"


def _damaged(kind: str) -> Trouble:
    return Trouble(
        message="It is damaged: it cannot be unpacked as {kind}.",
        arguments={"kind": kind},
        further="Pack it again, or give the files themselves.",
    )


def _too_large(room: int = UNPACKED_BYTES) -> Trouble:
    return Trouble(
        message="It is too large when unpacked.",
        expected=f"at most {min(_ONE, room) // 2**20} MB a file, {room // 2**20} MB in all, {_RATIO} times its packed size",
        further="Give it in parts.",
    )


def _empty() -> Trouble:
    return Trouble(message="It is empty.", further="Export it again.")


def _decoded(content: bytes) -> tuple[str, str] | Trouble:
    """The text and the name of its encoding."""
    for mark, encoding, said in (
        (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
        (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
        (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
        (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    ):
        if content.startswith(mark):
            try:
                return content.decode(encoding), said
            except UnicodeDecodeError:
                return _unreadable(said)
    sample = content[:4096]
    if b"\0" in sample:
        encoding = "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            return _unreadable("UTF-16")
        is_text = "\0" not in text[:2048] and sum(sign.isprintable() or sign.isspace() for sign in text[:500]) > 450 * (
            min(500, len(text)) / 500
        )
        return (text, "UTF-16") if is_text else _unreadable("a text")
    try:
        return content.decode(), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return _unreadable("a text")
    controls = sum(ord(sign) < 32 and sign not in "\t\r\n\f" for sign in text[:4096])
    return _unreadable("a text") if controls > 3 else (text, "Windows-1252")


def _unreadable(encoding: str) -> Trouble:
    return Trouble(
        message="Its letters cannot be read as {encoding}.",
        arguments={"encoding": encoding},
        expected="UTF-8, UTF-16, Windows-1252",
        further="Save it as CSV UTF-8 or .xlsx.",
    )


def _text_table(text: str, encoding: str) -> Table | Trouble:
    if not text.strip():
        return _empty()
    lines = text.splitlines()
    told = re.match(r"sep=(.)\s*\Z", lines[0]) if lines else None
    delimiter = told[1] if told else _delimiter(lines[:50])
    if delimiter is None:
        return Trouble(
            message="It is neither a table nor a message of a known standard.",
            expected="office;year;serial;number;lane",
            found=lines[0][:80] if lines else "",
            further="Give a table with one line of headings, or the host's XML files.",
            is_other=True,
        )
    rows: list[tuple[int, tuple[str, ...]]] = []
    broken: list[tuple[int, str]] = []
    before, reader = 0, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            broken.append((reader.line_num, str(error)))
            if reader.line_num == before:
                break
            before = reader.line_num
            continue
        if told and reader.line_num == 1:
            continue
        if len(rows) >= _ROWS or len(cells) > _COLUMNS:
            broken.append((reader.line_num, "it has too many rows or columns"))
            break
        if reader.line_num - before > 50 and len(rows) > 0:
            broken.append((before + 1, "a quotation mark is not closed"))
        before = reader.line_num
        if any(map(str.strip, cells)):
            rows.append((reader.line_num, tuple(cell.strip()[:_CELL].replace("\0", "") for cell in cells)))
    name = _DELIMITERS.get(delimiter, delimiter)
    return Table(
        encoding=encoding, delimiter=name, sheet="", other_sheets=(), rows=tuple(rows), broken=tuple(broken)
    )  # fmt: skip


def _delimiter(lines: list[str]) -> str | None:
    """The sign that parts most lines into the same number of cells; None if none parts them."""
    whole = [line for line in lines if line.strip()]
    best: tuple[int, int, str] | None = None
    for sign in _DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(whole, delimiter=sign)]
        except csv.Error:
            widths = [line.count(sign) + 1 for line in whole]
        usual = max(set(widths), key=widths.count) if widths else 1
        rank = (widths.count(usual) * (usual > 1), usual, sign)
        if usual > 1 and (best is None or rank[:2] > best[:2]):
            best = rank
    return best[2] if best else None


def _book(name: str, content: bytes) -> Table | Trouble:
    import python_calamine as calamine  # heavy, and most files are none

    bomb = _packed_size(content)
    if bomb is not None and bomb > _bound(len(content)):
        return _too_large()
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [(one, book.get_sheet_by_name(one).to_python()) for one in book.sheet_names]
    except calamine.PasswordError:
        return Trouble(
            message="It is protected by a password.", further="Save it without a password; it stays on this machine."
        )
    except Exception as error:  # noqa: BLE001  whatever a foreign reader raises on a foreign file is the file's
        return Trouble(
            message="It cannot be read as a workbook.",
            expected=", ".join(_BOOKS),
            found=f"{type(error).__name__}: {error}"[:200],
            further="Open it in a spreadsheet program and save it again as .xlsx or CSV UTF-8.",
        )
    filled = [(sheet, rows) for sheet, rows in sheets if any(any(_cell(one) for one in row) for row in rows[:1000])]
    if not filled:
        return _empty()
    sheet, cells = max(filled, key=lambda one: len(one[1]))
    rows = tuple(
        (line, tuple(_cell(cell)[:_CELL] for cell in row[:_COLUMNS]))
        for line, row in enumerate(cells[:_ROWS], start=1)
        if any(_cell(cell) for cell in row)
    )
    others = tuple(one for one, _ in filled if one != sheet)
    broken = ((_ROWS, "it has too many rows or columns"),) if len(cells) > _ROWS else ()
    return Table(encoding="", delimiter="", sheet=sheet, other_sheets=others, rows=rows, broken=broken)


def _packed_size(content: bytes) -> int | None:
    """Bytes that a packed workbook really unpacks to, up to just beyond its bound; None if it is not packed.

    What the archive says of its sizes is not believed: each stream is unpacked, and thrown away.
    """
    bound, total = _bound(len(content)), 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for one in packed.infolist():
                begin = one.header_offset
                begin += 30 + sum(int.from_bytes(content[begin + at : begin + at + 2], "little") for at in (26, 28))
                stream = content[begin : begin + one.compress_size]
                if one.compress_type == zipfile.ZIP_DEFLATED:
                    total += len(zlib.decompressobj(-15).decompress(stream, max(1, bound - total + 1)))
                else:
                    total += len(stream)
                if total > bound:
                    return total
    except Exception:  # noqa: BLE001  whatever zipfile raises on a damaged archive is the archive's
        return None
    return total


def _cell(value: object) -> str:
    """A cell of a workbook as text: whole numbers without a point, times as ISO 8601."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value).strip()
