# SPDX-License-Identifier: Apache-2.0
"""Stations in a row, each with its servers and one line, first come first served: a heap of who is free first.

What an office does never goes back: documents, scanner, examination, release. So each station can be run to its end before the
next, and a year takes a second.

Source: Kiefer and Wolfowitz, On the theory of queues with many servers, Transactions of the AMS 78, 1955 (the recursion).
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.trials.queues.calendars import Calendar

#: Stations in the order in which they are passed.
ORDER: Final = ("documents", "scanner", "examination")

_NEVER: Final = float("inf")


class Job(msgspec.Struct, frozen=True):
    """What passes an office.

    Attributes:
        lane: Its lane.
        arrived: When it came, seconds since 1970.
        needs: Station → seconds of work it needs there (1..n).
    """

    lane: str
    arrived: float
    needs: dict[str, float]


class Passed(msgspec.Struct, frozen=True):
    """How a job passed.

    Attributes:
        lane: Its lane.
        arrived: When it came, seconds since 1970.
        ended: When the last station was done with it; infinite where hours ended before it.
        waited: Seconds it waited, at all stations together, the office closed or open.
    """

    lane: str
    arrived: float
    ended: float
    waited: float


def serve(
    arrivals: Sequence[float], works: Sequence[float], servers: Sequence[Calendar]
) -> tuple[list[tuple[float, float]], float]:
    """One station.

    Args:
        arrivals: When each comes, in order (0..n), seconds since 1970.
        works: Seconds of work each needs.
        servers: When each server works (1..n).

    Returns:
        Beginning and end of the work on each, in the same order, and the seconds worked in all.

    Raises:
        SenderError: There is no server.
    """
    if not servers:
        raise SenderError("A station needs at least one server.", code="what-if-staff")
    heap = [(servers[number].next_open(-_NEVER), number) for number in range(len(servers))]
    heapq.heapify(heap)
    done, busy = [], 0.0
    for arrived, work in zip(arrivals, works, strict=True):
        while True:
            free, number = heap[0]
            start = servers[number].next_open(max(free, arrived))
            if start <= free:
                break
            heapq.heapreplace(heap, (start, number))
            if heap[0][1] == number:
                break
        end = servers[number].end_of(start, work)
        heapq.heapreplace(heap, (end, number))
        done.append((start, end))
        busy += work if end < _NEVER else 0.0
    return done, busy


def run(jobs: Sequence[Job], stations: Mapping[str, Sequence[Calendar]]) -> tuple[list[Passed], dict[str, float]]:
    """A row of stations.

    Args:
        jobs: What arrives (0..n), in any order.
        stations: Name, one of `ORDER` → when each of its servers works (1..n).

    Returns:
        How each job passed, in the same order, and station → seconds worked.
    """
    at = [one.arrived for one in jobs]
    waited = [0.0] * len(jobs)
    busy: dict[str, float] = {}
    for station in ORDER:
        here = sorted(
            (at[number], number) for number, one in enumerate(jobs) if station in one.needs and at[number] < _NEVER
        )
        if not here:
            continue
        works = [jobs[number].needs[station] for _, number in here]
        spans, busy[station] = serve([moment for moment, _ in here], works, stations.get(station, ()))
        for (moment, number), (start, end) in zip(here, spans, strict=True):
            waited[number] += start - moment
            at[number] = end
    passed = [Passed(one.lane, one.arrived, end, wait) for one, end, wait in zip(jobs, at, waited, strict=True)]
    return passed, busy
