# SPDX-License-Identifier: Apache-2.0
"""The first rows of a host's tables as they would be read, and nothing stored."""

from __future__ import annotations

from itertools import islice

import msgspec

from cocket import standards
from cocket.feeds.host_tables import HostTables, fit
from cocket.feeds.mapping import HostMapping
from cocket.feeds.table_feed import arrivals
from cocket.findings import Finding
from cocket.model import Declaration, Manifest
from cocket.pipeline import HostRow
from cocket.standards import Options


class Previewed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing as it would be read.

    Attributes:
        kind: `manifests`, `declarations`, `decisions` or `results`.
        row: The row it stands in, for people.
        standard: Standard of the message; None for a decision or result.
        outcome: `accepted` or `refused`; None for a decision or result.
        reference: The name it would be known by; None if it has none.
        document: What was read; None for a decision or result.
        told: What the host says; None for a message.
        findings: What the tables and the checks say (0..n).
    """

    kind: str
    row: str
    standard: str | None = None
    outcome: str | None = None
    reference: str | None = None
    document: Declaration | Manifest | None = None
    told: HostRow | None = None
    findings: tuple[Finding, ...] = ()


def preview(
    tables: HostTables, mapping: HostMapping, most: int = 5, since: str | None = None
) -> tuple[list[Previewed], list[Finding]]:
    """Read the first rows of each kind, and store nothing.

    Args:
        tables: The tables.
        mapping: The mapping as it was read.
        most: How many of each kind (count).
        since: Begin at this value of the cursors; None from the beginning.

    Returns:
        What they would be read as, kind by kind; and what of the mapping is not there, with rows that are not in order.

    Raises:
        SettingsError: The mapping does not fit the tables.
        PartnerError: The tables cannot be read.
    """
    fitted, absent = fit(mapping, tables)
    shown: list[Previewed] = []
    for stream in fitted.streams:
        alone = msgspec.structs.replace(fitted, streams=(stream,))
        for arrival in islice(arrivals(alone, tables, {stream.kind: since if stream.cursor else None}), most):
            if arrival.message is not None:
                shown.append(_message(arrival.kind, arrival.name, arrival.message, (arrival.findings, mapping.profile)))
            else:
                told = next(iter(arrival.rows), None)
                name = told.reference.value if told else None
                shown.append(
                    Previewed(kind=arrival.kind, row=arrival.name, reference=name, told=told, findings=arrival.findings)
                )
    return shown, [*absent, *tables.faults()]


def _message(kind: str, row: str, message: bytes, given: tuple[tuple[Finding, ...], str | None]) -> Previewed:
    findings, profile = given
    reading = standards.read(message, Options(profile=profile))
    # A row of a table is one message: the mapping makes it, and no mapping makes several of a row.
    document = reading.document if isinstance(reading.document, Declaration | Manifest) else None
    return Previewed(
        kind=kind,
        row=row,
        standard=reading.standard,
        outcome=reading.outcome,
        reference=reading.reference,
        document=document,
        findings=(*findings, *reading.findings),
    )
