# SPDX-License-Identifier: Apache-2.0
"""A reasons card, made on demand from sealed features, beside one prediction of the same model."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks.figures import Figure

if TYPE_CHECKING:
    from cocket.risk.models import Model

_CASES, _PAST = 400, 1_000


def bench_reasons(seconds: float) -> Iterator[Figure]:
    """CPU time that one card takes for an analyst, in French, with 1,000 past cases to compare with.

    The model is trained on features drawn from a seed: what a card costs hangs on the shape of the model, not on its
    truth.
    """
    from cocket.risk.features import NAMES, ROW_NAMES
    from cocket.risk.reasons import PastResult, Sealed, SimilarCases, make_card

    dice = random.Random(1)
    rows = [{name: dice.random() if dice.random() < 0.9 else None for name in NAMES} for _ in range(_PAST)]
    past = SimilarCases(
        PastResult(id=str(place), features=row, found=dice.random() < 0.1) for place, row in enumerate(rows)
    )
    model = _model()
    sealed = [
        Sealed(id="c", lane="red", why="score", score=0.9, threshold=0.1, features=row, model_version=model.version)
        for row in rows[:_CASES]
    ]
    taken: list[int] = []
    bare: list[int] = []
    deadline = time.monotonic() + seconds
    while not taken or time.monotonic() < deadline:
        for one in sealed:
            started = time.thread_time_ns()
            make_card(one, model, past, "fr", "analyst")
            taken.append(time.thread_time_ns() - started)
            started = time.thread_time_ns()
            model.predict([tuple(map(one.features.get, ROW_NAMES))])
            bare.append(time.thread_time_ns() - started)
    taken.sort()
    bare.sort()
    middle, high = taken[len(taken) // 2] / 1e3, taken[len(taken) * 99 // 100] / 1e3
    yield Figure(name="card", value=middle, unit="µs", note=f"CPU, median; {_PAST:,} past cases, what-if included")
    yield Figure(name="card, p99", value=high, unit="µs", note="CPU")
    yield Figure(name="ratio", value=middle / (bare[len(bare) // 2] / 1e3), unit="×", note="of one prediction")


def _model() -> Model:
    from decimal import Decimal

    from cocket.risk import Case, Facts, ItemFacts, Outcome, Past, PastCase, load_model, train

    dice = random.Random(2)
    cases, outcomes = [], {}
    for number in range(1500):
        importer = f"I{dice.randrange(80)}"
        item = ItemFacts(
            number=1,
            hs=f"{dice.randrange(1, 97):02}{dice.randrange(1, 30):04}",
            origin=dice.choice(("XA", "XB", "XC")),
            value=Decimal(dice.randrange(1_000, 90_000)),
            duty=Decimal(dice.randrange(100, 9_000)),
            gross_mass_kg=dice.uniform(10, 900),
            packages=dice.randrange(1, 40),
        )
        facts = Facts(id=str(number), day=20_000 + number / 20, office="O", importer=importer, items=(item,))
        found = dice.random() < (0.4 if importer < "I3" else 0.05)
        cases.append(PastCase(case=Case(facts=facts), lane="red", propensity=1.0))
        outcomes[facts.id] = Outcome(facts=facts, found=found, returned=facts.day + 2, propensity=1.0)
    return load_model(train(Past(tuple(cases), outcomes)).to_bytes())
