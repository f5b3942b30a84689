# SPDX-License-Identifier: Apache-2.0
"""Whatever is done to an interchange, reading and writing it gives a result or an error of ours, and nothing else."""

from __future__ import annotations

import random

import pytest

from cocket.errors import CocketError
from cocket.standards import read, write
from tests.standards.edifact_samples import MESSAGES, damaged, of


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize(("count", "seed"), [(500, 7), pytest.param(10_000, 8, marks=pytest.mark.soak)])
def test_damaged_interchanges_raise_only_errors_of_ours(message: str, count: int, seed: int) -> None:
    """Of nine messages of one reader: 4,500 on every run, 90,000 in a soak."""
    dice = random.Random(seed)
    samples = [path.read_bytes() for path in of(message)]
    read_again = 0
    for number in range(count):
        data = damaged(dice.choice(samples), dice)
        try:
            reading = read(data)
            assert (reading.outcome == "refused") is any(each.severity == "error" for each in reading.findings)
            if reading.document is None or reading.standard is None:
                continue
            again = read(write(reading.document, reading.standard))
        except CocketError:
            continue
        except Exception as error:
            raise AssertionError(f"mutant {number}: {error!r}: {data!r}") from error
        if not reading.findings:
            assert again.document == reading.document, f"mutant {number}: {data!r}"
            read_again += 1
    assert read_again > count // 100
