# SPDX-License-Identifier: Apache-2.0
"""Mapping files: which column of a host's tables fills which element of the file that the host itself would export.

A mapping speaks the language of the SAD and of the manifest, because officials know their boxes, and because a
declaration that comes by table is then written down, read and judged as one that comes by file.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from cocket.errors import SenderError, SettingsError
from cocket.pipeline.consignment.decision_tables import RANDOM_CRITERIA
from cocket.standards.asycuda.manifest.fields import MANIFEST_OUTLINE
from cocket.standards.asycuda.outline import Outline
from cocket.standards.asycuda.profiles import PREFIX, choose
from cocket.standards.asycuda.sad.fields import SAD_OUTLINE

Kind = Literal["manifests", "declarations", "decisions", "results"]

#: What may be mapped, in the order in which things of one day happen.
KINDS: Final[tuple[Kind, ...]] = ("manifests", "declarations", "decisions", "results")

#: The paper that the rows of a kind are written as.
OUTLINES: Final[dict[str, Outline]] = {"manifests": MANIFEST_OUTLINE, "declarations": SAD_OUTLINE}

LANES: Final = ("red", "yellow", "blue", "green")
TIMES: Final = frozenset({"registered", "decided", "returned"})

#: What a decision or result may tell.
FACTS: Final = (
    *("office", "year", "registered", "serial", "number", "lane", *(f"lane_{lane}" for lane in LANES), "lane_now"),
    *("criteria", "propensity"),
    *("override", "override_reason", "decided", "depth", "found", "offence", "duty_recovered", "currency", "returned"),
)

#: The mapping for the names that ASYCUDA World's own tables have in public sources.
BUILT_IN: Final = "asycuda-world"


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Where the text of one element comes from.

    Attributes:
        columns: Columns whose texts are joined (0..n).
        join: What stands between them.
        codes: Text as the host has it → text as the element has it; others stay as they are.
        value: A text that is the same for all rows; None if columns tell.
    """

    columns: tuple[str, ...] = ()
    join: str = "\n"
    codes: dict[str, str] = {}
    value: str | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One table of a host, and which rows of a paper its rows are.

    Attributes:
        name: What they fill: `""` for the paper itself, `Item`, `Item/Taxation/Taxation_line`, …; of decisions and
            results, which are no papers, any word.
        table: Table, view or CSV file.
        key: Columns that name a row. The first are those of the row it belongs to, in the same order; any further
            ones tell rows apart and put them in order.
        order: Columns that put rows of one key in order (0..n).
        current: Column that has a value in rows that hold no longer, such as `VALID_TO`; None if all rows hold.
        cells: Element (or fact) → where its text comes from.
        leave_out: Columns that are not to be read at all (0..n).
    """

    name: str
    table: str
    key: tuple[str, ...]
    order: tuple[str, ...] = ()
    current: str | None = None
    cells: dict[str, Cell] = {}
    leave_out: tuple[str, ...] = ()


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of thing that a host tells.

    Attributes:
        kind: Which.
        root: Its first table, one row or more each.
        parts: Further tables, each after the one it belongs to (0..n).
        cursor: Column of the first table that grows, a time or a number; None reads everything each time.
        overlap: How far before the last position to look again, for rows that change later: days, or units of a number.
    """

    kind: Kind
    root: Part
    parts: tuple[Part, ...] = ()
    cursor: str | None = None
    overlap: int = 0

    @property
    def every_part(self) -> tuple[Part, ...]:
        """The first table and all further ones."""
        return (self.root, *self.parts)


class HostMapping(msgspec.Struct, frozen=True, kw_only=True):
    """A whole mapping file.

    Attributes:
        name: Name of the file, or of the mapping built in.
        streams: What it reads, in the order of `KINDS` (1..n).
        schema: Database schema; None goes by the account's search path.
        profile: Profile that messages are judged by; None chooses by the office.
        dates: Patterns of dates that are texts, as `strptime` has them; ISO 8601 is always understood (0..n).
        decimal: Decimal sign of numbers that are texts.
        encoding: Encoding of CSV files.
        time_zone: Zone of times without an offset.
        random: Criteria of the host that mean that chance chose a declaration; case does not matter (0..n).
        own: Names in the file itself, in small letters. Of these every one must be there; what the mapping built in
            names besides may be missing, with a warning.
    """

    name: str
    streams: tuple[Stream, ...]
    schema: str | None = None
    profile: str | None = None
    dates: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."
    encoding: str = "utf-8-sig"
    time_zone: str = "UTC"
    random: tuple[str, ...] = RANDOM_CRITERIA
    own: frozenset[str] = frozenset()


