# SPDX-License-Identifier: Apache-2.0
"""The registrar's book: what is entered, what is refused, and what somebody else's check of it finds."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from cocket.credentials.title import (
    NOTHING,
    Act,
    Book,
    SignedInstruction,
    TitleRefusedError,
    enter,
    read_book,
    read_instruction,
    show_control,
    shows_control,
    sign,
    verify_book,
)
from cocket.errors import CocketError, ProofError
from tests.credentials.title.systems import START, Registrar, title_id

BILL = b"a bill of lading"


@pytest.fixture
def registrar() -> Registrar:
    """A title issued, transferred, surrendered and restored."""
    system = Registrar()
    system.act("issuer", "mint", BILL, beneficiary="owner", holder="owner")
    system.act("owner", "transferHolder", BILL, holder="bank")
    system.act("owner", "nominate", BILL, beneficiary="buyer")
    system.act("bank", "transferOwners", BILL, beneficiary="buyer", holder="buyer")
    system.act("buyer", "returnToIssuer", BILL)
    system.act("issuer", "restore", BILL)
    return system


def asked(registrar: Registrar, party: str, **given: Any) -> SignedInstruction:
    act = msgspec.convert({"by": registrar.name(party), **given}, Act)
    return sign(registrar.book(BILL).instruct(act), registrar.keys[party])


def test_a_book_survives_being_written_and_read(registrar: Registrar) -> None:
    book = registrar.book(BILL)
    assert read_book(msgspec.json.encode(book)) == book
    assert book.title.times_restored == 1
    assert book.entries[0].asked.instruction.follows == NOTHING


def test_an_instruction_cannot_be_used_twice(registrar: Registrar) -> None:
    once = asked(registrar, "buyer", kind="transferHolder", holder=registrar.name("bank"))
    book = enter(registrar.book(BILL), once, registrar.keys["issuer"], START)
    with pytest.raises(TitleRefusedError) as refused:
        enter(book, once, registrar.keys["issuer"], START)
    assert refused.value.reasons == ("EntryNotLast",)


def test_of_two_instructions_after_the_same_entry_one_is_entered(registrar: Registrar) -> None:
    to_bank = asked(registrar, "buyer", kind="transferHolder", holder=registrar.name("bank"))
    to_owner = asked(registrar, "buyer", kind="transferHolder", holder=registrar.name("owner"))
    book = enter(registrar.book(BILL), to_bank, registrar.keys["issuer"], START)
    with pytest.raises(TitleRefusedError, match="Another entry came first"):
        enter(book, to_owner, registrar.keys["issuer"], START)
    assert book.title.holder == registrar.name("bank")


def test_a_holder_alone_cannot_show_an_entry_that_the_registrar_did_not_make(registrar: Registrar) -> None:
    """The holder signs two transfers and makes the second's entry himself: without the countersignature it is nothing."""
    book = registrar.book(BILL)
    theirs = asked(registrar, "buyer", kind="transferHolder", holder=registrar.name("stranger"))
    entry = enter(book, theirs, registrar.keys["issuer"], START.replace(hour=23)).entries[-1]
    assert verify_book(book.registrar, book.title_id, (*book.entries, entry)).title.holder == registrar.name("stranger")
    for countersignature in ("", theirs.signature):
        forged = msgspec.structs.replace(entry, countersignature=countersignature)
        with pytest.raises(ProofError, match="Entry 7"):
            verify_book(book.registrar, book.title_id, (*book.entries, forged))


def test_an_instruction_for_another_title_or_registrar_is_refused(registrar: Registrar) -> None:
    given = asked(registrar, "buyer", kind="returnToIssuer")
    other_title = Book(registrar.name("issuer"), title_id(b"another"))
    with pytest.raises(ProofError, match="another title"):
        enter(other_title, given, registrar.keys["issuer"], START)
    with pytest.raises(ProofError, match="another registrar"):
        enter(registrar.book(BILL), given, registrar.keys["bank"], START)


def test_a_party_that_is_no_key_gets_no_title(registrar: Registrar) -> None:
    given = asked(registrar, "buyer", kind="transferHolder", holder="nobody at all")
    with pytest.raises(ProofError):
        enter(registrar.book(BILL), given, registrar.keys["issuer"], START)


def test_control_is_shown_for_one_challenge_and_only_while_in_force(registrar: Registrar) -> None:
    book = registrar.book(BILL)
    shown = show_control(book, "nonce-1", registrar.keys["buyer"])
    assert shows_control(book, "nonce-1", shown)
    assert not shows_control(book, "nonce-2", shown)
    registrar.act("buyer", "returnToIssuer", BILL)
    surrendered = registrar.book(BILL)
    assert not shows_control(surrendered, "nonce-1", shown)


def test_entries_out_of_order_missing_or_dated_back_are_found(registrar: Registrar) -> None:
    book = registrar.book(BILL)
    entries = list(book.entries)
    swapped = [entries[0], entries[2], entries[1], *entries[3:]]
    early = msgspec.structs.replace(entries[5], at="2020-01-01T00:00:00Z")
    for wrong, number in (
        (swapped, 2),
        (entries[1:], 1),
        ([*entries[:3], *entries[4:]], 4),
        ([*entries[:5], early], 6),
    ):
        with pytest.raises(ProofError, match=f"Entry {number} "):
            verify_book(book.registrar, book.title_id, wrong)


def test_a_cut_tail_is_not_found_by_the_book_alone(registrar: Registrar) -> None:
    """Which is why each entry is a record in the log: the control that says what the book does not show."""
    book = registrar.book(BILL)
    assert verify_book(book.registrar, book.title_id, book.entries[:-1]).title.standing == "surrendered"


def test_each_of_1000_changed_bytes_of_a_book_is_found(registrar: Registrar) -> None:
    book = registrar.book(BILL)
    data, draw, passed = msgspec.json.encode(book), random.Random(3), []
    for _ in range(1000):
        at, bit = draw.randrange(len(data)), 1 << draw.randrange(8)
        changed = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
        try:
            if read_book(changed) == book:
                passed.append(changed[max(0, at - 20) : at + 20])
        except CocketError:
            continue
        else:
            passed.append(changed[max(0, at - 20) : at + 20])
    assert passed == []


def test_what_is_no_instruction_is_refused() -> None:
    for data in (b"", b"{}", b"[" * 100_000, b'{"instruction": 1, "signature": ""}', b"\xff"):
        with pytest.raises(ProofError):
            read_instruction(data)
        with pytest.raises(ProofError):
            read_book(data)
