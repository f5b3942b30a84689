# SPDX-License-Identifier: Apache-2.0
"""The door for a host's tables: what they tell is taken in in the order of time, and one goes on where one stopped.

A back-fill of years is the same as yesterday's news: declarations, lanes and results of one day come before those of
the next, so that what was found counts from the day it was returned.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import groupby, islice

import msgspec

from cocket.errors import SenderError
from cocket.feeds.cells import Texts, text_of
from cocket.feeds.decisions import DecisionMaker
from cocket.feeds.folder import FeedReport
from cocket.feeds.host_tables import HostTables, Query, Row, fit, wanted_columns
from cocket.feeds.lodging import Destination, lodge_each, take_rows
from cocket.feeds.mapping import KINDS, OUTLINES, HostMapping, Kind, Part, Stream
from cocket.feeds.papers import PaperMaker, Rows, grouped, key_of, row_name
from cocket.findings import Finding, Gathered, render
from cocket.governance import Principal
from cocket.model import Envelope
from cocket.pipeline import Answer, HostRow

#: Papers whose further rows are fetched together, and messages of one commit (count).
_BATCH = 64

_MOST_FINDINGS, _LONGEST_NAME = 200, 200

#: Cursors after which nothing comes.
_ENDLESS = frozenset({"infinity", "Infinity", "NaN"})

#: Things said amiss that are remembered, so that each is said once (count).
_MOST_NOTED = 100_000

#: Told of each message: its row, its answer, rows done, rows in all.
RowProgress = Callable[[str, Answer | None, int, int], None]

#: Opens the tables for one look.
Opener = Callable[[], AbstractContextManager[HostTables]]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a host's tables tell.

    Attributes:
        kind: Which stream told it.
        name: Its row, for people.
        day: Day of its cursor, ISO 8601; empty where the cursor is no time.
        position: Value of its cursor; None where the stream has none.
        message: The message, of manifests and declarations; None if it could not be written.
        rows: What the host decided (0..1).
        findings: What the tables said amiss (0..n).
        is_ahead: Whether its cursor is a time to come: one does not go on from there, or all until then is missed.
    """

    kind: Kind
    name: str
    day: str
    position: str | None
    message: bytes | None = None
    rows: tuple[HostRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_ahead: bool = False


def arrivals(mapping: HostMapping, tables: HostTables, since: Mapping[Kind, str | None]) -> Iterator[Arrival]:
    """Everything that a host's tables tell, in the order of time.

    Args:
        mapping: The mapping, fitted to the tables.
        tables: The tables.
        since: Where to begin, by kind; None or missing from the beginning.

    Returns:
        One after the other by day, and within a day in the order of `KINDS`. A kind whose cursor is no time, or that has
        none, comes first.

    Raises:
        PartnerError: The tables cannot be read.
    """
    streams = (_arrivals(mapping, tables, stream, since.get(stream.kind)) for stream in mapping.streams)
    return heapq.merge(*streams, key=lambda arrival: (arrival.day, KINDS.index(arrival.kind)))


def query_of(tables: HostTables, stream: Stream, since: str | None) -> Query:
    """The query for the first table of a stream."""
    root = stream.root
    columns = wanted_columns(tables, root)
    return Query(
        table=root.table, columns=columns, cursor=stream.cursor, since=since, order=root.key, empty=root.current
    )


def _arrivals(mapping: HostMapping, tables: HostTables, stream: Stream, since: str | None) -> Iterator[Arrival]:
    make = _maker(mapping, stream)
    texts = Texts(mapping)
    found = tables.rows(query_of(tables, stream, since))
    each = (list(group) for _, group in groupby(found, lambda row: key_of(row, stream.root.key)))
    newest = ""
    while batch := list(islice(each, _BATCH)):
        further = {part.name: _further(tables, stream.root, part, batch) for part in stream.parts}
        for rows in batch:
            every = {"": rows} | {
                part.name: _of_root(stream.root, part, rows, further[part.name]) for part in stream.parts
            }
            position = text_of(rows[0].get(stream.cursor)) if stream.cursor else None
            moment = texts.moment(position) if position else None
            newest = max(newest, moment.astimezone(UTC).date().isoformat() if moment else "")
            message, told, findings = make(every)
            yield Arrival(
                kind=stream.kind,
                name=row_name(stream.root, rows[0]),
                day=newest,
                position=position,
                message=message,
                rows=tuple(told),
                findings=tuple(findings),
                is_ahead=position in _ENDLESS or (moment is not None and moment > datetime.now(UTC)),
            )


def _maker(
    mapping: HostMapping, stream: Stream
) -> Callable[[Rows], tuple[bytes | None, Sequence[HostRow], Sequence[Finding]]]:
    """What makes an arrival of the rows of one stream; what cannot be written becomes a finding."""
    if stream.kind not in OUTLINES:
        decisions = DecisionMaker(mapping, stream)
        return lambda rows: (None, *decisions.make(rows))
    papers = PaperMaker(mapping, stream)

    def make(rows: Rows) -> tuple[bytes | None, Sequence[HostRow], Sequence[Finding]]:
        try:
            message, findings = papers.make(rows)
        except SenderError as error:
            name = row_name(stream.root, rows[""][0])
            said = "{row} cannot be written as a message: {found}"
            finding = Finding(
                code="host-row-unreadable",
                severity="error",
                message=said,
                found=error.message[:200],
                arguments={"row": name},
            )
            return None, (), (finding,)
        return message, (), findings

    return make


def _shared(root: Part, part: Part) -> int:
    """How many columns of its key a part has in common with the first table."""
    return min(len(root.key), len(part.key))


def _further(tables: HostTables, root: Part, part: Part, batch: list[list[Row]]) -> dict[tuple[str, ...], list[Row]]:
    """Rows of a further table that belong to a batch, by the key they share with it."""
    if part.table == root.table:
        return {}
    columns = part.key[: _shared(root, part)]
    wanted = dict.fromkeys(tuple(rows[0].get(column) for column in root.key[: len(columns)]) for rows in batch)
    among = tuple(key for key in wanted if None not in key)
    if not among:
        return {}
    query = Query(
        table=part.table, columns=wanted_columns(tables, part), order=columns, among=among, empty=part.current
    )
    return grouped(tables.rows(query), columns)


def _of_root(root: Part, part: Part, rows: list[Row], further: dict[tuple[str, ...], list[Row]]) -> Sequence[Row]:
    if part.table == root.table:
        return rows
    return further.get(key_of(rows[0], root.key[: _shared(root, part)]), ())


class TableFeed:
    """Takes in what the tables of one host tell.

    Args:
        destination: Where it goes.
        opener: Opens the tables for each look anew, so that a lost connection costs one look.
        mapping: The mapping as it was read.
        principal: On whose behalf.
        sender: Name under which the host's messages are kept.
    """

    def __init__(
        self, destination: Destination, opener: Opener, mapping: HostMapping, principal: Principal, sender: str
    ) -> None:
        self._destination = destination
        self._decisions = destination.decisions
        self._opener = opener
        self._mapping = mapping
        self._principal = principal
        self._sender = sender
        self._noted: set[bytes] = set()

    def once(self, progress: RowProgress | None = None, *, since: str | None = None) -> FeedReport:
        """Take in everything new.

        Args:
            progress: Told of each row.
            since: Begin at this value of the cursors, whatever was taken in before; None goes on where one stopped.

        Returns:
            What came in. What is told again and has not changed is known by its content, and leaves no trace.

        Raises:
            SettingsError: The mapping does not fit the tables.
            PartnerError: The tables cannot be read; what was taken in before stays so, and one goes on after it.
            StoreError: Our own database refused; likewise.
        """
        with self._opener() as tables:
            mapping, absent = fit(self._mapping, tables)
            begin = {
                stream.kind: since or (self._begin(stream) if tables.remembers() else None)
                for stream in mapping.streams
                if stream.cursor
            }
            total = sum(tables.count(query_of(tables, s, begin.get(s.kind))) for s in mapping.streams)
            look = _Look(self._destination, self._principal, self._enclose, (progress, total), self._noted)
            for finding in (*absent, *tables.faults()):
                look.note("", finding)
            for arrival in arrivals(mapping, tables, begin):
                look.take(arrival)
                if look.is_full:
                    self._finish(look, mapping)
            look.warn_of_times()
            self._finish(look, mapping)
        return look.result()

    def _enclose(self, name: str, message: bytes) -> Envelope:
        return Envelope(
            sender=self._sender,
            actor=self._principal.id,
            door="feeds",
            content=message,
            received=datetime.now(UTC),
            file_name=name[:_LONGEST_NAME],
            profile=self._mapping.profile,
        )

    def _finish(self, look: _Look, mapping: HostMapping) -> None:
        """Store what was gathered, then remember how far each stream has been read."""
        look.store()
        for stream in mapping.streams:
            if position := look.positions.pop(stream.kind, None):
                self._decisions.keep_feed_position(self._place(stream), position)

    def _begin(self, stream: Stream) -> str | None:
        position = self._decisions.feed_position(self._place(stream))
        return stepped_back(position, stream.overlap) if position else None

    def _place(self, stream: Stream) -> str:
        return f"{self._sender}/{stream.kind}/{stream.root.table}"


class _Look:
    """What one look has gathered and not yet stored, and what came of the rest."""

    def __init__(
        self,
        destination: Destination,
        principal: Principal,
        enclose: Callable[[str, bytes], Envelope],
        told: tuple[RowProgress | None, int],
        noted: set[bytes],
    ) -> None:
        self._most_bytes = destination.settings.max_message_bytes
        self._lodging, self._decisions = destination.messages, destination.decisions
        self._principal = principal
        self._enclose = enclose
        self._progress, self._total = told
        self._messages: list[tuple[str, Envelope]] = []
        self._rows: list[HostRow] = []
        self._noted = noted
        self._done = 0
        self._ahead = 0
        self._report = FeedReport()
        self._findings = Gathered(_MOST_FINDINGS)
        self.positions: dict[str, str] = {}

    def take(self, arrival: Arrival) -> None:
        """Gather one arrival; messages and rows are stored in the order in which they came."""
        if arrival.message is not None and self._rows:
            self.store()
        for finding in arrival.findings:
            self.note(arrival.name, finding)
        self._rows += arrival.rows
        if arrival.message is not None and len(arrival.message) > self._most_bytes:
            self._refuse(arrival.name, "larger than allowed")
        elif arrival.message is not None:
            self._messages.append((arrival.name, self._enclose(arrival.name, arrival.message)))
        if arrival.is_ahead:
            self._ahead += 1
        elif arrival.position is not None:
            self.positions[arrival.kind] = arrival.position

    def note(self, name: str, finding: Finding) -> None:
        """Keep what was said amiss, unless an earlier look said the same."""
        if finding.severity == "error":
            self._refuse(name or finding.arguments.get("place", ""), render(finding))
        elif self._is_news(render(finding)):
            self._findings.add(finding)

    def warn_of_times(self) -> None:
        """Say how many rows have times to come."""
        if self._ahead:
            said = (
                "{count} rows have times ahead of this machine's clock; they were imported. Check which clock is wrong."
            )
            count = str(self._ahead)
            self.note(
                "", Finding(code="host-times-ahead", severity="warning", message=said, arguments={"count": count})
            )

    def _refuse(self, name: str, why: str) -> None:
        self._report.not_taken += 1
        if self._is_news(f"{name}: {why}") and len(self._report.unreadable) < _MOST_FINDINGS:
            self._report.unreadable.append((name, why))

    def _is_news(self, text: str) -> bool:
        """Whether something has not been said before; rows are read again and again where looks overlap."""
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        is_news = digest not in self._noted
        if len(self._noted) >= _MOST_NOTED:
            self._noted.clear()
        self._noted.add(digest)
        return is_news

    @property
    def is_full(self) -> bool:
        """Whether it is time to store."""
        return len(self._messages) >= _BATCH or len(self._rows) >= _BATCH

    def store(self) -> None:
        """Store what was gathered."""
        answers = lodge_each(self._lodging, [envelope for _, envelope in self._messages], self._principal)
        for (name, _), answer in zip(self._messages, answers, strict=True):
            if isinstance(answer, Answer):
                self._count(answer)
                self._tell(name, answer)
            else:
                self._refuse(name, answer)
        count, refused = take_rows(self._decisions, self._rows)
        self._report.decisions += count
        for row, why in refused:
            self._refuse(row.reference.value, why)
        for row in self._rows:
            self._tell(row.reference.value, None)
        self._messages, self._rows = [], []

    def result(self) -> FeedReport:
        """What came in."""
        return msgspec.structs.replace(self._report, findings=list(self._findings.result()))

    def _count(self, answer: Answer) -> None:
        if answer.is_repeat:
            self._report.repeats += 1
        elif answer.outcome == "accepted":
            self._report.accepted += 1
        else:
            self._report.refused += 1

    def _tell(self, name: str, answer: Answer | None) -> None:
        self._done += 1
        if self._progress:
            self._progress(name, answer, self._done, max(self._total, self._done))


def stepped_back(position: str, overlap: int) -> str:
    """A position so many days, or units of a number, before."""
    if not overlap:
        return position
    if position.isdecimal():
        return str(max(0, int(position) - overlap))
    try:
        return (datetime.fromisoformat(position) - timedelta(days=overlap)).isoformat()
    except (ValueError, OverflowError):
        return position