def read_mapping(path: Path | None = None) -> HostMapping:
    """Read a mapping file.

    Args:
        path: TOML, or JSON of the same shape; None for the mapping that is built in. `base = "asycuda-world"` in it
            starts from that one and changes what the file says otherwise; a value of `false` takes an entry out.

    Returns:
        The mapping, sound in itself; whether the tables are there is seen when they are opened.

    Raises:
        SettingsError: It cannot be read, or is not in order; `problems` lists everything at once.
    """
    content = _load(path) if path else {"base": BUILT_IN}
    own = frozenset(name.lower() for name in _words(content))
    base = content.pop("base", None)
    if base == BUILT_IN:
        text = (files("cocket.feeds") / "mappings" / f"{BUILT_IN}.toml").read_text("utf-8")
        content = _merged(tomllib.loads(text), content)
    reading = _Reading()
    if base not in (None, BUILT_IN):
        reading.problems.append(f"base: there is no mapping {base!r} built in, only {BUILT_IN}")
    mapping = reading.mapping(path.name if path else BUILT_IN, content, own)
    if reading.problems:
        name = path or BUILT_IN
        raise SettingsError(
            f"The mapping {name} is not valid: " + "; ".join(reading.problems) + ".",
            code="mapping",
            problems=tuple(reading.problems),
        )
    return mapping


def _load(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
        content = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"The mapping {path} cannot be read: {error.strerror}.", code="mapping") from error
    except (ValueError, RecursionError) as error:  # TOML, JSON and UTF-8 complain each in their own way
        raise SettingsError(f"The mapping {path} is neither TOML nor JSON: {error}.", code="mapping") from error
    if not isinstance(content, dict):
        raise SettingsError(f"The mapping {path} is not a table.", code="mapping")
    return content


