# SPDX-License-Identifier: Apache-2.0
"""The past as a host can give it: a table of cases with its lanes, a table of results, and their replay."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import msgspec

from cocket.errors import UnreadableError
from cocket.model.message import Lane
from cocket.risk.facts import Case, day_number
from cocket.risk.history import History, Outcome


class PastCase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One case of the past, as it stood when the host decided.

    Attributes:
        case: What was known of it.
        lane: Lane it was given in the end, an officer's override included.
        propensity: Chance (above 0, at most 1) with which it went to examination; None if nobody logged it.
    """

    case: Case
    lane: Lane | None = None
    propensity: float | None = None


class Past(msgspec.Struct, frozen=True):
    """Cases in the order of their days (0..n), and the results of those that were examined, by case id."""

    cases: tuple[PastCase, ...]
    outcomes: dict[str, Outcome]


def read_past(cases: bytes, results: bytes) -> Past:
    """Read the two tables of the past.

    Args:
        cases: NDJSON, one `PastCase` a line, in any order.
        results: CSV with a header and the columns `id`, `depth`, `found` (`true` or `false`), `returned` (ISO 8601) and, if
            known, `offence` and `duty_recovered` (national currency); others are passed over. What was not examined, or only on
            paper, teaches nothing: a look at documents misses
            most of what an examination finds, so its "nothing found" is no label.

    Returns:
        The past, cases in the order of their days.

    Raises:
        UnreadableError: A line cannot be read, or a result belongs to no case.
    """
    decoder = msgspec.json.Decoder(PastCase)
    read = []
    for number, line in enumerate(cases.splitlines(), start=1):
        try:
            read.append(decoder.decode(line))
        except msgspec.MsgspecError as error:
            raise UnreadableError(f"Line {number} of the cases cannot be read: {error}") from error
    read.sort(key=lambda past: (past.case.facts.day, past.case.facts.id))
    by_id = {past.case.facts.id: past for past in read}
    outcomes = {}
    for number, row in enumerate(csv.DictReader(io.StringIO(results.decode("utf-8", "replace"))), start=2):
        try:
            if row["depth"] not in _NO_LABEL:
                outcomes[row["id"]] = _outcome(by_id[row["id"]], row)
        except (KeyError, ValueError) as error:
            raise UnreadableError(f"Line {number} of the results cannot be read: {error}") from error
    return Past(tuple(read), outcomes)


def replay(past: Past) -> History:
    """Live through the past once.

    Args:
        past: Cases in the order of their days.

    Returns:
        What is known at the end; results still out stay pending in it.
    """
    history = History()
    for outcome in past.outcomes.values():
        history.learn(outcome)
    for each in past.cases:
        history.observe(each.case.facts)
    return history


_NO_LABEL = frozenset({"not-examined", "documents"})
_FOUND: dict[str, bool] = {"true": True, "false": False}


def _outcome(past: PastCase, row: dict[str, str]) -> Outcome:
    found, recovered = _FOUND[row["found"]], row.get("duty_recovered")
    return Outcome(
        facts=past.case.facts,
        found=found,
        returned=day_number(datetime.fromisoformat(row["returned"])),
        propensity=past.propensity,
        offence=(row.get("offence") or None) if found else None,
        recovered=float(recovered) if recovered and found else None,
    )
