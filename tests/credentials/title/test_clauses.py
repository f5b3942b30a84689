# SPDX-License-Identifier: Apache-2.0
"""What two statutes ask of a transferable record kept electronically, clause by clause, asked of both ways of keeping it.

These tests show that the system supports each clause. Whether a method or system is reliable, which both statutes leave to
be judged in its circumstances, no test can show.
Source: Singapore Electronic Transactions Act 2010 s16H(1)(b), s16I(1); UK Electronic Trade Documents Act 2023 s2(2).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cocket.credentials import SigningKey
from cocket.credentials.title import Act, Title, TitleRefusedError, enter, sign, verify_book
from cocket.errors import ProofError
from tests.credentials.title.systems import START, Registrar, System, system_named, title_id

BILL = b'{"blNumber": "XCKT0001"}'


@pytest.fixture(scope="module", params=["registrar", "chain"])
def running(request: pytest.FixtureRequest) -> Iterator[System]:
    with system_named(request.param) as system:
        yield system


@pytest.fixture
def bill(request: pytest.FixtureRequest) -> bytes:
    """A bill of its own for each test."""
    return json.dumps({"blNumber": request.node.name}).encode()


def issue(system: System, bill: bytes) -> None:
    system.act("issuer", "mint", bill, beneficiary="owner", holder="owner")


def refuses(system: System, party: str, kind: str, bill: bytes, **given: str) -> tuple[str, ...]:
    """That an act is refused and changes nothing; why."""
    before = system.title(bill)
    with pytest.raises(TitleRefusedError) as refused:
        system.act(party, kind, bill, **given)
    assert system.title(bill) == before
    return refused.value.reasons


# Singapore Electronic Transactions Act 2010


def test_sg_eta_s16h_1_b_i_the_authoritative_record_is_identified(running: System, bill: bytes) -> None:
    issue(running, bill)
    assert running.title(bytes(bill)).standing == "in-force"
    assert running.title(bill + b" ") == Title()
    assert refuses(running, "issuer", "mint", bill, beneficiary="bank", holder="bank") == ("TokenExists",)


def test_sg_eta_s16h_1_b_ii_it_is_subject_to_control_from_creation_until_it_ceases_to_have_effect(
    running: System, bill: bytes
) -> None:
    assert running.title(bill).controller is None
    issue(running, bill)
    assert running.title(bill).controller == running.name("owner")
    running.act("owner", "transferHolder", bill, holder="bank")
    running.act("owner", "nominate", bill, beneficiary="bank")
    running.act("bank", "transferBeneficiary", bill, beneficiary="bank")
    assert running.title(bill).controller == running.name("bank")
    running.act("bank", "returnToIssuer", bill)
    assert running.title(bill).controller is None
    running.act("issuer", "burn", bill)
    assert running.title(bill).standing == "burned"
    for party, kind in (("bank", "transferHolder"), ("bank", "returnToIssuer")):
        assert refuses(running, party, kind, bill, holder="buyer") == ("InactiveTitleEscrow",)
    assert refuses(running, "issuer", "mint", bill, beneficiary="bank", holder="bank") == ("TokenExists",)


def test_sg_eta_s16h_1_b_iii_integrity_is_retained(running: System, bill: bytes) -> None:
    """One changed digit makes another record, which has no title; what is authorised to change is title alone."""
    issue(running, bill)
    running.act("owner", "transferHolder", bill, holder="bank")
    assert running.title(bill).standing == "in-force"
    assert running.title(bill.replace(b"i", b"1", 1)) == Title()


def test_sg_eta_s16i_1_exclusive_control_is_of_one_identified_person(running: System, bill: bytes) -> None:
    issue(running, bill)
    running.act("owner", "transferHolder", bill, holder="bank")
    controllers = [
        party for party in ("owner", "bank", "buyer") if running.title(bill).controller == running.name(party)
    ]
    assert controllers == ["bank"]


# UK Electronic Trade Documents Act 2023


def test_uk_etda_s2_2_a_the_document_is_distinguished_from_copies(running: System, bill: bytes) -> None:
    """A copy is the same bytes, so it is the title and nothing in the file that makes one person its holder."""
    issue(running, bill)
    running.act("owner", "transferHolder", bill, holder="bank")
    assert refuses(running, "owner", "transferHolder", bytes(bill), holder="buyer") == ("CallerNotHolder",)
    assert running.title(bytes(bill)).controller == running.name("bank")


def test_uk_etda_s2_2_b_the_document_is_protected_against_unauthorised_alteration(running: System, bill: bytes) -> None:
    issue(running, bill)
    altered = bill.replace(b"u", b"v", 1)
    assert running.title(altered) == Title()
    assert refuses(running, "owner", "transferHolder", altered, holder="bank") == ("InvalidTokenId",)
    assert refuses(running, "stranger", "mint", altered, beneficiary="stranger", holder="stranger") == (
        "AccessControlUnauthorizedAccount",
    )


def test_uk_etda_s2_2_c_no_more_than_one_person_exercises_control_at_a_time(running: System, bill: bytes) -> None:
    issue(running, bill)
    for party in ("issuer", "bank", "buyer", "stranger"):
        assert refuses(running, party, "transferHolder", bill, holder=party) == ("CallerNotHolder",)
        assert refuses(running, party, "returnToIssuer", bill) == ("CallerNotBeneficiary",)


def test_uk_etda_s2_2_d_the_holder_demonstrates_control(running: System, bill: bytes) -> None:
    """Who controls is told to anybody, and a signature under a challenge of who asks shows who that is."""
    issue(running, bill)
    running.act("owner", "transferHolder", bill, holder="bank")
    assert running.title(bill).controller == running.name("bank")
    shows = {party: running.shows_control(party, bill, "nonce-17") for party in ("owner", "bank", "buyer", "issuer")}
    assert shows == {"owner": False, "bank": True, "buyer": False, "issuer": False}


def test_uk_etda_s2_2_e_a_transfer_deprives_who_controlled_it_before(running: System, bill: bytes) -> None:
    issue(running, bill)
    running.act("owner", "transferOwners", bill, beneficiary="buyer", holder="buyer")
    assert running.title(bill).controller == running.name("buyer")
    assert refuses(running, "owner", "transferHolder", bill, holder="bank") == ("CallerNotHolder",)
    assert refuses(running, "owner", "returnToIssuer", bill) == ("CallerNotBeneficiary",)


# What the registrar's book shows to who does not trust the registrar's word


@pytest.fixture
def registrar() -> Registrar:
    system = Registrar()
    issue(system, BILL)
    system.act("owner", "transferHolder", BILL, holder="bank")
    return system


def test_a_registrar_cannot_move_a_title_without_its_holders_key(registrar: Registrar) -> None:
    book, keys = registrar.book(BILL), registrar.keys
    act = Act(kind="transferHolder", by=registrar.name("bank"), holder=registrar.name("issuer"))
    forged = sign(book.instruct(act), keys["issuer"])
    with pytest.raises(ProofError, match="not signed by the party that gives it"):
        enter(book, forged, keys["issuer"], START)


def test_a_book_is_checked_with_the_registrars_public_key_alone(registrar: Registrar) -> None:
    book = registrar.book(BILL)
    checked = verify_book(registrar.name("issuer"), title_id(BILL), book.entries)
    assert checked.title.holder == registrar.name("bank")
    other = SigningKey("Ed25519", bytes(32)).public.multikey
    with pytest.raises(ProofError, match="Entry 1"):
        verify_book(other, title_id(BILL), book.entries)
