# SPDX-License-Identifier: Apache-2.0
"""Threats in who looks at what: before goods leave, in bulk, off shift, at what is not theirs, at what may not exist."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from cocket.risk.threats.alert import Alert, Limits, alert
from cocket.risk.threats.chance import binomial_tail, poisson_tail, share
from cocket.risk.threats.log import Act, Log

_HOUR: Final = timedelta(hours=1)
_BEFORE_MOVE: Final = (2 * _HOUR, 6 * _HOUR, 24 * _HOUR)
_FEWEST_TIPS: Final = 3
_BULK_WINDOWS: Final = (_HOUR, 24 * _HOUR)
_FEWEST_IN_BULK: Final = 20
_BUSY: Final = 0.99
_SHIFT_HOURS: Final = 8
_QUIET: Final = 0.36  # a third of the day, and a little for chance
_HARDLY: Final = 0.1
_A_SHIFT: Final = 0.75  # share of the work that some eight hours in a row hold if there is a shift at all
_NARROW_HOURS: Final = 4
_NARROW_QUIET: Final = 0.25  # a sixth of the day, and chance
_FEWEST_OFF_SHIFT: Final = 5
_LEAST_EXCESS: Final = 1.5
_FEWEST_OWN: Final = 5
_PRESENT: Final = 2  # hours before and after an act in which its actor is taken to be there
_FEWEST_QUERIES: Final = 5
_WORK: Final = ("result", "override", "release")
_MOVES: Final = ("gate-out", "amend", "cancel")


def find_tip_offs(log: Log, limits: Limits) -> list[Alert]:
    """Looks at consignments that are not the looker's case, soon after which the goods leave, or the papers change.

    For each officer and length of time, how many of his looks are followed so soon, against the rate at which any
    consignment leaves in such a time, one looked at by its own officer does, or one looked at without a case by others
    does, whichever is highest (binomial).
    """
    moves: defaultdict[str, list[Act]] = defaultdict(list)
    begun: dict[str, datetime] = {}
    for act in log.acts:
        if act.kind in _MOVES:
            moves[act.subject].append(act)
        begun.setdefault(act.subject, act.at)
    looks = _first_looks(log.acts, moves)
    hours = sum((moved[0].at - begun[subject]) / _HOUR for subject, moved in moves.items())
    tried = len(_BEFORE_MOVE) * len({act.actor for act in looks if not act.is_assigned})
    alerts = []
    for officer, mine in _by_actor(act for act in looks if not act.is_assigned).items():
        best: tuple[float, list[Act], timedelta] | None = None
        peers = [act for act in looks if act.actor != officer]
        for length in _BEFORE_MOVE:
            usual = max(
                _followed([act for act in peers if act.is_assigned], moves, length),
                _followed([act for act in peers if not act.is_assigned], moves, length),
                1.0 - math.exp(-len(moves) / max(hours, 1.0) * (length / _HOUR)),
            )
            found = [act for act in mine if _moves_within(act, moves, length)]
            chance = binomial_tail(len(found), len(mine), usual) * tried
            if len(found) >= _FEWEST_TIPS and (best is None or chance < best[0]):
                best = chance, found, length
        if best and best[0] <= limits.false_alerts:
            told = {"times": str(len(best[1])), "of": str(len(mine)), "hours": f"{best[2] / _HOUR:.0f}"}
            why = "{times} of {of} accesses to consignments outside their cases were followed by a movement within {hours} h"
            rows = [(act.row, act.at) for act in best[1]]
            alerts.append(alert("look-before-move", (officer,), rows, best[0], (why, told)))
    return alerts


def _first_looks(acts: Iterable[Act], moves: dict[str, list[Act]]) -> list[Act]:
    """The first look of each person at each consignment that has yet to move, with a case and without one."""
    seen: set[tuple[str, str, bool]] = set()
    looks = []
    for act in acts:
        if act.kind == "view" and (act.actor, act.subject, act.is_assigned) not in seen:
            seen.add((act.actor, act.subject, act.is_assigned))
            if moves.get(act.subject) and moves[act.subject][-1].at > act.at:
                looks.append(act)
    return looks


def _moves_within(act: Act, moves: dict[str, list[Act]], length: timedelta) -> bool:
    moved = moves.get(act.subject, [])
    place = bisect_right(moved, act.at, key=lambda one: one.at)
    return place < len(moved) and moved[place].at - act.at <= length


def _followed(looks: Sequence[Act], moves: dict[str, list[Act]], length: timedelta) -> float:
    """Share of looks that are followed by a move; 0 where there are none to tell."""
    return share(sum(_moves_within(act, moves, length) for act in looks), len(looks)) if looks else 0.0


def find_bulk_browsing(log: Log, limits: Limits) -> list[Alert]:
    """Far more consignments looked at in an hour or a day than anybody else of the same role ever does.

    The busiest hundredth of everybody else's hours (days) is taken as the rate of an ordinary one (Poisson).
    """
    looks = _by_actor(act for act in log.acts if act.kind == "view")
    if not looks:
        return []
    span = max(_HOUR, log.acts[-1].at - log.acts[0].at)
    tried = sum(len(looks) * (span / length) for length in _BULK_WINDOWS)
    roles = {actor: next((act.role for act in acts if act.role), None) for actor, acts in looks.items()}
    alerts = []
    for actor, acts in looks.items():
        found: dict[int, Act] = {}
        least = 1.0
        for length in _BULK_WINDOWS:
            peers = [looks[other] for other in looks if other != actor and roles[other] == roles[actor]]
            usual = _busiest(peers, length)
            for window in _windows([act for act in acts if not act.is_assigned], length):
                seen = len({act.subject for act in window})
                chance = poisson_tail(seen, usual) * tried
                if seen >= _FEWEST_IN_BULK and chance <= limits.false_alerts:
                    found |= {act.row: act for act in window}
                    least = min(least, chance)
        if found:
            told = {
                "number": str(len({act.subject for act in found.values()})),
                "usual": f"{_busiest(peers, _HOUR):.0f}",
            }
            why = "{number} consignments outside their cases accessed in bulk; others access {usual} in a busy hour"
            rows = [(act.row, act.at) for act in found.values()]
            alerts.append(alert("bulk-browse", (actor,), rows, least, (why, told)))
    return alerts


def _windows(acts: Sequence[Act], length: timedelta) -> Iterator[list[Act]]:
    """Windows that begin with an act, each at least half a window after the last."""
    place = 0
    while place < len(acts):
        end = bisect_right(acts, acts[place].at + length, key=lambda one: one.at)
        yield list(acts[place:end])
        step = bisect_right(acts, acts[place].at + length / 2, key=lambda one: one.at)
        place = max(place + 1, step)


def _busiest(people: Iterable[Sequence[Act]], length: timedelta) -> float:
    """Consignments that the busiest hundredth of people's windows hold at least (count); 1 if nobody looks."""
    counts = sorted(len({act.subject for act in window}) for acts in people for window in _windows(acts, length))
    return float(counts[int(_BUSY * (len(counts) - 1))]) if counts else 1.0


