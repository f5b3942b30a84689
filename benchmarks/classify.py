# SPDX-License-Identifier: Apache-2.0
"""Goods texts classified among many examples, beside only taking the texts apart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

from benchmarks.figures import Figure
from cocket.risk.classify import Classifier, Example, builtin_examples
from cocket.risk.classify.features import count, words_of

_EXAMPLES, _ASKED, _SEED = 10_000, 2_000, 6


def bench_classify(seconds: float) -> Iterator[Figure]:
    """Texts a second on one core with 10,000 examples, made of the built-in phrases and words between them."""
    chance = Random(_SEED)
    stock = builtin_examples()
    words = sorted({word for one in stock for word in one.text.split()})
    examples = [_example(chance, stock, words) for _ in range(_EXAMPLES)]
    asked = [_example(chance, stock, words).text for _ in range(_ASKED)]
    started = time.process_time()
    classifier = Classifier(examples)
    yield Figure(name="learnt", value=_EXAMPLES / (time.process_time() - started), unit="examples/s", note="a core")
    content = classifier.to_bytes()
    started = time.process_time()
    Classifier.load(content)
    yield Figure(name="loaded", value=time.process_time() - started, unit="s", note=f"a file of {len(content):,} bytes")
    best = bare = float("inf")
    deadline = time.monotonic() + seconds
    while best == float("inf") or time.monotonic() < deadline:
        started = time.process_time()
        classifier.suggest(asked)
        best = min(best, time.process_time() - started)
        started = time.process_time()
        count([words_of(text) for text in asked])
        bare = min(bare, time.process_time() - started)
    yield Figure(name="classified", value=_ASKED / best, unit="texts/s", note="a core, ten suggestions with evidence")
    yield Figure(name="ratio", value=best / bare, unit="×", note="of taking the same texts apart")


def _example(chance: Random, stock: list[Example], words: list[str]) -> Example:
    """A built-in phrase with some word of another one put in."""
    one = chance.choice(stock)
    parts = one.text.split()
    parts.insert(chance.randrange(len(parts) + 1), chance.choice(words))
    return Example(" ".join(parts), one.hs6)
