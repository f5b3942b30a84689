# SPDX-License-Identifier: Apache-2.0
"""What would our advice have found, and what did the host's lanes find, with as many examinations?

The only place that opens the truth. Whatever learns or scores never sees it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import msgspec

from cocket.errors import UnreadableError
from cocket.model.message import Lane

_RANK: dict[Lane, int] = {"green": 0, "blue": 1, "yellow": 2, "red": 3}


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """The truth about one declaration.

    Attributes:
        is_fraud: Whether it is fraudulent.
        duty: Duty and tax withheld, national currency; 0 if honest.
        p_bayes: Best possible score, 0–1.
    """

    is_fraud: bool
    duty: float
    p_bayes: float


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What we advised on one declaration: its id in the truth, lane and score (0–1, higher is worse)."""

    id: str
    lane: Lane
    score: float


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What some examinations come upon, were each to find what is there.

    Attributes:
        examined: Declarations examined (count).
        frauds: Of them fraudulent (count).
        duty: Duty and tax withheld in them, national currency.
    """

    examined: float
    frauds: float
    duty: float


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Four ways to spend the same examinations on the same declarations.

    Attributes:
        declarations: Declarations that both the host and we had before us (count).
        capacity: Examinations to spend (count).
        advice: By our lanes, then our score.
        host: By the host's lanes, officers' overrides included; scaled to `capacity` where the host examined more or
            fewer.
        chance: Drawn at random, on average.
        best: By the best possible score.
        all: Everything there was.
    """

    declarations: int
    capacity: int
    advice: Found
    host: Found
    chance: Found
    best: Found
    all: Found


def read_truth(table: bytes) -> dict[str, Truth]:
    """The truth of a run by declaration id, from one of the tables of its folder `truth`.

    Raises:
        UnreadableError: It is no such table.
    """
    try:
        return {
            row["id"]: Truth(is_fraud=row["label"] == "1", duty=float(row["duty"]), p_bayes=float(row["p_bayes"]))
            for row in csv.DictReader(io.StringIO(table.decode()))
        }
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError(f"The table of the truth cannot be read: {error}", code="truth-unreadable") from error


def read_host_lanes(table: bytes) -> dict[str, Lane]:
    """The lane each declaration went by at the host, overrides included, from `host/selectivity.csv`.

    Raises:
        UnreadableError: It is no such table.
    """
    try:
        rows = csv.DictReader(io.StringIO(table.decode()))
        return {
            "/".join((row["office"], row["year"], row["serial"], row["number"])): _lane(row["override"] or row["lane"])
            for row in rows
        }
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError(
            f"The table of the host's lanes cannot be read: {error}", code="lanes-unreadable"
        ) from error


def compare(
    advice: Sequence[Advice], host: Mapping[str, Lane], truth: Mapping[str, Truth], capacity: int | None = None
) -> Comparison:
    """Hold our advice against the host's lanes with the truth in hand.

    Args:
        advice: What we advised, at most one a declaration; those the host never saw are left out.
        host: Lane at the host by declaration id; those we never saw are left out.
        truth: The truth by declaration id.
        capacity: Examinations to spend; None for as many as the host spent on these declarations.

    Returns:
        What each way finds. It counts what is there, not what an imperfect examination sees of it.
    """
    both = [each for each in advice if each.id in host and each.id in truth]
    red = [truth[each.id] for each in both if host[each.id] == "red"]
    places = len(red) if capacity is None else min(capacity, len(both))
    ours = sorted(both, key=lambda each: (-_RANK[each.lane], -each.score, each.id))[:places]
    best = sorted((truth[each.id] for each in both), key=lambda each: -each.p_bayes)[:places]
    everything = _found([truth[each.id] for each in both])
    return Comparison(
        declarations=len(both),
        capacity=places,
        advice=_found([truth[each.id] for each in ours]),
        host=_scaled(_found(red), places / len(red) if red else 0.0),
        chance=_scaled(everything, places / len(both) if both else 0.0),
        best=_found(best),
        all=everything,
    )


def _found(examined: Sequence[Truth]) -> Found:
    return Found(
        examined=len(examined), frauds=sum(each.is_fraud for each in examined), duty=sum(each.duty for each in examined)
    )


def _scaled(found: Found, factor: float) -> Found:
    return Found(examined=found.examined * factor, frauds=found.frauds * factor, duty=found.duty * factor)


def _lane(text: str) -> Lane:
    for lane in _RANK:
        if lane == text:
            return lane
    raise ValueError(text)
