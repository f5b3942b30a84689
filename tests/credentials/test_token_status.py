# SPDX-License-Identifier: Apache-2.0
"""Token status lists: two bits a token, and nothing that is not known ever makes one good."""

from __future__ import annotations

import json
import random
import zlib
from datetime import timedelta
from typing import Any

import pytest

from cocket.credentials import IssuerKey, document_of, sign_token
from cocket.credentials.encoding import from_base64url, to_base64url
from cocket.credentials.status_list import FEWEST
from cocket.credentials.token_status import (
    TokenState,
    check_token_status,
    is_token_list,
    issue_token_list,
    read_token_list,
    stated_address,
    stated_date,
    token_status_entry,
)
from cocket.errors import CocketError, ProofError, UnreadableError
from tests.credentials.made import DID, NOW, as_bytes, issuer, key_issuer, resolver, signing_key

ADDRESS = "https://customs.example/credentials/status.jwt"
BY = issuer(curve="P-256")
CURRENT = (NOW - timedelta(days=1), NOW + timedelta(days=1))
ENTRY = token_status_entry(ADDRESS, 42)


def listed(states: dict[int, TokenState] | None = None, by: IssuerKey = BY) -> str:
    return issue_token_list(states or {}, ADDRESS, by, CURRENT)


def changed(header: dict[str, Any] | None = None, by: IssuerKey = BY, **claims: Any) -> str:
    """A list signed anew with other claims."""
    head, body, _ = (listed()).split(".")
    given = json.loads(from_base64url(body, "body")) | claims
    return sign_token(
        json.loads(from_base64url(head, "header")) | (header or {}),
        {name: value for name, value in given.items() if value is not None},
        by.key,
    )


def checked(published: str | None, status: Any = ENTRY, now: Any = NOW) -> tuple[str, str]:
    known = resolver(BY)

    def ask(name: str) -> bytes | None:
        return published.encode() if name == ADDRESS and published is not None else known(name)

    found = check_token_status(status, DID, ask, now)
    return found.outcome, found.reason


@pytest.mark.parametrize(("state", "outcome"), [("valid", "passed"), ("suspended", "failed"), ("withdrawn", "failed")])
def test_an_entry_says_what_was_set_and_its_neighbours_do_not(state: TokenState, outcome: str) -> None:
    said = checked(listed({42: state}))
    assert (said[0], state in said[1] or state == "valid") == (outcome, True)
    assert checked(listed({41: state, 43: state}))[0] == "passed"


