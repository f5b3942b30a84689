# SPDX-License-Identifier: Apache-2.0
"""What an office gave for a review: of every file whether it was recognised, what was read, repaired and left out, and why.

Nothing is dropped without a word: each file has its verdict, with what was expected, what was found, and what to do next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

import msgspec

from cocket import standards
from cocket.errors import CocketError, SettingsError
from cocket.findings import Finding, render
from cocket.model import Declaration, Manifest, Reading
from cocket.pipeline.consignment.decision_tables import read_row
from cocket.pipeline.consignment.outcomes import HostRow
from cocket.pipeline.risk.given_columns import (
    FIELDS,
    FREE,
    LEFT_OUT,
    WORDS,
    Answers,
    ColumnSheet,
    Reader,
    fields_of,
    is_heading,
    key_of,
    signature,
)
from cocket.pipeline.risk.given_files import UNPACKED_BYTES, Given, Table, Trouble, table_of, unpacked
from cocket.risk.rules.figures import RANDOM

Verdict = Literal["recognised", "needs you", "in part", "not recognised"]

#: Rows in which headings are looked for (count).
_HEAD_ROWS: Final = 10

_KEYS: Final = frozenset({"office", "year", "serial", "number", "reference", "registered"})

#: Kinds of a file.
Kind = Literal["declaration", "manifest", "lanes", "results", "lanes and results", ""]


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why some rows were left out.

    Attributes:
        message: An English sentence with a `{name}` place for a column or a part of a declaration's name.
        name: What fills the place; "" where there is none.
        rows: Rows (count).
    """

    message: str
    name: str = ""
    rows: int


class FileSheet(msgspec.Struct, frozen=True, kw_only=True):
    """One file.

    Attributes:
        name: As given, with its archive before it.
        size: Bytes.
        verdict: Whether it was recognised.
        kind: What it is; "" if nobody knows.
        message: What was read, or why not: an English sentence with `{name}` places.
        arguments: Their values.
        expected: What it should look like; "" where it is in order.
        found: What is there instead.
        further: What to do next, an English sentence; "" where there is nothing to do.
        encoding: Of a text table; "" else.
        delimiter: Likewise, as a word.
        sheet: Of a workbook; "" else.
        other_sheets: Further sheets, which were not read (0..n).
        rows: Rows or messages read (count).
        repaired: Rows read after a repair (count).
        left_out: Rows or messages left out (count).
        signature: By what a table of these headings is known again; "" for what is no table.
        columns: Its columns (0..n).
        reasons: Why rows were left out, the commonest first (0..n).
    """

    name: str
    size: int
    verdict: Verdict
    kind: Kind = ""
    message: str
    arguments: dict[str, str] = {}
    expected: str = ""
    found: str = ""
    further: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    other_sheets: tuple[str, ...] = ()
    rows: int = 0
    repaired: int = 0
    left_out: int = 0
    signature: str = ""
    columns: tuple[ColumnSheet, ...] = ()
    reasons: tuple[Reason, ...] = ()


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """What a review needs, and how much of it is there (counts).

    Attributes:
        declarations: Declarations.
        lanes: Of them with a lane of the host.
        results: Of them with a result.
        dated: Of the results those with their day.
        random: Declarations that say whether chance chose them.
        money: Results with additional duty.
        unmatched: Declarations of tables that are in no file.
        first_day: First day of a declaration; None without.
        last_day: Last day; None without.
    """

    declarations: int
    lanes: int
    results: int
    dated: int
    random: int
    money: int
    unmatched: int
    first_day: date | None
    last_day: date | None

    @property
    def can_compare(self) -> bool:
        """Whether ours can be compared with the host."""
        return bool(self.declarations and self.results)


