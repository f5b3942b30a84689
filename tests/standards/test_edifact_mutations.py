# SPDX-License-Identifier: Apache-2.0
"""Whatever is done to an interchange, reading and writing it gives a result or an error of ours, and nothing else."""

from __future__ import annotations

import random

import pytest

from cocket.errors import CocketError
from cocket.standards import read, write
from tests.standards.edifact_samples import MESSAGES, damaged, of


@pytest.mark.parametrize("message", MESSAGES)
def test_two_thousand_damaged_interchanges_raise_only_errors_of_ours(message: str) -> None:
    dice = random.Random(7)
    samples = [path.read_bytes() for path in of(message)]
    read_again = 0
    for number in range(2000):
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
    assert read_again > 20