def find_off_shift(log: Log, limits: Limits) -> list[Alert]:
    """Looks at no case of theirs, again and again in hours in which the officer is not at work.

    Hours of the log in which he looked, within the eight hours of the day that hold them best, against the share of his
    work done in those hours, two hours before and after included (binomial). Looks need not keep exactly to the hours of
    work: the share is taken as many times as high as all others but one exceed theirs at most (less one deviation), and
    half as much again at least. Only eight hours that hold no more of his work than a third of the day count, and of them
    only hours that lie in no eight hours in a row with half of his work, which may be his shift. Of somebody
    whose work keeps to no shift, four hours are taken, which hold no more than a quarter of it. Of somebody with hardly
    any cases, the hours of others of the same role are taken, and only those in which hardly any of them is.
    """
    hours_of = _hours_of_work(log.acts)
    looks = _by_actor(act for act in log.acts if act.kind == "view" and not act.is_assigned)
    looks = {officer: acts for officer, acts in looks.items() if len({a.at.date() for a in acts}) >= _FEWEST_OFF_SHIFT}
    watched = {officer: _quiet_windows(acts, *hours_of(officer, acts[0].role)) for officer, acts in looks.items()}
    excess = {
        officer: max(((held - math.sqrt(held)) / (size * usual) for _, held, size, usual in windows), default=0.0)
        for officer, windows in watched.items()
    }
    alerts = []
    for officer, windows in watched.items():
        others = sorted(value for other, value in excess.items() if other != officer)
        factor = max(_LEAST_EXCESS, others[-2] if len(others) > 1 else 0.0)
        best = min(
            (
                (binomial_tail(held, size, factor * usual) * 24 * len(looks), begin)
                for begin, held, size, usual in windows
            ),
            default=(1.0, 0),
        )
        _, shift, _, length = hours_of(officer, looks[officer][0].role)
        found = [act for act in looks[officer] if (act.at.hour - best[1]) % 24 < length and act.at.hour not in shift]
        days = len({act.at.date() for act in found})
        if best[0] <= limits.false_alerts and days >= _FEWEST_OFF_SHIFT:
            told = {
                "times": str(len(found)),
                "days": str(days),
                "from": f"{best[1]:02d}",
                "to": f"{(best[1] + length) % 24:02d}",
            }
            why = "{times} accesses outside their cases on {days} days between {from} and {to} h UTC, outside normal working hours"
            alerts.append(alert("off-shift", (officer,), [(act.row, act.at) for act in found], best[0], (why, told)))
    return alerts


def _quiet_windows(
    acts: Sequence[Act], work: Counter[int], shift: frozenset[int], most: float, length: int
) -> list[tuple[int, int, int, float]]:
    """So many hours of little work: when they begin, hours of looking in them and in all, and the share of work in them.

    Looks in hours that may belong to his shift are not held against him.
    """
    hours = {(act.at.date(), act.at.hour) for act in acts}
    windows = []
    for begin in range(24):
        held = sum((hour - begin) % 24 < length for _, hour in hours if hour not in shift)
        usual = share(sum(work[(begin + hour) % 24] for hour in range(length)), sum(work.values()), 3)
        if usual <= most:
            windows.append((begin, held, len(hours), usual))
    return windows