class GivenSheet(msgspec.Struct, frozen=True, kw_only=True):
    """All that was given.

    Attributes:
        files: Each file (0..n).
        needs: What a review needs.
    """

    files: tuple[FileSheet, ...]
    needs: Needs

    @property
    def usable(self) -> int:
        """Files of which something can be used (count)."""
        return sum(one.verdict != "not recognised" and one.rows > 0 for one in self.files)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What was read, for the review, with the sheet that says how.

    Attributes:
        sheet: What became of each file.
        messages: Name and content of each message (0..n).
        readings: Name → its reading, so that nothing is read twice.
        rows: Lanes and results (0..n).
        criteria: Declaration → codes of the host's rules it met.
        chances: Declaration → chance of examination.
        differing: Declarations whose rows differ in why they were chosen, or in the chance of that (count).
    """

    sheet: GivenSheet
    messages: tuple[tuple[str, bytes], ...]
    readings: dict[str, Reading]
    rows: tuple[HostRow, ...]
    criteria: dict[str, tuple[str, ...]]
    chances: dict[str, float]
    differing: int = 0


class _Gathering(msgspec.Struct):
    """What is being read."""

    messages: list[tuple[str, bytes]] = []
    readings: dict[str, Reading] = {}
    rows: list[HostRow] = []
    criteria: dict[str, set[tuple[str, ...]]] = {}
    chances: dict[str, set[float]] = {}

    @property
    def reasons(self) -> dict[str, tuple[str, ...]]:
        """Codes of each declaration; `RANDOM` only where every row of it says so."""
        return {name: _codes(told) for name, told in self.criteria.items()}

    @property
    def known_chances(self) -> dict[str, float]:
        """Chance of each declaration whose rows agree on it."""
        return {name: next(iter(told)) for name, told in self.chances.items() if len(told) == 1}

    @property
    def differing(self) -> int:
        """Declarations whose rows differ in either (count)."""
        reasons = {name for name, told in self.criteria.items() if len(told) > 1}
        return len(reasons | {name for name, told in self.chances.items() if len(told) > 1})


def _codes(told: set[tuple[str, ...]]) -> tuple[str, ...]:
    """The codes of all rows of a declaration, in the order of the one row or sorted."""
    if len(told) == 1:
        return next(iter(told))
    is_random = all(RANDOM in codes for codes in told)
    return tuple(sorted({code for codes in told for code in codes if code != RANDOM or is_random}))


def take(
    files: Iterable[tuple[str, bytes]],
    *,
    memory: Mapping[str, Answers] | None = None,
    said: Answers | None = None,
    options: standards.Options | None = None,
    progress: Callable[[int], None] | None = None,
    room: int = UNPACKED_BYTES,
) -> Taken:
    """Read what was given.

    Args:
        files: Name and bytes of each file (0..n).
        memory: What was said of tables before, by `signature`.
        said: What is said now; it holds for every table that has the heading.
        options: How messages are to be read; None for the defaults.
        progress: Called with the number of files read so far.
        room: Bytes that all of it may unpack to.
    """
    gathering, sheets = _Gathering(), []
    for name, content in files:
        for given in unpacked(name, content, room):
            room -= len(given.content)
            sheets.append(_file(given, memory or {}, said or Answers(), options, gathering))
            if progress:
                progress(len(sheets))
    return Taken(
        sheet=GivenSheet(files=tuple(sheets), needs=_needs(gathering)),
        messages=tuple(gathering.messages),
        readings=gathering.readings,
        rows=tuple(gathering.rows),
        criteria=gathering.reasons,
        chances=gathering.known_chances,
        differing=gathering.differing,
    )


def check_answers(said: Answers) -> Answers:
    """The answers, if they speak of fields and meanings that there are.

    Raises:
        SettingsError: One does not.
    """
    for heading, field in said.columns.items():
        if field != LEFT_OUT and field not in FIELDS:
            raise SettingsError(
                f"{heading} cannot be read as {field}.",
                code="review-field",
                hint=f"Fields: {', '.join(FIELDS)}, {LEFT_OUT}.",
            )
    for field, words in said.words.items():
        meanings = WORDS[field][1] if field in WORDS else ()
        for word, meaning in words.items():
            if field != "criteria" and meaning not in meanings:
                can = ", ".join(meanings) or "nothing: it is not a field of words"
                raise SettingsError(
                    f"{word} of {field} cannot mean {meaning}.", code="review-word", hint=f"It may mean {can}."
                )
    for field in said.values:
        if field not in FIELDS:
            raise SettingsError(f"{field} is not a field.", code="review-field", hint=f"Fields: {', '.join(FIELDS)}.")
    if said.dates not in ("", "day-first", "month-first"):
        raise SettingsError(
            f"{said.dates} is not an order of dates.", code="review-dates", hint="day-first or month-first."
        )
    return said


def remembered(memory: Mapping[str, Answers], sheet: GivenSheet, said: Answers) -> dict[str, Answers]:
    """The memory with what was said now, for each table that it was said of."""
    kept = dict(memory)
    for file in sheet.files:
        headings = {column.heading for column in file.columns}
        fields = {column.field for column in file.columns}
        columns = {heading: field for heading, field in said.columns.items() if heading in headings}
        words = {field: one for field, one in said.words.items() if field in fields | set(columns.values())}
        if file.signature and (columns or words or said.values or said.dates):
            more = Answers(columns=columns, words=words, values=said.values, dates=said.dates)
            kept[file.signature] = kept.get(file.signature, Answers()).with_more(more)
    return kept


def _file(
    given: Given, memory: Mapping[str, Answers], said: Answers, options: standards.Options | None, gathering: _Gathering
) -> FileSheet:
    if given.trouble:
        return _refused(given, given.trouble)
    if not given.content.strip():
        return _refused(given, Trouble(message="It is empty.", further="Export it again."))
    if _looks_like_message(given.content):
        return _message(given, options, gathering)
    table = table_of(given.name, given.content)
    if isinstance(table, Trouble):
        return _refused(given, table)
    return _table(given, table, memory, said, gathering)


def _refused(given: Given, trouble: Trouble) -> FileSheet:
    return FileSheet(
        name=given.name,
        size=len(given.content),
        verdict="not recognised",
        message=trouble.message,
        arguments=trouble.arguments,
        expected=trouble.expected,
        found=trouble.found,
        further=trouble.further,
    )


def _looks_like_message(content: bytes) -> bool:
    start = content[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start[:1] in (b"<", b"{", b"[") or start[:2] == b"\0<" or start.startswith((b"UNA", b"UNB"))


def _message(given: Given, options: standards.Options | None, gathering: _Gathering) -> FileSheet:
    try:
        reading = standards.read(given.content, options)
    except CocketError as error:  # how a message may fail is no more than its verdict here
        findings: Sequence[Finding] = getattr(error, "findings", ())
        return _broken(given, findings, error.message)
    documents = [one for one in reading.documents if isinstance(one, Declaration | Manifest)]
    if reading.outcome == "refused":
        return _broken(given, [one for one in reading.findings if one.severity == "error"], "")
    if not documents:
        trouble = Trouble(
            message="It is a message ({standard}), but neither a declaration nor a manifest.",
            arguments={"standard": reading.standard or "?"},
            expected="a SAD or a manifest",
            found=reading.standard or "?",
            further="Leave it out; a review needs declarations, lanes and results.",
        )
        return _refused(given, trouble)
    gathering.messages.append((given.name, given.content))
    gathering.readings[given.name] = reading
    is_declaration = any(isinstance(one, Declaration) for one in documents)
    return FileSheet(
        name=given.name,
        size=len(given.content),
        verdict="recognised",
        kind="declaration" if is_declaration else "manifest",
        message="A declaration ({standard})." if is_declaration else "A manifest ({standard}).",
        arguments={"standard": reading.standard or "?"},
        rows=len(documents),
    )


def _broken(given: Given, findings: Sequence[Finding], otherwise: str) -> FileSheet:
    first = next(iter(findings), None)
    says = render(first) if first else otherwise
    return FileSheet(
        name=given.name,
        size=len(given.content),
        verdict="not recognised",
        message="The message has errors: {problem}",
        arguments={"problem": says[:300]},
        expected=(first.expected or "") if first else "",
        found=" ".join(filter(None, (first.location, first.found)))[:200] if first else "",
        further="Correct it at the host and export it again, or see all its errors by cocket check.",
        left_out=1,
    )


def _head(table: Table) -> int:
    """Which row has the headings: of the first ones that with most that are known; the first one if none has any."""
    known = [sum(map(is_heading, cells)) for _, cells in table.rows[:_HEAD_ROWS]]
    most = max(known, default=0)
    return known.index(most) if most > 1 else 0


def _table(
    given: Given, table: Table, memory: Mapping[str, Answers], said: Answers, gathering: _Gathering
) -> FileSheet:
    if not table.rows:
        return _refused(given, Trouble(message="It has no rows.", further="Export it again."))
    at = _head(table)
    headings = _named(table.rows[at][1])
    known = memory.get(signature(headings), Answers())
    answers, body = known.with_more(said), table.rows[at + 1 :]
    fields = fields_of(headings, known, said)
    cells = {place: [_cell(row, place) for _, row in body] for place in range(len(headings))}
    readers = {
        place: Reader(field, cells[place], answers)
        for place, (field, _) in enumerate(fields)
        if field is not None and field != LEFT_OUT
    }
    whole = _Body(given.name, headings, readers, answers)
    whole.read(body)
    named = {reader.field for reader in readers.values()} | answers.values.keys()
    problem = _no_table(headings, named, body, whole)
    columns = tuple(
        _column(heading, field, why, readers.get(place), cells[place])
        for place, (heading, (field, why)) in enumerate(zip(headings, fields, strict=True))
    )
    usual: dict[str, Any] = {
        "name": given.name, "size": len(given.content), "encoding": table.encoding, "delimiter": table.delimiter,
        "sheet": table.sheet, "other_sheets": table.other_sheets, "signature": signature(headings), "columns": columns,
    }  # fmt: skip
    if problem:
        return FileSheet(
            **usual, verdict="not recognised", message=problem.message, arguments=problem.arguments,
            expected=problem.expected, found=problem.found, further=problem.further, left_out=len(body),
        )  # fmt: skip
    gathering.rows += whole.rows
    for name, codes in whole.criteria:
        gathering.criteria.setdefault(name, set()).add(codes)
    for name, chance in whole.chances:
        gathering.chances.setdefault(name, set()).add(chance)
    unknown = sum(len(column.unknown) for column in columns)
    whole.reasons.update((why, "") for _, why in table.broken)
    left_out = sum(whole.reasons.values())
    reasons = tuple(Reason(message=why, name=name, rows=rows) for (why, name), rows in whole.reasons.most_common())
    return FileSheet(
        **usual,
        verdict="needs you" if unknown else "in part" if left_out else "recognised",
        kind=whole.kind,
        message="Rows read: {count}; words whose meaning is not known: {unknown}."
        if unknown
        else "Rows read: {count}.",
        arguments={"count": str(len(whole.rows)), "unknown": str(unknown)},
        further="Say what each word means." if unknown else "",
        rows=len(whole.rows),
        repaired=whole.repaired,
        left_out=left_out,
        reasons=reasons,
    )


def _named(cells: Sequence[str]) -> list[str]:
    """Headings, each with a name of its own."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = cell or f"column {place}"
        names.append(name if name not in names else f"{name} ({place})")
    return names


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


