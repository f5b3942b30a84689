# SPDX-License-Identifier: Apache-2.0
"""Who shares what with whom, over a table: the same as `rings.Rings`, by the few rows in which something new is seen."""

from __future__ import annotations

import numpy as np

from cocket.risk.features.segments import Floats, Ints, events, group


def sharing(importer: Ints, shared: Ints, after: Ints, bits: int) -> Floats:
    """Importers seen before with the telephone or address of each row, `(n,)`; NaN where it has none.

    Args:
        importer: Code of each row's importer `(n,)`; `shared` of its telephone or address.
        after: Place of the row after each row's declaration `(n,)`, the first to know of it.
        bits: As `bits_of` gives.
    """
    place = _new_pairs(importer, shared)
    grouped = group(shared, bits)
    known = events(shared[place], after[place], bits)
    last, is_known = known.last(grouped)
    if not len(place):
        return grouped.back(np.zeros(len(importer)))
    start = np.maximum.accumulate(np.where(known.first, np.arange(len(place)), 0))
    return grouped.back(np.where(is_known, last - start[last] + 1, 0).astype(np.float64))


def ring_sizes(importer: Ints, shared: list[Ints], after: Ints, bits: int, most: int) -> Floats:
    """Importers in the largest ring that importer, telephone or address of each row belongs to; NaN if it has none.

    Arguments as of `sharing`; `most` is where a ring is no longer counted on.
    """
    count = int(importer.max(initial=-1)) + 1
    offsets = [count, count + int(shared[0].max(initial=-1)) + 1]
    nodes = [
        importer,
        *(np.where(codes < 0, -1, codes + offset) for codes, offset in zip(shared, offsets, strict=True)),
    ]
    places = [_new_pairs(importer, codes) for codes in shared]
    steps = np.concatenate(
        [np.stack([place, np.full(len(place), which)]) for which, place in enumerate(places, 1)], axis=1
    )
    steps = steps[:, np.lexsort((steps[1], steps[0]))]
    told = _grow(steps.T.tolist(), nodes, after, most)
    sizes = np.full(len(importer), np.nan)
    for codes in nodes:
        sizes = np.fmax(sizes, _last_told(codes, told, bits))
    return sizes


def _new_pairs(importer: Ints, shared: Ints) -> Ints:
    """Rows in which an importer is first seen with a telephone or address, in order."""
    pairs = np.where((importer < 0) | (shared < 0), -1, importer * (int(shared.max(initial=0)) + 1) + shared)
    known, place = np.unique(pairs, return_index=True)
    rows: Ints = np.sort(place[known >= 0])
    return rows


def _grow(steps: list[list[int]], nodes: list[Ints], after: Ints, most: int) -> tuple[Ints, Ints, Floats]:
    """Node, row from which on it is known, and size of its ring: one entry whenever the size changes for a node."""
    ring_of: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    sizes: dict[int, int] = {}
    told: list[tuple[int, int, int]] = []
    for row, which in steps:
        one, other, known = int(nodes[0][row]), int(nodes[which][row]), int(after[row])
        for node, weight in ((one, 1), (other, 0)):
            if node not in ring_of:
                ring_of[node], members[node], sizes[node] = node, [node], weight
                told.append((node, known, weight))
        large, small = ring_of[one], ring_of[other]
        if large == small:
            continue
        if len(members[large]) < len(members[small]):
            large, small = small, large
        before = {large: sizes[large], small: sizes[small]}
        size = min(most, before[large] + before[small])
        for ring in (large, small):
            if size != before[ring]:
                told.extend((node, known, size) for node in members[ring])
        for node in members[small]:
            ring_of[node] = large
        members[large].extend(members.pop(small))
        sizes[large] = size
    table = np.array(told, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2].astype(np.float64)


def _last_told(codes: Ints, told: tuple[Ints, Ints, Floats], bits: int) -> Floats:
    """Size last told of each row's node; 0 before any, NaN where it has no node."""
    node, known_from, size = told
    grouped = group(codes, bits)
    if not len(node):
        return grouped.back(np.zeros(len(codes)))
    known = events(node, known_from, bits)
    last, is_known = known.last(grouped)
    return grouped.back(np.where(is_known, size[known.order][last], 0.0))
