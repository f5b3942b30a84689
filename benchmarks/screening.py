# SPDX-License-Identifier: Apache-2.0
"""Names screened against 100,000 listed ones, beside comparing each query with every listed name."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from random import Random

from rapidfuzz import fuzz, process

from benchmarks.coined_names import SPOILERS, Coiner, coined_list, own_words
from benchmarks.figures import Figure
from cocket.screening import Screener, Subject

_LISTED, _ASKED, _SPOILT, _SEED = 100_000, 10_000, 2_000, 8
_WHOLE = 200


def bench_screening(seconds: float) -> Iterator[Figure]:
    """Rate on one core, recall among the ten best, and share of innocents alerted, on names coined from a seed.

    Of the innocents, kin are coined from the very words that the list is made of, strangers from others.
    """
    coiner, chance = Coiner(_SEED), Random(_SEED)
    listed = coiner.names(_LISTED)
    started = time.process_time()
    screener = Screener([coined_list(listed)])
    yield Figure(name="made ready", value=time.process_time() - started, unit="s", note=f"{_LISTED:,} listed names")
    taken = {own_words(name) for _, name in listed}
    innocents = _subjects(coiner, taken)
    rate, alerted = _rate(screener, innocents, seconds)
    yield Figure(name="screened", value=rate, unit="names/s", note="a core, none asked for before")
    whole = _whole(listed, [one.name for one in innocents[:_WHOLE]])
    yield Figure(name="ratio", value=rate / whole, unit="×", note=f"of one ratio with every name, {whole:,.0f} names/s")
    note = "names off the list, of the stock of words that it is made of"
    yield Figure(name="kin alerted", value=100 * alerted / len(innocents), unit="%", note=note)
    strangers = _subjects(Coiner(_SEED + 1), taken)
    alerted = sum(bool(hits) for hits in screener.screen_all(strangers))
    yield Figure(
        name="strangers alerted", value=100 * alerted / _ASKED, unit="%", note="names of another stock of words"
    )
    for way, spoil in SPOILERS.items():
        chosen = chance.sample(range(_LISTED), _SPOILT)
        found = screener.screen_all([Subject("party", spoil(chance, listed[place][1])) for place in chosen])
        hits = sum(str(place) in {hit.id for hit in several} for place, several in zip(chosen, found, strict=True))
        yield Figure(name=f"recall, {way}", value=100 * hits / _SPOILT, unit="%", note="among the ten best, as a hit")


def _subjects(coiner: Coiner, without: set[str]) -> list[Subject]:
    return [Subject("party", name) for _, name in coiner.names(_ASKED, without)]


def _rate(screener: Screener, subjects: Sequence[Subject], seconds: float) -> tuple[float, int]:
    """Names a second of CPU, and how many of those screened were alerted; each is asked for once."""
    deadline, done, alerted, spent = time.monotonic() + seconds, 0, 0, 0.0
    for start in range(0, len(subjects), 500):
        part = subjects[start : start + 500]
        started = time.process_time()
        answers = screener.screen_all(part)
        spent += time.process_time() - started
        done += len(part)
        alerted += sum(bool(hits) for hits in answers)
        if time.monotonic() > deadline and done >= len(subjects) // 2:
            break
    return done / spent, alerted * len(subjects) // done


def _whole(listed: Sequence[tuple[str, str]], names: Sequence[str]) -> float:
    """Names a second of CPU when each is compared with every listed name by one ratio."""
    texts = [name.lower() for _, name in listed]
    started = time.process_time()
    for name in names:
        process.extract(name.lower(), texts, scorer=fuzz.ratio, limit=10)
    return len(names) / (time.process_time() - started)
