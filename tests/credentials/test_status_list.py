# SPDX-License-Identifier: Apache-2.0
"""Status lists: one bit a certificate, and nothing that is not known ever makes one good."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import pytest

from cocket.credentials import StatusList, check_status, issue_status_list, status_entry
from cocket.credentials.encoding import to_base64url
from cocket.credentials.status_list import FEWEST, MOST
from cocket.errors import ProofError
from tests.credentials.made import NOW, credential, issuer

ADDRESS = "https://customs.example/credentials/suspension.json"
CURRENT = (NOW - timedelta(days=1), NOW + timedelta(days=1))


def listed(*, bits: StatusList | None = None, by: Any = None, **changes: Any) -> dict[str, Any]:
    from cocket.credentials import add_proof

    by = by or issuer()
    made = issue_status_list(bits or StatusList(), ADDRESS, "suspension", by, CURRENT)
    if not changes:
        return made
    return add_proof({name: value for name, value in (made | changes).items() if name != "proof"}, by, CURRENT[0])


def outcome(published: Any, now: Any = NOW, **entry: Any) -> tuple[str, str]:
    from tests.credentials.made import resolver

    document = credential(credentialStatus=status_entry(ADDRESS, 42, "suspension") | entry)
    more = {} if published is None else {ADDRESS: published}
    check = check_status(document, resolver(issuer(), **more), now)
    return check.outcome, check.reason


def test_a_set_bit_says_suspended_and_a_clear_one_that_it_stands() -> None:
    assert outcome(listed())[0] == "passed"
    assert outcome(listed(bits=StatusList().with_entry(41, True)))[0] == "passed"
    said = outcome(listed(bits=StatusList().with_entry(42, True)))
    assert (said[0], "suspended by its issuer" in said[1]) == ("failed", True)


def test_every_bit_can_be_set_and_cleared_alone() -> None:
    bits = StatusList()
    for index in (0, 1, 7, 8, 4242, FEWEST - 1):
        one = bits.with_entry(index, True)
        assert one[index]
        assert sum(one[n] for n in range(max(0, index - 9), min(FEWEST, index + 9))) == 1
        assert one.with_entry(index, False).encoded == bits.encoded
        assert StatusList.from_encoded(one.encoded)[index]
    for index in (-1, FEWEST):
        with pytest.raises(ProofError):
            bits.with_entry(index, True)


@pytest.mark.parametrize(
    "published",
    [
        None,
        {},
        [],
        "x",
        listed(by=issuer("stranger")),
        listed(id="https://customs.example/other.json"),
        listed(issuer="did:web:other.example"),
        listed(type=["VerifiableCredential"]),
        listed(
            credentialSubject={
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": StatusList().encoded,
            }
        ),
        listed(credentialSubject={"type": "BitstringStatusList", "statusPurpose": "suspension"}),
        listed(credentialSubject=[{"type": "BitstringStatusList"}]),
        {name: value for name, value in listed().items() if name != "proof"},
        listed() | {"validUntil": "2099-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_a_list_that_is_absent_or_not_the_issuers_leaves_it_open(published: Any) -> None:
    assert outcome(published)[0] == "not-checked"


def test_a_list_that_is_out_of_date_leaves_it_open() -> None:
    assert outcome(listed(), NOW + timedelta(days=2))[0] == "not-checked"
    assert outcome(listed(), NOW - timedelta(days=2))[0] == "not-checked"


@pytest.mark.parametrize(
    "entry",
    [
        {"statusListIndex": str(FEWEST)},
        {"statusListIndex": "-1"},
        {"statusListIndex": "4²"},
        {"statusListIndex": 42},
        {"statusListIndex": "9" * 30},
        {"statusPurpose": "message"},
        {"statusPurpose": ["suspension"]},
        {"statusSize": 2},
        {"type": "StatusList2021Entry"},
        {"statusListCredential": None},
    ],
)
def test_an_entry_of_another_kind_leaves_it_open(entry: dict[str, Any]) -> None:
    assert outcome(listed(), **entry)[0] == "not-checked"


@pytest.mark.parametrize(
    "bits",
    [
        b"\0" * (FEWEST // 8 - 1),
        b"\0" * (MOST // 8 + 1),
        b"",
    ],
    ids=["short", "bomb", "empty"],
)
def test_a_list_too_short_to_hide_in_or_too_large_to_unpack_is_refused(bits: bytes) -> None:
    with pytest.raises(ProofError):
        StatusList.from_encoded("u" + to_base64url(gzip.compress(bits)))


def test_a_packed_list_is_whole_and_nothing_stands_behind_it() -> None:
    packed = gzip.compress(b"\0" * (FEWEST // 8))
    for data in (packed[:-3], packed + b"x", packed + packed, b"\0" * 20):
        with pytest.raises(ProofError):
            StatusList.from_encoded("u" + to_base64url(data))


def test_one_entry_that_says_suspended_outweighs_others_that_cannot_be_read() -> None:
    from tests.credentials.made import resolver

    entries = [
        status_entry("https://customs.example/none.json", 1, "revocation"),
        status_entry(ADDRESS, 42, "suspension"),
    ]
    known = resolver(issuer(), **{ADDRESS: listed(bits=StatusList().with_entry(42, True))})
    assert check_status(credential(credentialStatus=entries), known, NOW).outcome == "failed"
    assert check_status(credential(), known, NOW).outcome == "passed"