def _hours_of_work(acts: Sequence[Act]) -> Callable[[str, str | None], tuple[Counter[int], frozenset[int], float, int]]:
    """What tells of an officer and his role when he works.

    It gives hours of work by hour of the day, the hours of the day that may belong to his shift, the share of work that
    quiet hours hold at most, and how many hours in a row are looked at for that (count).
    """
    at_work = {(act.actor, act.at.date(), act.at.hour) for act in acts if act.kind in _WORK or act.is_assigned}
    at_looks = {(act.role, act.actor, act.at.date(), act.at.hour) for act in acts if act.kind == "view"}
    own: defaultdict[str, Counter[int]] = defaultdict(Counter)
    at: defaultdict[str, Counter[int]] = defaultdict(Counter)
    of_role: defaultdict[str | None, Counter[int]] = defaultdict(Counter)
    looked: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for actor, _, hour in at_work:
        at[actor][hour] += 1
        own[actor].update((hour + beside) % 24 for beside in range(-_PRESENT, _PRESENT + 1))
    for role, actor, _, hour in at_looks:
        looked[actor][hour] += 1
        of_role[role][hour] += 1

    def hours_of(officer: str, role: str | None) -> tuple[Counter[int], frozenset[int], float, int]:
        if sum(own[officer].values()) >= _FEWEST_OWN * (2 * _PRESENT + 1):
            shift = _shift(at[officer])
            return own[officer], shift, *((_QUIET, _SHIFT_HOURS) if shift else (_NARROW_QUIET, _NARROW_HOURS))
        return of_role[role] - looked[officer], frozenset(), _HARDLY, _SHIFT_HOURS

    return hours_of


def _shift(work: Counter[int]) -> frozenset[int]:
    """Hours of the day that may belong to the shift: every eight hours in a row that hold half of the work.

    Cases come in waves: the first hours of a shift may hold many looks and hardly any work yet. There are none if no
    eight hours hold most of the work: a little work spread over day and night holds half of it in some by chance.
    """
    whole = sum(work.values())
    blocks = [[(begin + hour) % 24 for hour in range(_SHIFT_HOURS)] for begin in range(24)]
    held = [sum(work[hour] for hour in block) for block in blocks]
    if max(held) < whole * _A_SHIFT:
        return frozenset()
    return frozenset(hour for block, part in zip(blocks, held, strict=True) if part >= whole / 2 for hour in block)


def find_enumeration(log: Log, limits: Limits) -> list[Alert]:
    """Questions answered "not found" or "forbidden" far more often than others' are: somebody tries what exists (binomial)."""
    asked = _by_actor(act for act in log.acts if act.kind == "query")
    failed = {actor: [act for act in acts if act.answer in ("not-found", "forbidden")] for actor, acts in asked.items()}
    total, missed = sum(map(len, asked.values())), sum(map(len, failed.values()))
    alerts = []
    for actor, acts in asked.items():
        mine = failed[actor]
        usual = share(missed - len(mine), total - len(acts))
        chance = binomial_tail(len(mine), len(acts), usual) * len(asked)
        if len(mine) >= _FEWEST_QUERIES and chance <= limits.false_alerts:
            told = {"times": str(len(mine)), "of": str(len(acts)), "usual": f"{usual:.0%}"}
            why = (
                "{times} of {of} queries asked for records that do not exist or are not theirs; others' rate is {usual}"
            )
            alerts.append(alert("existence-oracle", (actor,), [(act.row, act.at) for act in mine], chance, (why, told)))
    return alerts


def find_foreign_reading(log: Log, limits: Limits) -> list[Alert]:
    """Answers given about what belongs to another for whom the reader does not speak, more often than others get them (binomial)."""
    asked = _by_actor(act for act in log.acts if act.kind == "query" and act.answer == "found")
    foreign = {
        actor: [act for act in acts if act.owner and act.owner != actor and not act.is_mandated]
        for actor, acts in asked.items()
    }
    total, read = sum(map(len, asked.values())), sum(map(len, foreign.values()))
    alerts = []
    for actor, acts in asked.items():
        mine = foreign[actor]
        usual = share(read - len(mine), total - len(acts))
        chance = binomial_tail(len(mine), len(acts), usual) * len(asked)
        if mine and chance <= limits.false_alerts:
            owners = Counter(act.owner or "" for act in mine)
            told = {"times": str(len(mine)), "of": str(len(acts)), "owners": ", ".join(sorted(owners)[:3])}
            why = "{times} of {of} answers were about records of {owners}"
            rows = [(act.row, act.at) for act in mine]
            alerts.append(alert("competitor-read", (actor, *sorted(owners)[:3]), rows, chance, (why, told)))
    return alerts


def _by_actor(acts: Iterable[Act]) -> dict[str, list[Act]]:
    groups: defaultdict[str, list[Act]] = defaultdict(list)
    for act in acts:
        groups[act.actor].append(act)
    return groups