class _Body:
    """The rows of one table as they are read."""

    def __init__(self, name: str, headings: Sequence[str], readers: Mapping[int, Reader], answers: Answers) -> None:
        self._name, self._headings, self.readers, self._answers = name, headings, readers, answers
        self.rows: list[HostRow] = []
        self.criteria: list[tuple[str, tuple[str, ...]]] = []
        self.chances: list[tuple[str, float]] = []
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.repaired = 0

    @property
    def kind(self) -> Kind:
        """What the table tells."""
        fields = {reader.field for reader in self.readers.values()}
        tells_lanes, tells_results = "lane" in fields, bool(fields & {"found", "nothing_found", "depth"})
        if tells_lanes and tells_results:
            return "lanes and results"
        return "lanes" if tells_lanes else "results" if tells_results else ""

    def read(self, body: Sequence[tuple[int, tuple[str, ...]]]) -> None:
        """Read every row; of each that is left out it is counted why."""
        for line, row in body:
            if any(row[len(self._headings) :]):
                self.reasons["it has more cells than headings", ""] += 1
            elif all(cell == heading for cell, heading in zip(row, self._headings, strict=False)):
                continue  # the headings again
            else:
                self._row(line, row)

    def _row(self, line: int, row: Sequence[str]) -> None:
        before = sum(reader.repaired for reader in self.readers.values())
        cells: dict[str, str] = {}
        failed: list[int] = []
        for place, reader in self.readers.items():  # every cell is read, so that each column's counts are whole
            value = reader.value(_cell(row, place))
            if value is None:
                failed.append(place)
            else:
                cells[reader.field] = value
        if failed:
            why = "a word of {name} is not known" if self.readers[failed[0]].field in WORDS else "{name} cannot be read"
            self.reasons[why, self._headings[failed[0]]] += 1
            return
        key, missing = key_of(cells, self._answers.values)
        if missing:
            self.reasons["no declaration: {name} is missing", missing] += 1
            return
        told = {**self._answers.values, **cells, **key}
        if "nothing_found" in told:
            told["found"] = told.pop("nothing_found")
        told["returned"] = told.get("returned") or told.get("examined_on", "")
        findings: list[Finding] = []
        rows = read_row(told, f"{self._name} line {line}", findings, location=f"{line}:1")
        if not rows:
            self.reasons[_why(findings)] += 1
            return
        self.rows += rows
        self.repaired += sum(reader.repaired for reader in self.readers.values()) > before
        self._beside(rows[0].reference.value, told)

    def _beside(self, name: str, told: Mapping[str, str]) -> None:
        """Which of the host's rules were met, and the chance of examination."""
        if any(reader.field == "criteria" for reader in self.readers.values()):
            self.criteria.append((name, tuple(code for code in told.get("criteria", "").split(";") if code)))
        if told.get("propensity"):
            chance = float(told["propensity"])
            if chance > 0:
                self.chances.append((name, chance))


