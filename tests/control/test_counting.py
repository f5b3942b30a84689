# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from cocket.control import ExaminationResult, Hits, Sample, Seizure, count_results, unamended

FOUND = ExaminationResult(
    consignment="c1",
    officer="o",
    examined=datetime(2026, 11, 2, tzinfo=UTC),
    returned=datetime(2026, 11, 2, tzinfo=UTC),
    selected="intelligence",
    depth="full",
    conclusion="irregular",
    offences=("narcotics", "not-declared"),
    seizures=(Seizure(offence="narcotics", goods="resin", detection="dog"),),
)
CLEAN = msgspec.structs.replace(FOUND, conclusion="conform", offences=(), seizures=(), selected="random", depth="scan")
WAITS = msgspec.structs.replace(CLEAN, conclusion="pending", sample=Sample(number="L-7"))
UNSEEN = msgspec.structs.replace(CLEAN, conclusion="not-examined", depth="not-examined", examined=None)


def test_not_examined_and_not_yet_known_are_neither_conform_nor_examined() -> None:
    counted = count_results([FOUND, CLEAN, CLEAN, WAITS, UNSEEN])
    assert (counted.results, counted.not_examined, counted.pending) == (5, 1, 1)
    assert (counted.conform, counted.irregular) == (2, 1)
    assert counted.by_depth == {"scan": Hits(2, 0), "full": Hits(1, 1)}
    assert "not-examined" not in counted.by_depth


def test_hits_are_counted_by_why_the_consignment_was_chosen() -> None:
    counted = count_results([FOUND, CLEAN, msgspec.structs.replace(CLEAN, selected=None), UNSEEN])
    assert counted.by_selection == {"intelligence": Hits(1, 1), "random": Hits(1, 0), "unknown": Hits(1, 0)}


def test_offences_and_seizures_are_counted_by_class() -> None:
    counted = count_results([FOUND, FOUND])
    assert (counted.by_offence, counted.seizures) == ({"narcotics": 2, "not-declared": 2}, {"narcotics": 2})
    assert counted.by_detection == {"dog": 2}


def test_nothing_counted_is_nothing() -> None:
    assert count_results([]).results == 0


def test_an_amended_result_has_said_its_last_word() -> None:
    second = msgspec.structs.replace(CLEAN, amends="r1")
    third = msgspec.structs.replace(FOUND, amends="r2")
    assert unamended({"r1": WAITS, "r2": second, "r3": third, "r4": CLEAN}) == {"r3": third, "r4": CLEAN}
