# SPDX-License-Identifier: Apache-2.0
"""How well an order puts the found cases first. Ties share their places fairly, so that no order of rows flatters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby


def auc(found: Sequence[bool], scores: Sequence[float]) -> float | None:
    """Chance that a found case scores above one that was not (0–1, higher is better; a tie is half).

    Returns:
        None if all or none were found.

    Source: Mann and Whitney, Annals of Mathematical Statistics 18(1), 1947.
    """
    positives = sum(found)
    negatives = len(found) - positives
    if not positives or not negatives:
        return None
    below, wins = 0, 0.0
    for hits, size in reversed(_groups(found, scores)):
        misses = size - hits
        wins += hits * (below + misses / 2)
        below += misses
    return wins / (positives * negatives)


def average_precision(found: Sequence[bool], scores: Sequence[float]) -> float | None:
    """Mean precision at the place of each found case (0–1, higher is better); None if none was found."""
    positives = sum(found)
    if not positives:
        return None
    total = seen = hit = 0.0
    for hits, size in _groups(found, scores):
        for place in range(1, hits + 1):
            reached = place * size / hits
            total += (hit + place) / (seen + reached)
        seen, hit = seen + size, hit + hits
    return total / positives


def precision_at(found: Sequence[bool], scores: Sequence[float], share: float) -> float | None:
    """Share found among the highest-scoring cases (0–1, higher is better).

    Args:
        found: Whether each case was found irregular.
        scores: Its score, higher is worse.
        share: Share of the cases that can be examined (0–1); at least one case is.

    Returns:
        None if there are no cases.
    """
    if not found:
        return None
    places = max(1, round(len(found) * share))
    left, hit = places, 0.0
    for hits, size in _groups(found, scores):
        taken = min(size, left)
        hit += hits * taken / size
        left -= taken
        if not left:
            break
    return hit / places


def _groups(found: Sequence[bool], scores: Sequence[float]) -> list[tuple[int, int]]:
    """Found cases and size of each group of equal scores, highest score first."""
    pairs = sorted(zip(scores, found, strict=True), key=lambda pair: -pair[0])
    groups = []
    for _, members in groupby(pairs, key=lambda pair: pair[0]):
        flags = [flag for _, flag in members]
        groups.append((sum(flags), len(flags)))
    return groups