def _why(findings: Sequence[Finding]) -> tuple[str, str]:
    told = findings[0].arguments.get("column", "") if findings else ""
    return ("{name} cannot be read", told) if told else ("it does not identify a declaration", "")


def _no_table(
    headings: Sequence[str], named: set[str], body: Sequence[tuple[int, tuple[str, ...]]], whole: _Body
) -> Trouble | None:
    """Why nothing of a table can be used; None if something can."""
    found = "; ".join(headings)[:200]
    if not named & {"number", "reference"}:
        return Trouble(
            message="No column is known as a declaration's number.",
            expected=FIELDS["reference"],
            found=found,
            further="Say which column is the number of the declaration, or leave the file out.",
        )
    if not whole.kind:
        return Trouble(
            message="No column is known as a lane or a result.",
            expected=f"lane ({FIELDS['lane']}) or found ({FIELDS['found']})",
            found=found,
            further="Say which column is the lane or the result. Declarations themselves are read from the host's XML files.",
        )
    if not body:
        return Trouble(message="It has headings, but no rows.", found=found, further="Export it again.")
    if not whole.rows and not any(reader.unknown for reader in whole.readers.values()):
        (why, name), _ = whole.reasons.most_common(1)[0] if whole.reasons else (("it has headings alone", ""), 0)
        return Trouble(
            message="Not one row can be used: {why}.",
            arguments={"why": why.replace("{name}", name)},
            expected=FIELDS["reference"],
            found="; ".join(body[0][1])[:200],
            further="Say which columns are office, year, serial and number, or give office and year for the whole file.",
        )
    return None


