# SPDX-License-Identifier: Apache-2.0
"""The past as a host can give it: a table of cases with its lanes, a table of results, and their replay."""

from __future__ import annotations

import csv
import io
import math
from datetime import datetime

import msgspec

from cocket.errors import UnreadableError
from cocket.model.message import Lane
from cocket.risk.facts import Case, Facts, day_number
from cocket.risk.history import Corrected, History, Outcome
from cocket.risk.hubs import Hubs


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
            most of what an examination finds, so its "nothing found" is no label. A line with an `item` (number of a goods
            item) tells how that item was found: its `offence`, and of `found_value` (national currency), `found_net_kg`,
            `found_hs` and `found_origin` what is otherwise than declared. Lines of one id are one examination.

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
    outcomes: dict[str, Outcome] = {}
    for number, row in enumerate(csv.DictReader(io.StringIO(results.decode("utf-8", "replace"))), start=2):
        try:
            if row["depth"] not in _NO_LABEL:
                told, before = _outcome(by_id[row["id"]], row), outcomes.get(row["id"])
                outcomes[row["id"]] = told if before is None or not row.get("item") else _together(before, told)
        except (KeyError, ValueError) as error:
            raise UnreadableError(f"Line {number} of the results cannot be read: {error}") from error
    return Past(tuple(read), outcomes)


def without_hubs(past: Past, hubs: Hubs) -> Past:
    """The same past, without importers' addresses that are hubs: they tell nothing of who he is."""
    if not len(hubs):
        return past
    cases = [msgspec.structs.replace(each.case, facts=hubs.without(each.case.facts)) for each in past.cases]
    return Past(
        tuple(msgspec.structs.replace(each, case=case) for each, case in zip(past.cases, cases, strict=True)),
        {
            key: msgspec.structs.replace(outcome, facts=hubs.without(outcome.facts))
            for key, outcome in past.outcomes.items()
        },
    )


def replay(past: Past, threshold: float | None = None) -> History:
    """Live through the past once.

    Args:
        past: Cases in the order of their days.
        threshold: Value under which clearance is simplified, national currency; None if there is none.

    Returns:
        What is known at the end; results still out stay pending in it.
    """
    history = History()
    history.go_by(threshold)
    for outcome in past.outcomes.values():
        history.learn(outcome)
    for each in past.cases:
        history.observe(each.case.facts)
    return history


_NO_LABEL = frozenset({"not-examined", "documents"})
_FOUND: dict[str, bool] = {"true": True, "false": False}


def _outcome(past: PastCase, row: dict[str, str]) -> Outcome:
    found, recovered = _FOUND[row["found"]], row.get("duty_recovered")
    offence = (row.get("offence") or None) if found else None
    number, items, corrected = row.get("item"), {}, {}
    if found and number:
        items = {int(number): offence or "other"}
        told = _corrected(past.case.facts, int(number), row)
        corrected = {int(number): told} if told.is_known else {}
    return Outcome(
        facts=past.case.facts,
        found=found,
        returned=day_number(datetime.fromisoformat(row["returned"])),
        propensity=past.propensity,
        offence=offence,
        recovered=float(recovered) if recovered and found else None,
        items=items,
        corrected=corrected,
    )


def _together(one: Outcome, other: Outcome) -> Outcome:
    """Two lines of one examination: the second tells of a further item."""
    amounts = [each.recovered for each in (one, other) if each.recovered is not None]
    return msgspec.structs.replace(
        one,
        found=one.found or other.found,
        returned=max(one.returned, other.returned),
        offence=one.offence or other.offence,
        recovered=sum(amounts) if amounts else None,
        items={**one.items, **other.items},
        corrected={**one.corrected, **other.corrected},
    )


def _corrected(facts: Facts, number: int, row: dict[str, str]) -> Corrected:
    """How an item was found, from a line of results.

    Raises:
        ValueError: The declaration has no such item, or a figure is none above zero.
    """
    items = {item.number or place: item for place, item in enumerate(facts.items, start=1)}
    if number not in items:
        raise ValueError(f"the declaration has no item {number}")
    item = items[number]
    hs, origin = row.get("found_hs"), row.get("found_origin")
    return Corrected(
        value_ratio=_ratio(row.get("found_value"), None if item.value is None else float(item.value)),
        quantity_ratio=_ratio(row.get("found_net_kg"), item.net_mass_kg),
        hs=hs if hs and hs != item.hs else None,
        origin=origin if origin and origin != item.origin else None,
    )


def _ratio(found: str | None, declared: float | None) -> float | None:
    if not found:
        return None
    if not 0.0 < float(found) < math.inf:
        raise ValueError(f"{found} is not above zero")
    return float(found) / declared if declared and declared > 0 else None
