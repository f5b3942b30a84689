# SPDX-License-Identifier: Apache-2.0
"""Sheets ↔ model objects, by tables of attributes and paths.

A value is *told exactly* if writing what was read gives the text that stood there. What is not told exactly, and what
has no attribute, is kept as an extension; on writing such a text is used again as long as it still means what the
model says, so that a change of the model always wins.

Source: the tables in `sad.fields` and `manifest.fields`, which name theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from cocket.model import Extension
from cocket.standards.asycuda.outline import Node
from cocket.standards.asycuda.profiles import Profile
from cocket.standards.asycuda.sheet import Sheet

Texts = tuple[str | None, ...]

_POSITION = re.compile(r"\d+(?=\])")


class Codec(msgspec.Struct, frozen=True):
    """How one attribute stands in one or several elements.

    Attributes:
        read: Profile and one text per path, at least one of them not None → the value; None if they hold none.
        write: Profile and value → one text per path.
        is_exact: Of one element: whether writing what its text was read as gives the same text, where that is known
            faster than by writing it.
    """

    read: Callable[..., Any]
    write: Callable[[Profile, Any], Texts]
    is_exact: Callable[[str], bool] | None = None


class Entry(msgspec.Struct, frozen=True):
    """One attribute of a record and where it stands.

    Attributes:
        attribute: Name, dotted where it is in a part of the record (`office.code`).
        codec: How it is read and written.
        paths: Elements it stands in (1..n).
    """

    attribute: str
    codec: Codec
    paths: tuple[str, ...]


class Table(msgspec.Struct, frozen=True):
    """One attribute that holds a tuple, a record for each row of a table.

    Attributes:
        attribute: Name, dotted as in `Entry`.
        path: Path of the table in its sheet.
        record: What a row is.
        takes: Which members of the tuple are rows of this table; another entry has the others.
    """

    attribute: str
    path: str
    record: Record
    takes: Callable[[Any], bool] = lambda member: True


class Record:
    """A class of the model and how it stands in a sheet.

    Args:
        cls: The class.
        entries: Its attributes.
        tables: Its tuples of records.
        apart: Paths of tables whose rows are read and written one by one, having extensions of their own (0..n).
    """

    def __init__(self, cls: type, *entries: Entry, tables: tuple[Table, ...] = (), apart: tuple[str, ...] = ()) -> None:
        self.cls = cls
        self.entries = entries
        self.tables = {table.path: table for table in tables}
        self.apart = apart
        self._parts = _parts_of(cls, [e.attribute for e in entries] + [t.attribute for t in tables])
        self._required = {f.name for f in msgspec.structs.fields(cls) if f.required}
        self._single = [(e.attribute, e.paths[0], e.codec) for e in entries if len(e.paths) == 1]
        self._several = [(e.attribute, e.paths, e.codec.read, e.codec.write) for e in entries if len(e.paths) > 1]

    def read(self, sheet: Sheet, profile: Profile, extensions: list[Extension]) -> dict[str, Any]:
        """Read one sheet.

        Args:
            sheet: The sheet, left as it is.
            profile: Habits of the country.
            extensions: Takes what is not told exactly.

        Returns:
            Attributes for `build`, dotted; empty if the sheet lacks a required one, and then all of it is extensions.
        """
        values = sheet.values
        left = values.copy()
        told: dict[str, Any] = {}
        for attribute, path, codec in self._single:
            text = values.get(path)
            if text is not None and (value := codec.read(profile, text)) is not None:
                told[attribute] = value
                if value is text or _is_exact(codec, profile, text, value):
                    del left[path]
        for attribute, paths, read, write in self._several:
            texts = tuple(map(values.get, paths))
            if any(texts) and (value := read(profile, *texts)) is not None:
                told[attribute] = value
                if write(profile, value) == texts:
                    for path in paths:
                        left.pop(path, None)
        if self._required and not self._required <= told.keys():
            return _ANYTHING.read(sheet, profile, extensions)
        extensions += [Extension(path, text or None) for path, text in left.items()]
        if sheet.tables:
            self._read_tables(sheet, profile, told, extensions)
        return told

    def build(self, told: dict[str, Any]) -> Any:
        """An object of `cls` from attributes, dotted ones gathered into the parts they belong to."""
        if not self._parts:
            return self.cls(**told)
        inner: dict[str, dict[str, Any]] = {"": {}}
        for attribute, value in told.items():
            part, _, name = attribute.rpartition(".")
            inner.setdefault(part, {})[name] = value
        for part, cls in self._parts:
            if part in inner:
                above, _, name = part.rpartition(".")
                inner.setdefault(above, {})[name] = cls(**inner.pop(part))
        return self.cls(**inner[""])

    def write(self, document: Any, profile: Profile, kept: dict[str, str], sheet: Sheet) -> None:
        """Write one object into a sheet.

        Args:
            document: Object of `cls`; None for a sheet that is no object, only extensions.
            profile: Habits of the country.
            kept: Texts of its extensions by path; those of the sheet and its tables are taken out.
            sheet: The sheet to fill.
        """
        for entry in self.entries if document is not None else ():
            value = _get(document, entry.attribute)
            texts: Texts = (None,) * len(entry.paths) if value is None else entry.codec.write(profile, value)
            before = tuple(kept.pop(path, None) for path in entry.paths)
            if any(before) and self._means(entry, profile, before, texts):
                texts = before
            sheet.values.update((path, text) for path, text in zip(entry.paths, texts, strict=True) if text)
        for path, node in sheet.node.tables.items():
            if path not in self.apart:
                table = self.tables.get(path)
                members = _members(table, document) if table else []
                rows = self._write_rows(table, node, members, profile, kept)
                if rows:
                    sheet.tables[path] = rows
        sheet.values.update(kept)

    def _means(self, entry: Entry, profile: Profile, before: Texts, texts: Texts) -> bool:
        value = entry.codec.read(profile, *before)
        again = (None,) * len(texts) if value is None else entry.codec.write(profile, value)
        return again == texts

    def _read_tables(self, sheet: Sheet, profile: Profile, told: dict[str, Any], extensions: list[Extension]) -> None:
        """Read the rows of each table; rows that hold no record follow the others, as extensions only."""
        for path, rows in sheet.tables.items():
            if path in self.apart:
                continue
            table = self.tables.get(path)
            members, bare = [], []
            for row in rows:
                apart: list[Extension] = []
                found = (table.record if table else _ANYTHING).read(row, profile, apart)
                if found and table:
                    members.append(table.record.build(found))
                    extensions += _moved(apart, path, len(members))
                else:
                    bare.append(apart)
            for position, apart in enumerate(bare, len(members) + 1):
                extensions += _moved(apart, path, position)
            if members and table:
                told[table.attribute] = (*members, *told.get(table.attribute, ()))

    def _write_rows(
        self, table: Table | None, node: Node, members: list[Any], profile: Profile, kept: dict[str, str]
    ) -> list[Sheet]:
        record = table.record if table else _ANYTHING
        of_rows = _taken(kept, node.path)
        rows = []
        for position in sorted({*range(1, len(members) + 1), *of_rows}):
            rows.append(Sheet(node))
            member = members[position - 1] if position <= len(members) else None
            record.write(member, profile, of_rows.get(position, {}), rows[-1])
        return rows


def _is_exact(codec: Codec, profile: Profile, text: str, value: Any) -> bool:
    return codec.is_exact(text) if codec.is_exact else codec.write(profile, value)[0] == text


def _members(table: Table, document: Any) -> list[Any]:
    """The members of a tuple that are rows of a table."""
    return [member for member in _get(document, table.attribute) or () if table.takes(member)]


def in_order(extensions: list[Extension]) -> tuple[Extension, ...]:
    """Extensions in the order of their paths, so that the same content has the same order however it was written."""
    return tuple(sorted(extensions, key=_rank))


def _rank(extension: Extension) -> str:
    path = extension.path
    return _POSITION.sub(lambda place: place[0].zfill(12), path) if "[" in path else path


def _moved(extensions: list[Extension], table: str, position: int) -> list[Extension]:
    return [Extension(f"{table}[{position}]/{extension.path}", extension.value) for extension in extensions]


def _taken(kept: dict[str, str], table: str) -> dict[int, dict[str, str]]:
    """Take the texts of one table's rows out of the texts of a sheet; by position, with paths within the row."""
    rows: dict[int, dict[str, str]] = {}
    row = re.compile(rf"{re.escape(table)}\[([1-9]\d{{0,8}})\]/(.*)", re.ASCII | re.DOTALL)
    for path in [path for path in kept if path.startswith(table + "[")]:
        if place := row.fullmatch(path):
            rows.setdefault(int(place[1]), {})[place[2]] = kept.pop(path)
    return rows


def _get(document: Any, attribute: str) -> Any:
    """A dotted attribute; None if a part on the way to it is."""
    for name in attribute.split("."):
        if document is None:
            return None
        document = getattr(document, name)
    return document


def _parts_of(cls: type, attributes: list[str]) -> list[tuple[str, type]]:
    """Every part that dotted attributes name, with its class, innermost first."""
    names = {attribute.rpartition(".")[0] for attribute in attributes} - {""}
    names |= {name.rpartition(".")[0] for name in names} - {""}
    return [(name, _class_of(cls, name)) for name in sorted(names, key=lambda name: -name.count("."))]


def _class_of(cls: type, attribute: str) -> type:
    """The class of the model that a dotted attribute holds."""
    for name in attribute.split("."):
        field = next(field for field in msgspec.structs.fields(cls) if field.name == name)
        options = getattr(field.type, "__args__", (field.type,))
        cls = next(option for option in options if isinstance(option, type) and issubclass(option, msgspec.Struct))
    return cls


class _Nothing(msgspec.Struct, frozen=True):
    """What a row is that the model has no place for."""


_ANYTHING = Record(_Nothing)