def _column(heading: str, field: str | None, why: str, reader: Reader | None, cells: Sequence[str]) -> ColumnSheet:
    is_free = why == "free" or field in FREE
    example = "" if is_free else next((cell[:60] for cell in cells if cell), "")
    if reader is None:
        return ColumnSheet(heading=heading, example=example, field=field, why=why)
    return ColumnSheet(
        heading=heading,
        example=example,
        field=field,
        why=why,
        read=reader.read,
        repaired=reader.repaired,
        repair="" if is_free else reader.repair,
        left_out=reader.left_out,
        expected=FIELDS.get(reader.field, ""),
        found="" if is_free else reader.found,
        unknown=dict(reader.unknown.most_common(50)),
        meanings=WORDS[reader.field][1] if reader.field in WORDS else (),
        note=reader.note,
    )


def _needs(gathering: _Gathering) -> Needs:
    declared: set[str] = set()
    days: list[date] = []
    count = 0
    for document in (one for reading in gathering.readings.values() for one in reading.documents):
        if isinstance(document, Declaration):
            count += 1
            declared.update(one.value for one in document.references if one.kind == "SAD")
            registered = document.status.registered if document.status else None
            moment = document.accepted or document.issued
            day = registered or (moment.date() if moment else None)
            days += [day] if day else []
    rows = {row.reference.value: row for row in gathering.rows if row.is_examined is not None}
    lanes = {row.reference.value for row in gathering.rows if row.decision.lane}
    return Needs(
        declarations=count,
        lanes=len(lanes),
        results=len(rows),
        dated=sum(row.returned is not None for row in rows.values()),
        random=len(gathering.chances)
        or (len(gathering.criteria) if any(RANDOM in one for one in gathering.reasons.values()) else 0),
        money=sum(row.decision.duty_recovered is not None for row in rows.values()),
        unmatched=len(({*rows, *lanes}) - declared) if declared else 0,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
    )
