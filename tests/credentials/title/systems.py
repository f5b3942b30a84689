# SPDX-License-Identifier: Apache-2.0
"""Both ways of keeping a title behind one face, so that what a law asks is asked of both alike.

A registrar without a chain, and TradeTrust's own contracts on a development chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

import msgspec

from cocket.credentials import SigningKey
from cocket.credentials.title import Act, Book, Title, control_text, enter, show_control, shows_control, sign
from cocket.exchange.chain import Chain
from cocket.exchange.title_chain import TokenRegistry
from cocket.exchange.transactions import Account, signer_of_text
from tests.exchange.chains import artefacts, chain_named

START = datetime(2026, 11, 26, 10, tzinfo=UTC)
PARTIES = ("issuer", "owner", "bank", "buyer", "stranger")


class System(Protocol):
    """What keeps titles."""

    def act(self, party: str, kind: str, document: bytes, **given: str) -> None: ...

    def title(self, document: bytes) -> Title: ...

    def name(self, party: str) -> str: ...

    def shows_control(self, party: str, document: bytes, challenge: str) -> bool:
        """Whether a party's signature under a challenge shows that it controls the title."""
        ...


def title_id(document: bytes) -> str:
    """The title of a document: its hash."""
    return sha256(document).hexdigest()


class Registrar:
    """Titles kept by a registrar."""

    def __init__(self) -> None:
        self.keys = {name: SigningKey("Ed25519", bytes([place]) * 32) for place, name in enumerate(PARTIES, start=1)}
        self.books: dict[str, Book] = {}
        self.minutes = 0

    def name(self, party: str) -> str:
        return self.keys[party].public.multikey

    def book(self, document: bytes) -> Book:
        title = title_id(document)
        return self.books.get(title) or Book(self.name("issuer"), title)

    def act(self, party: str, kind: str, document: bytes, **given: str) -> None:
        book = self.book(document)
        named = {role: self.name(who) for role, who in given.items()}
        act = msgspec.convert({"kind": kind, "by": self.name(party), **named}, Act)
        self.minutes += 1
        now = START + timedelta(minutes=self.minutes)
        asked = sign(book.instruct(act), self.keys[party])
        self.books[book.title_id] = enter(book, asked, self.keys["issuer"], now)

    def title(self, document: bytes) -> Title:
        return self.book(document).title

    def shows_control(self, party: str, document: bytes, challenge: str) -> bool:
        book = self.book(document)
        return shows_control(book, challenge, show_control(book, challenge, self.keys[party]))


class OnChain:
    """Titles kept by TradeTrust's contracts."""

    def __init__(self, chain: Chain) -> None:
        self.keys = {name: Account(bytes([place]).rjust(32, b"\0")) for place, name in enumerate(PARTIES, start=1)}
        self.tokens = TokenRegistry.deploy(chain, self.keys["issuer"], artefacts(), "Bills", "BL")

    def name(self, party: str) -> str:
        return self.keys[party].address

    def act(self, party: str, kind: str, document: bytes, **given: str) -> None:
        named = {role: self.name(who) for role, who in given.items()}
        act = msgspec.convert({"kind": kind, "by": self.name(party), **named}, Act)
        self.tokens.act(self.keys[party], title_id(document), act)

    def title(self, document: bytes) -> Title:
        return self.tokens.read(title_id(document)).title

    def shows_control(self, party: str, document: bytes, challenge: str) -> bool:
        text = control_text(title_id(document), challenge)
        signer = signer_of_text(text, self.keys[party].sign_text(text))
        return signer is not None and signer == self.title(document).controller


@contextmanager
def system_named(name: str) -> Iterator[System]:
    """The system of a name: `registrar` or `chain`."""
    if name == "registrar":
        yield Registrar()
    else:
        with chain_named("anvil") as chain:
            yield OnChain(chain)