def _merged(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """A table with what another says; `false` takes an entry out."""
    result = dict(base)
    for name, value in change.items():
        if value is False:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = _merged(result[name], value)
        else:
            result[name] = value
    return result


def _words(content: Any) -> Iterator[str]:
    """Every text in a file that is a value, not a name of a value."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for value in content.values() if isinstance(content, dict) else content:
            yield from _words(value)


class _Reading:
    """Reads the tables of a file; whatever is wrong is noted, and reading goes on."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def mapping(self, name: str, content: dict[str, Any], own: frozenset[str]) -> HostMapping:
        names = ("schema", "profile", "dates", "decimal", "encoding", "time_zone", "random")
        self._known("", content, (*names, *KINDS))
        streams = tuple(self._stream(kind, content[kind]) for kind in KINDS if kind in content)
        if not streams:
            self.problems.append(f"it maps nothing: one of {', '.join(KINDS)} is needed")
        given = {key: content[key] for key in names if key in content}
        for several in ("dates", "random"):
            if isinstance(given.get(several), str):
                given[several] = [given[several]]
        self._check_names(given)
        bare = HostMapping(name=name, streams=streams, own=own)
        for key, value in given.items():
            try:
                kind = next(field.type for field in msgspec.structs.fields(HostMapping) if field.name == key)
                bare = msgspec.structs.replace(bare, **{key: msgspec.convert(value, kind)})
            except msgspec.ValidationError as error:
                self.problems.append(f"{key}: {error}")
        return bare

    def _stream(self, kind: Kind, content: Any) -> Stream:
        table = self._table(kind, content)
        rows = self._table(f"{kind}.rows", table.pop("rows", {}))
        cursor, overlap = table.pop("cursor", None), table.pop("overlap", 0)
        if cursor is not None and not isinstance(cursor, str):
            self.problems.append(f"{kind}.cursor is not the name of a column")
            cursor = None
        if not isinstance(overlap, int) or isinstance(overlap, bool) or overlap < 0:
            self.problems.append(f"{kind}.overlap is not a whole number from 0 on")
            overlap = 0
        root = self._part(kind, "", table, f"{kind}")
        parts = [self._part(kind, name, rows[name], f'{kind}.rows."{name}"') for name in _outside_in(kind, rows)]
        self._check_parents(kind, root, parts)
        if kind not in OUTLINES:
            self._check_named(kind, (root, *parts))
        return Stream(kind=kind, root=root, parts=tuple(parts), cursor=cursor, overlap=overlap)

    def _part(self, kind: Kind, name: str, content: Any, place: str) -> Part:
        table = self._table(place, content)
        self._known(place, table, ("table", "key", "order", "current", "columns", "leave_out"))
        source = table.get("table")
        if not isinstance(source, str) or not source:
            self.problems.append(f"{place}.table is missing")
        key, order, current, left_out = (
            self._names(f"{place}.{part}", table.get(part, ())) for part in ("key", "order", "current", "leave_out")
        )
        if not key:
            self.problems.append(f"{place}.key is missing")
        columns = self._table(f"{place}.columns", table.get("columns", {}))
        self._check_elements(kind, name, columns, place)
        read = (*key, *order, *current)
        cells = {target: self._cell(f'{place}.columns."{target}"', cell) for target, cell in columns.items()}
        read += tuple(column for cell in cells.values() for column in cell.columns)
        for column in {name.lower() for name in left_out} & {name.lower() for name in read}:
            self.problems.append(f"{place}.leave_out lists {column}, which is used")
        return Part(
            name=name,
            table=str(source or ""),
            key=key,
            order=order,
            current=next(iter(current), None),
            cells=cells,
            leave_out=left_out,
        )

    def _cell(self, place: str, content: Any) -> Cell:
        if isinstance(content, str | list):
            return Cell(columns=self._names(place, content))
        table = self._table(place, content)
        self._known(place, table, ("columns", "join", "codes", "value"))
        columns = self._names(place, table.get("columns", ()))
        if not columns and "value" not in table:
            self.problems.append(f"{place} has neither columns nor a value")
        codes = self._table(f"{place}.codes", table.get("codes", {}))
        value = table.get("value")
        return Cell(
            columns=columns,
            join=str(table.get("join", "\n")),
            codes={str(code): str(meaning) for code, meaning in codes.items()},
            value=None if value is None else str(value),
        )

    def _check_elements(self, kind: Kind, name: str, columns: Mapping[str, Any], place: str) -> None:
        outline = OUTLINES.get(kind)
        if outline is None:
            self._known(f"{place}.columns", columns, FACTS)
        elif name and name not in outline.tables:
            self.problems.append(f"{place}: the document has no rows of this name{_nearest(name, outline.tables)}")
        else:
            known = {leaf.path for leaf in outline.leaves.values() if (leaf.table or "") == name}
            self._known(f"{place}.columns", columns, known)

    def _check_parents(self, kind: Kind, root: Part, parts: list[Part]) -> None:
        """Rows within rows need those around them, and a key that begins with theirs."""
        outline = OUTLINES.get(kind)
        by_name = {part.name: part for part in (root, *parts)}
        for part in parts:
            node = outline.tables.get(part.name) if outline else None
            around = (node.table or "") if node else ""
            if around not in by_name:
                self.problems.append(f'{kind}.rows."{part.name}" needs {kind}.rows."{around}" around it')
            elif outline and len(part.key) < len(by_name[around].key):
                self.problems.append(f'{kind}.rows."{part.name}".key must begin with the key of the rows around it')

    def _check_named(self, kind: Kind, parts: tuple[Part, ...]) -> None:
        """A decision must name its declaration."""
        told = {target for part in parts for target in part.cells}
        missing = [name for name in ("office", "serial", "number") if name not in told]
        if not told & {"year", "registered"}:
            missing.append("year or registered")
        if missing:
            self.problems.append(f"{kind} does not give {', '.join(missing)} of the declaration")

    def _check_names(self, given: dict[str, Any]) -> None:
        for name, look_up in (("time_zone", ZoneInfo), ("encoding", "".encode)):
            try:
                look_up(given.get(name, "UTC" if name == "time_zone" else "utf-8"))
            except (LookupError, ValueError, OSError, TypeError):
                self.problems.append(f"{name} {given[name]!r} is not known")
                del given[name]
        profile = given.get("profile")
        if isinstance(profile, str) and not _is_profile(profile):
            self.problems.append(f"profile {profile!r} is not known")

    def _known(self, place: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
        every = tuple(known)
        for name in table:
            if name not in every:
                self.problems.append(f"{place}.{name} is not known{_nearest(name, every)}".lstrip("."))

    def _names(self, place: str, content: Any) -> tuple[str, ...]:
        names = (content,) if isinstance(content, str) else content
        if isinstance(names, list | tuple) and all(isinstance(name, str) and name for name in names):
            return tuple(names)
        self.problems.append(f"{place} is not the name of a column, or a list of such")
        return ()

    def _table(self, place: str, content: Any) -> dict[str, Any]:
        if isinstance(content, dict):
            return dict(content)
        self.problems.append(f"{place} is not a table")
        return {}


def _is_profile(name: str) -> bool:
    """Whether a profile of this name is known; those of other standards are none here."""
    try:
        return name.startswith(PREFIX) and choose(name, None) is not None
    except SenderError:
        return False


def _outside_in(kind: Kind, rows: Mapping[str, Any]) -> list[str]:
    """Names of rows, those around others first."""
    return sorted(rows, key=lambda name: name.count("/")) if kind in OUTLINES else list(rows)


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.75)
    return f"; did you mean {close[0]}" if close else ""


def columns_of(stream: Stream) -> Iterator[tuple[Part, str]]:
    """Every column that a stream names, with its part; some more than once."""
    for part in stream.every_part:
        yield from ((part, column) for column in (*part.key, *part.order, *filter(None, (part.current,))))
        yield from ((part, column) for cell in part.cells.values() for column in cell.columns)
    if stream.cursor:
        yield stream.root, stream.cursor
