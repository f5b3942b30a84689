# SPDX-License-Identifier: Apache-2.0
"""Documents that are handed in: of several lists of one name the newest counts, in whatever order they are given."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from cocket.credentials import (
    StatusList,
    document_of,
    issue_status_list,
    issue_token_list,
    sd_jwt,
    status_entry,
    token_status_entry,
    verify_paper,
)
from cocket.credentials.known import KnownDocument, newest, read_known, resolver_from
from cocket.errors import UnreadableError
from tests.credentials.made import NOW, as_bytes, credential, issuer, operator

LIST = "https://customs.example/credentials/suspension.json"
TOKENS = "https://customs.example/credentials/status.jwt"
BY = issuer()


def did() -> bytes:
    return as_bytes(document_of(BY.issuer, {"key-1": BY.key.public}))


def bit_list(made: datetime, *entries: int, by: Any = BY) -> bytes:
    bits = StatusList()
    for entry in entries:
        bits = bits.with_entry(entry, True)
    return as_bytes(issue_status_list(bits, LIST, "suspension", by, (made, made + timedelta(days=7))))


def token_list(made: datetime, *entries: int) -> bytes:
    return issue_token_list(dict.fromkeys(entries, "suspended"), TOKENS, BY, (made, made + timedelta(days=7))).encode()


def papers() -> list[tuple[bytes, Any]]:
    """A certificate of each form, and what makes its lists."""
    plain = as_bytes(credential(by=BY, credentialStatus=status_entry(LIST, 5, "suspension")))
    token = sd_jwt.issue(
        {"vct": "https://customs.example/aeo", "iss": BY.issuer, "status": token_status_entry(TOKENS, 5)},
        (),
        BY,
        lambda: b"",
    ).encode()
    return [(plain, bit_list), (token, token_list)]


def known(*files: bytes) -> list[KnownDocument]:
    return [read_known(one) for one in files]


@pytest.mark.parametrize("form", [0, 1])
def test_the_newest_list_counts_in_every_order(form: int) -> None:
    paper, make = papers()[form]
    before, since, ahead = (
        make(NOW - timedelta(days=2)),
        make(NOW - timedelta(days=1), 5),
        make(NOW + timedelta(days=1)),
    )
    for order in permutations((did(), before, since, ahead)):
        verdict = verify_paper(paper, resolver_from(known(*order), NOW), NOW)
        assert (verdict.status.outcome, "suspended" in verdict.status.reason) == ("failed", True), verdict
    earlier = NOW - timedelta(days=1, hours=1)
    verdict = verify_paper(paper, resolver_from(known(did(), since, before), earlier), earlier)
    assert verdict.status.outcome == "passed"  # as it stood then


@pytest.mark.parametrize("form", [0, 1])
def test_lists_of_one_time_that_contradict_each_other_are_refused(form: int) -> None:
    _, make = papers()[form]
    one, other = make(NOW, 5), make(NOW)
    assert newest(known(one, one), NOW).data == one
    for order in ((one, other), (other, one)):
        with pytest.raises(UnreadableError, match="contradict"):
            resolver_from(known(*order), NOW)


def test_documents_of_one_issuer_that_differ_are_refused() -> None:
    other = as_bytes(document_of(BY.issuer, {"key-2": issuer("other").key.public}))
    assert resolver_from(known(did(), did()), NOW)(BY.issuer) == did()
    with pytest.raises(UnreadableError, match="contradict"):
        resolver_from(known(did(), other), NOW)


def test_a_newer_list_of_another_issuer_does_not_take_the_place_of_the_list() -> None:
    foreign = bit_list(NOW, by=issuer("other", did="did:web:other.example"))
    with pytest.raises(UnreadableError, match="contradict"):
        resolver_from(known(bit_list(NOW - timedelta(days=1), 5), foreign), NOW)


def test_a_document_without_a_name_is_refused() -> None:
    with pytest.raises(UnreadableError, match="no id"):
        read_known(b"{}")


def test_an_operator_is_not_a_list() -> None:
    assert not read_known(as_bytes(credential(operator(), by=BY))).is_list
