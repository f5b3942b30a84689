# SPDX-License-Identifier: Apache-2.0
"""What a head suspects first is what was planted."""

from __future__ import annotations

import pytest

from tests.risk.reasons.planted import SHOULD, name_hits


@pytest.mark.parametrize(
    ("world", "kinds"),
    [("delta", ("undervaluation", "origin", "quantity")), ("bazaar", ("classification", "origin"))],
    ids=["where some write the words of what they declare", "where words stay those of the goods"],
)
def test_of_true_hits_seven_in_ten_are_suspected_of_what_was_planted(world: str, kinds: tuple[str, ...]) -> None:
    hits = name_hits(world, 31131843, 20_000)
    for kind in kinds:
        told = [one for one in hits if one.planted == kind]
        assert len(told) >= 5
        assert sum(one.suspected == SHOULD[kind] for one in told) >= 0.7 * len(told), kind
