# SPDX-License-Identifier: Apache-2.0
"""How descriptions fit their headings, over a table: every different text under a heading is read once a lesson."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl

from cocket.risk.facts import words_of
from cocket.risk.features.parts import Coded, code_of, renamed
from cocket.risk.features.segments import Floats, Ints
from cocket.risk.features.words import Vocabulary


def readings(description: pl.Series | None, heading: Coded, lesson: Ints, needed: int) -> tuple[Floats, Floats, Floats]:
    """Fit, least fit and share of unknown words of each row by the lessons before its own; NaN where unknown."""
    results = [np.full(len(lesson), np.nan) for _ in range(3)]
    if description is None or not len(lesson):
        return results[0], results[1], results[2]
    texts = renamed(code_of(description), _words)  # texts of the same words read alike
    pairs = np.where((texts.codes < 0) | (heading.codes < 0), -1, texts.codes * len(heading.values) + heading.codes)
    vocabulary = Vocabulary(needed)
    edges = [0, *(np.flatnonzero(np.diff(lesson)) + 1).tolist(), len(lesson)]
    for start, end in pairwise(edges):
        vocabulary.lesson()
        known, places, times = np.unique(pairs[start:end], return_inverse=True, return_counts=True)
        read = np.full((len(known), 3), np.nan)
        for number, (pair, count) in enumerate(zip(known.tolist(), times.tolist(), strict=True)):
            if pair < 0:
                continue
            text, under = divmod(pair, len(heading.values))
            reading = vocabulary.fit(texts.values[text], heading.values[under])
            read[number] = reading.fit, reading.least_fit, reading.unknown
            vocabulary.read(texts.values[text], heading.values[under], count)
        for column, result in enumerate(results):
            result[start:end] = read[places, column]
    return results[0], results[1], results[2]


def _words(text: str | None) -> str | None:
    return " ".join(words_of(text)) or None