def test_bits_stand_where_the_draft_has_them() -> None:
    """draft-ietf-oauth-status-list §4.1: the first entry in the lowest bits of the first byte; the list packed by zlib."""
    body = json.loads(from_base64url(listed({0: "withdrawn", 3: "suspended"}).split(".")[1], "body"))
    packed = zlib.decompress(from_base64url(body["status_list"]["lst"], "list"))
    assert (body["sub"], body["status_list"]["bits"], len(packed)) == (ADDRESS, 2, FEWEST // 4)
    assert packed[0] == 0b10_00_00_01
    with pytest.raises(ProofError):
        issue_token_list({FEWEST: "suspended"}, ADDRESS, BY, CURRENT)


def test_the_example_of_the_draft_is_read() -> None:
    """Its §4.1: a list of one bit an entry, [0xB9, 0xA3], as it is packed there."""
    found = read_token_list(changed(status_list={"bits": 1, "lst": "eNrbuRgAAhcBXQ"}).encode(), resolver(BY), NOW)
    assert found.packed == bytes([0xB9, 0xA3])
    assert [found[n] for n in range(16)] == [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    for index in (-1, 16):
        with pytest.raises(ProofError):
            found[index]


@pytest.mark.parametrize(
    "published",
    [
        None,
        "",
        "x.y.z",
        listed(by=issuer("stranger", "P-256")),
        listed(by=key_issuer("other", "P-256")),
        changed(sub="https://customs.example/other.jwt"),
        changed(iss="did:web:other.example"),
        changed({"typ": "JWT"}),
        changed(iat=None),
        changed(exp=int(NOW.timestamp()) - 600),
        changed(iat=int(NOW.timestamp()) + 600),
        changed(status_list=None),
        changed(status_list={"bits": 3, "lst": "eNrbuRgAAhcBXQ"}),
        changed(status_list={"bits": 2, "lst": "eNrbuRgAAhcBXQ"}),
        changed(status_list={"bits": 2, "lst": 7}),
        changed(status_list={"bits": 2, "lst": "AAAA"}),
        changed(status_list={"bits": 1, "lst": to_base64url(zlib.compress(bytes(1 << 22)))}),
        changed(status_list={"bits": 2, "lst": to_base64url(zlib.compress(bytes(FEWEST))[:-9])}),
        changed(status_list={"bits": 8, "lst": to_base64url(zlib.compress(bytes(42) + b"\x09"))}),
    ],
    ids=lambda one: str(one)[-12:],
)
def test_a_list_that_is_absent_not_the_issuers_not_current_or_broken_leaves_it_open(published: str | None) -> None:
    assert checked(published)[0] == "not-checked"


def test_of_a_list_that_has_expired_the_list_is_named_and_not_the_certificate() -> None:
    says = ("not-checked", "Its status list has expired; a current one is needed.")
    assert checked(changed(exp=int(NOW.timestamp()) - 600)) == says


@pytest.mark.parametrize(
    "status",
    [None, {}, [], "x", {"status_list": []}, {"status_list": {"idx": "1", "uri": ADDRESS}}]
    + [{"status_list": {"idx": index, "uri": ADDRESS}} for index in (-1, True, FEWEST, 1.5)]
    + [{"status_list": {"idx": 42, "uri": 7}}, {"other": {}}],
)
def test_an_entry_of_another_kind_leaves_it_open(status: Any) -> None:
    assert checked(listed(), status)[0] == "not-checked"


def test_a_list_signed_before_its_key_ended_still_holds() -> None:
    ended = document_of(DID, {"key-1": signing_key("issuer", "P-256").public}, {"key-1": NOW})
    assert read_token_list(listed().encode(), {DID: as_bytes(ended)}.get, NOW + timedelta(hours=1)).issuer == DID
    early = document_of(DID, {"key-1": signing_key("issuer", "P-256").public}, {"key-1": NOW - timedelta(days=2)})
    with pytest.raises(ProofError):
        read_token_list(listed().encode(), {DID: as_bytes(early)}.get, NOW)


def test_a_list_is_told_from_other_tokens_by_its_type_alone() -> None:
    assert is_token_list(listed().encode() + b"\n")
    assert (stated_address(listed().encode()), stated_date(listed().encode())) == (ADDRESS, CURRENT[0])
    for other in (b"", b"{}", b"a.b.c", b"eyJ.x.y", changed({"typ": "JWT"}).encode(), listed().encode() + b".x"):
        assert not is_token_list(other)
    with pytest.raises(UnreadableError):
        stated_address(b"eyJ.x")
    assert stated_date(changed(iat=None).encode()) is None


def test_of_two_thousand_mutations_none_says_that_a_suspended_token_is_valid() -> None:
    draw, whole = random.Random(7), listed({42: "suspended"}).encode()
    refused = 0
    for _ in range(2000):
        mutated = bytearray(whole)
        for _ in range(draw.randint(1, 3)):
            place = draw.randrange(len(mutated))
            mutated[place : place + draw.randint(0, 2)] = bytes(draw.randrange(256) for _ in range(draw.randint(0, 2)))
        try:
            found = read_token_list(bytes(mutated), resolver(BY), NOW)
        except CocketError:
            refused += 1
        else:
            assert found[42] == 2
    assert refused > 1800
