# SPDX-License-Identifier: Apache-2.0
"""Sums within groups of a table of millions, without a loop over rows. All functions are plain arithmetic on arrays.

A row is named by its place in time. Rows of one group are brought together by sorting `code << bits | place`, one integer a
row: it is the fastest sort there is, it keeps the order of time, and the place is read off its lower bits again.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

T = TypeVar("T", bound=np.generic)


class Group(msgspec.Struct, frozen=True):
    """The rows of a table, group by group, and by time within each.

    Attributes:
        keys: `code << bits | place`, sorted `(n,)`; rows of no group come first, with a negative code.
        places: Place of each sorted row in the table `(n,)`.
        first: Whether a sorted row is the first of its group `(n,)`.
        bits: Bits of the place.
        since: Sorted place of the first row of the same group and declaration `(n,)`: what a row knows of its group ends
            there. None where each row is a declaration of its own.
    """

    keys: Ints
    places: Ints
    first: Flags
    bits: int
    since: Ints | None = None

    def known(self, values: NDArray[T]) -> NDArray[T]:
        """Of values by sorted row, those at the row where its declaration began."""
        return values if self.since is None else values[self.since]

    def back(self, values: Floats) -> Floats:
        """Values of sorted rows in the order of the table; unknown for rows of no group."""
        values[self.keys < 0] = np.nan
        table = np.empty_like(values)
        table[self.places] = values
        return table


def bits_of(rows: int) -> int:
    """Bits that name a place among rows, the place after the last included."""
    return max(1, int(rows).bit_length())


def group(codes: Ints, bits: int, begin: Ints | None = None) -> Group:
    """Bring the rows of each code together; a negative code is no group.

    Args:
        codes: Code of each row `(n,)`.
        bits: As `bits_of` gives.
        begin: Place of the first row of each row's declaration `(n,)`; None where each row is one of its own.
    """
    keys = (codes << bits) | np.arange(len(codes), dtype=np.int64)
    keys.sort()
    first = np.empty(len(keys), dtype=np.bool_)
    first[:1] = True
    np.not_equal(keys[1:] >> bits, keys[:-1] >> bits, out=first[1:])
    places = keys & ((1 << bits) - 1)
    if begin is None:
        return Group(keys, places, first, bits)
    return Group(keys, places, first, bits, np.searchsorted(keys, (keys >> bits << bits) | begin[places], side="left"))


def running(values: Floats, first: Flags) -> Floats:
    """Running sums that begin anew at each first row, this row included.

    Before each group the sum of the one before is taken off, so that it stays as small as the groups are, and what rounding
    left is taken off too: a small group is as exact as if it stood alone.
    """
    if not len(values):
        return values.copy()
    starts = np.flatnonzero(first)
    number = np.cumsum(first) - 1
    padded = np.empty(len(values) + len(starts))
    resets = starts + np.arange(len(starts))
    places = np.arange(len(values)) + number + 1
    padded[places] = values
    padded[resets[0]] = 0.0
    padded[resets[1:]] = -np.add.reduceat(values, starts)[:-1]
    np.cumsum(padded, out=padded)
    sums: Floats = padded[places]
    sums -= padded[resets][number]
    return sums


def before(values: Floats, grouped: Group) -> Floats:
    """Running sums of sorted rows of a group without this row and others of its declaration."""
    return grouped.known(_without(values, grouped.first))


def between(values: Floats, start: Ints, grouped: Group) -> Floats:
    """Sums of sorted rows from a place of the group on, without this row and others of its declaration."""
    sums = _without(values, grouped.first)
    end = grouped.known(np.arange(len(values)))
    return np.where(start < end, sums[end] - sums[np.minimum(start, len(values) - 1)], 0.0)


def _without(values: Floats, first: Flags) -> Floats:
    sums = running(values, first)
    shifted = np.empty_like(sums)
    shifted[:1] = 0.0
    shifted[1:] = sums[:-1]
    shifted[first] = 0.0
    return shifted


def first_places(first: Flags) -> Ints:
    """Sorted place of the first row of each row's group."""
    number = np.cumsum(first) - 1
    starts: Ints = np.flatnonzero(first)[number]
    return starts


class Events(msgspec.Struct, frozen=True):
    """Things that happen to groups, and from which row on they are known.

    Attributes:
        keys: `code << bits | place of the first row that knows`, sorted `(m,)`.
        first: Whether an event is the first of its group `(m,)`.
        order: Place of each among the events as they were given `(m,)`.
        bits: Bits of the place.
    """

    keys: Ints
    first: Flags
    order: Ints
    bits: int

    def last(self, grouped: Group) -> tuple[Ints, Flags]:
        """The last event that each sorted row of a table knows of its own group, and whether there is any."""
        place = np.searchsorted(self.keys, grouped.keys, side="right") - 1
        known = (place >= 0) & (grouped.keys >= 0)
        np.maximum(place, 0, out=place)
        if len(self.keys):
            known &= (self.keys[place] >> self.bits) == (grouped.keys >> self.bits)
        return place, known


def events(codes: Ints, known_from: Ints, bits: int) -> Events:
    """Events in the order in which their groups learn of them; those of one row stay in the order given."""
    keys = (codes << bits) | known_from
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.ones(len(keys), dtype=np.bool_)
    first[1:] = (keys[1:] >> bits) != (keys[:-1] >> bits)
    return Events(keys, first, order, bits)


def at(values: Floats, place: Ints, known: Flags) -> Floats:
    """Values by place, 0 where nothing is known."""
    if not len(values):
        return np.zeros(len(place))
    found: Floats = values[place]
    found[~known] = 0.0
    return found
