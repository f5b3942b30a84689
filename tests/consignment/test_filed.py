# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cocket.consignment import (
    Claim,
    Correction,
    FiledClaim,
    LinkKey,
    confidence_of,
    groups,
    link_reasons,
    sort_of,
    standing,
)

DAY = date(2026, 3, 1)
A, B = (LinkKey("BL", f"TSTB000000{n}", True) for n in range(2))
MRN = LinkKey("MRN", "26XA0000001", True)


def claim(index: int, *keys: LinkKey, paper: str | None = None, **fields: Any) -> FiledClaim:
    """A claim of a declaration, whose versions share a paper."""
    of_claim = {"role": "declaration", "day": DAY, **{name: fields.pop(name) for name in _OF_CLAIM & fields.keys()}}
    own = (LinkKey("MESSAGE", paper, True),) if paper else ()
    return FiledClaim(
        message=f"m{index}",
        index=index,
        claim=Claim(keys=tuple(sorted((*keys, *own))), paper=paper, **of_claim),
        **fields,
    )


_OF_CLAIM = {"role", "day", "earlier", "is_partial", "part"}


def together(*claims: FiledClaim, corrections: tuple[Correction, ...] = ()) -> list[list[int]]:
    return [[one.index for one in several] for several in groups(standing(claims, corrections))]


def test_an_amendment_that_names_another_number_takes_the_earlier_one_back() -> None:
    bill = claim(0, A, role="bill")
    assert together(bill, claim(1, A, paper="p"), claim(2, B, paper="p")) == [[0], [1, 2]]
    assert together(bill, claim(1, A, paper="p"), claim(2, paper="p")) == [[0, 1, 2]]
    assert together(bill, claim(1, A, paper="p"), claim(2, A, paper="q")) == [[0, 1, 2]]


def test_a_cancellation_and_a_refused_version_take_nothing_back() -> None:
    bill, first = claim(0, A, role="bill"), claim(1, A, paper="p")
    assert together(bill, first, claim(2, B, paper="p", is_cancelling=True)) == [[0, 1, 2]]
    assert together(bill, first, claim(2, paper="p", is_accepted=False)) == [[0, 1, 2]]


def test_an_amendment_of_changes_alone_takes_back_one_number_by_one_and_none_of_several() -> None:
    bill, first = claim(0, A, role="bill"), claim(1, A, paper="p")
    assert together(bill, first, claim(2, B, paper="p", is_partial=True)) == [[0], [1, 2]]
    both = claim(1, A, B, paper="p")
    assert together(bill, both, claim(2, B, paper="p", is_partial=True)) == [[0, 1, 2]]


def test_another_number_of_the_same_manifest_line_takes_nothing_back() -> None:
    assert together(claim(0, A, role="bill", paper="m/1"), claim(1, A, paper="p"), claim(2, B, role="bill")) == [
        [0, 1],
        [2],
    ]


def test_a_parted_paper_stays_apart_in_all_its_versions_and_by_its_other_numbers() -> None:
    false = Correction(id="c", kind="part", papers=(("PAPER", "p"), MRN.pair), numbers=(A.pair,))
    claims = [
        claim(0, A, role="bill"),
        claim(1, A, MRN, paper="p"),
        claim(2, A, paper="p"),
        claim(3, A, MRN, paper="q"),
    ]
    assert together(*claims, corrections=(false,)) == [[0], [1, 2, 3]]
    assert together(*claims) == [[0, 1, 2, 3]]


def test_papers_that_an_officer_joined_are_one_until_that_is_taken_back() -> None:
    one = Correction(id="c", kind="join", papers=(("PAPER", "p"), ("PAPER", "q")))
    assert together(claim(0, A, paper="p"), claim(1, B, paper="q"), corrections=(one,)) == [[0, 1]]
    assert together(claim(0, A, paper="p"), claim(1, B, paper="q")) == [[0], [1]]
    assert together(claim(0, A, paper="p"), claim(1, B, paper="q", is_accepted=False), corrections=(one,)) == [[0], [1]]


def test_each_link_has_its_reason_its_days_and_how_sure_it_is() -> None:
    later = DAY + timedelta(days=100)
    told = link_reasons(standing([claim(0, A, role="bill"), claim(1, A, MRN, paper="p"), claim(2, A, day=later)]))
    assert [(one.message_id, one.with_message, one.sort, one.days, one.confidence) for one in told] == [
        ("m1", "m0", "transport-document", 0, "high"),
        ("m2", "m0", "transport-document", 100, "fair"),
    ]


def test_a_number_that_one_paper_names_as_earlier_is_a_previous_document() -> None:
    told = link_reasons(standing([claim(0, MRN), claim(1, MRN, earlier=(MRN.value,))]))
    assert [one.sort for one in told] == ["previous-document"]


def test_sorts_of_keys_and_their_confidence() -> None:
    assert sort_of("BL", "61800000011") == "air-waybill"
    assert sort_of("BL", "XA1/2026/1/12") == "bill-on-manifest"
    assert confidence_of("air-waybill", None) == "fair"
    assert confidence_of("officer", None) == "certain"
    assert confidence_of("ucr", 1000) == "high"
