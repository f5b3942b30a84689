# SPDX-License-Identifier: Apache-2.0
"""Rows of a host's tables as what it decided about a declaration, and what came of an examination."""

from __future__ import annotations

import re
from decimal import Decimal

from cocket.feeds.cells import Texts
from cocket.feeds.host_tables import Row
from cocket.feeds.mapping import LANES, TIMES, HostMapping, Part, Stream
from cocket.feeds.papers import Rows, row_name
from cocket.findings import Finding
from cocket.pipeline import HostRow
from cocket.pipeline.consignment.decision_tables import read_row

#: What a flag column says of a lane that was not chosen.
_NOT = frozenset({"", "0", "f", "false", "n", "no"})

_NUMBER = re.compile(r"-?\d{1,30}(\.\d{0,20})?", re.ASCII)


class DecisionMaker:
    """Makes what the house is told of one stream.

    Args:
        mapping: The mapping, fitted to the tables.
        stream: Its decisions or results.
    """

    def __init__(self, mapping: HostMapping, stream: Stream) -> None:
        self._stream = stream
        self._texts = Texts(mapping)
        self._random = mapping.random

    def make(self, rows: Rows) -> tuple[list[HostRow], list[Finding]]:
        """Read one decision or result.

        Args:
            rows: All its rows, by name of part.

        Returns:
            What the host says (0..1), and a warning for what cannot be read (0..n).
        """
        findings: list[Finding] = []
        place = row_name(self._stream.root, rows[""][0])
        cells = {name: text for name in self._names() if (text := self._text(name, rows)) is not None}
        cells["year"] = cells.get("year") or self._year(cells.get("registered"))
        cells |= {name: self._moment(cells[name]) for name in TIMES & cells.keys()}
        self._choose_lane(cells, place, findings)
        if any(map(_tells, self._stream.parts)):
            self._add_up(cells, rows, findings)
        return read_row(cells, place, findings, is_whole=False, random=self._random), findings

    def _names(self) -> list[str]:
        return list(dict.fromkeys(name for part in self._stream.every_part for name in part.cells))

    def _text(self, name: str, rows: Rows) -> str | None:
        """The first word on a fact, whichever part says it."""
        for part in self._stream.every_part:
            if name in part.cells and (text := self._texts.cell(part.cells[name], rows.get(part.name, ()))) is not None:
                return text
        return None

    def _choose_lane(self, cells: dict[str, str], place: str, findings: list[Finding]) -> None:
        """The lane at selectivity by its flags, the strictest if several are set; a lane now that differs overrode it."""
        flagged = [lane for lane in LANES if cells.pop(f"lane_{lane}", "").lower() not in _NOT]
        if len(flagged) > 1:
            findings.append(
                Finding(
                    code="host-lanes-several",
                    severity="warning",
                    message="{place} has several lanes at once: {found}; the strictest was used",
                    found=" ".join(flagged),
                    arguments={"place": place},
                )
            )
        if flagged:
            cells.setdefault("lane", flagged[0])
        now = cells.pop("lane_now", "")
        if "lane" not in cells:
            cells["lane"] = now
        elif now and now.lower() != cells["lane"].lower():
            cells.setdefault("override", now)

    def _add_up(self, cells: dict[str, str], rows: Rows, findings: list[Finding]) -> None:
        """Of the lines of one examination: amounts are added, and any offence or amount is something found.

        An examination without lines tells nothing of what was found: unknown is not "nothing". A sum with a line that
        cannot be read is unknown too.
        """
        lines = [(part, row) for part in self._stream.parts if _tells(part) for row in rows.get(part.name, ())]
        texts = [text for part, row in lines if (text := self._amount(part, row)) is not None]
        unreadable = next((text for text in texts if not _NUMBER.fullmatch(text)), None)
        if unreadable is not None:
            cells["duty_recovered"] = unreadable
        elif texts:
            cells["duty_recovered"] = format(sum(map(Decimal, texts), Decimal(0)), "f")
        if lines and cells.get("depth", "").lower() != "not-examined":
            is_found = bool(cells.get("offence")) or any(_NUMBER.fullmatch(text) and Decimal(text) for text in texts)
            cells.setdefault("found", "true" if is_found else "false")

    def _amount(self, part: Part, row: Row) -> str | None:
        cell = part.cells.get("duty_recovered")
        text = self._texts.cell(cell, [row]) if cell else None
        return None if text is None else self._texts.number(text)

    def _year(self, registered: str | None) -> str:
        moment = self._texts.moment(registered) if registered else None
        return str(moment.year) if moment else ""

    def _moment(self, text: str) -> str:
        moment = self._texts.moment(text)
        return moment.isoformat() if moment else text


def _tells(part: Part) -> bool:
    """Whether its rows are lines of an examination."""
    return bool({"offence", "duty_recovered"} & part.cells.keys())
