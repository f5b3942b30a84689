# SPDX-License-Identifier: Apache-2.0
"""The signed pack that an office takes along for when the line is down, and the signed results that come back from it.

The pack is signed by the house over its encrypted bytes, so that a changed one is refused before it is decrypted. It holds a
key of its own, with which the laptop signs the results; the house keeps the public half.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Literal
from uuid import NAMESPACE_URL, uuid5

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from cocket.errors import ProofError, SenderError
from cocket.ledger import Signer, Verifier

#: Bytes that are drawn for each pack: 16 of salt, 12 of nonce.
DRAWN: Final = 28

#: Cost of trying a passphrase: 64 MiB of memory.
_COST: Final = 2**16

SHORTEST_PASSPHRASE: Final = 12
MOST_RESULTS: Final = 500

Depth = Literal["documents", "scan", "partial", "full", "not-examined"]
_Words = Annotated[str, msgspec.Meta(max_length=2_000)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class PackItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One goods item, as declared; what is not declared is None."""

    number: int
    description: str | None = None
    classification: str | None = None
    origin: str | None = None
    quantity: str | None = None
    value: str | None = None


class PackContainer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A container with the seals that papers have for it (0..n)."""

    number: str
    seals: tuple[str, ...] = ()


class PackOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order as it stood when the pack was made.

    Attributes:
        number: Its place in the pack (1-based).
        order: Its id.
        code: What its paper form bears, by which it is entered later.
        title: Best name of the consignment.
        trader: Importer or consignee; None if unknown.
        goods: Goods in words; None if unknown.
        lane: Lane that it asks for.
        examiner: With whom it is; None for nobody.
        due: By when, UTC; None for no end.
        advice: Reasons in words, strongest first (0..n).
        model: Model and rules that advised; empty where none did.
        items: Goods as declared (0..200); `left_out` further ones (count).
        containers: Containers (0..n).
        packages: Packages declared in all (count); None where not stated.
        basis: What the order rested on, which comes back with the result.
        held_by: Other agencies that held the goods when the pack was made, each with its legal basis (0..n).
    """

    number: int
    order: str
    code: str
    title: str
    trader: str | None = None
    goods: str | None = None
    lane: str
    examiner: str | None = None
    due: datetime | None = None
    advice: tuple[str, ...] = ()
    model: str = ""
    items: tuple[PackItem, ...] = ()
    left_out: int = 0
    containers: tuple[PackContainer, ...] = ()
    packages: int | None = None
    basis: dict[str, str | None]
    held_by: tuple[tuple[str, str], ...] = ()


class OfficePack(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a pack.

    Attributes:
        id: Its id.
        office: Office that it is for.
        administration: Who made it.
        made: When, UTC; what is in it is as it was then.
        until: How long it is good, UTC.
        orders: Open orders of the office (0..200).
        rules: Code and sentence of each rule in force (0..n); None where whoever made it may not see them.
        lists: Name, version and number of entries of each list in force (0..n); None as for `rules`.
        skey: Secret key with which results are signed.
    """

    id: str
    office: str
    administration: str
    made: datetime
    until: datetime
    orders: tuple[PackOrder, ...]
    rules: tuple[tuple[str, str], ...] | None
    lists: tuple[tuple[str, str, int], ...] | None
    skey: str


class PackStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the house signs of a pack. The fields stand in JCS order.

    Attributes:
        begins: From when it is good, UTC.
        drawn: Salt and nonce (28 bytes).
        log: Log of the house.
        office: Office that it is for.
        officepack: Its id.
        sha256: Of its encrypted bytes, hexadecimal.
        until: How long it is good, UTC.
        v: Version of this form.
    """

    begins: Annotated[datetime, msgspec.Meta(tz=True)]
    drawn: Annotated[bytes, msgspec.Meta(min_length=DRAWN, max_length=DRAWN)]
    log: str
    office: str
    officepack: str
    sha256: str
    until: Annotated[datetime, msgspec.Meta(tz=True)]
    v: Literal[1] = 1


class PackFile(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="office-pack"
):
    """A pack as a file.

    Attributes:
        statement: What is signed.
        signature: Ed25519 of the house's receipt key (64 bytes).
        body: The pack, AES-256-GCM under a key that scrypt makes of the passphrase.
    """

    statement: PackStatement
    signature: bytes
    body: bytes


class OfficeResult(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found of an order while the line was down.

    Attributes:
        order: Id of the order.
        made: When, UTC.
        depth: How deep it was examined.
        found: Whether something is wrong; None if not examined, or while only a laboratory can tell.
        offence: Class of the gravest offence; None if none found.
        counted: Packages counted; None if nobody counted.
        note: Words for the file.
    """

    order: Annotated[str, msgspec.Meta(max_length=40)]
    made: Annotated[datetime, msgspec.Meta(tz=True)]
    depth: Depth
    found: bool | None = None
    offence: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    counted: _Count | None = None
    note: _Words = ""


class ResultsStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a laptop signs. The fields stand in JCS order.

    Attributes:
        office: Office of the pack.
        officepack: Id of the pack.
        results: One an order (0..500).
        v: Version of this form.
    """

    office: str
    officepack: str
    results: Annotated[tuple[OfficeResult, ...], msgspec.Meta(max_length=MOST_RESULTS)]
    v: Literal[1] = 1


class ResultsFile(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="office-results"
):
    """Results as a file: what is signed, and the signature of the pack's key (64 bytes)."""

    statement: ResultsStatement
    signature: bytes


def seal_pack(pack: OfficePack, passphrase: str, log: str, drawn: bytes) -> tuple[PackStatement, bytes]:
    """Encrypt a pack; what is to be signed of it, and its encrypted bytes.

    Args:
        pack: The pack.
        passphrase: At least 12 characters.
        log: Log of the house.
        drawn: 28 fresh random bytes.

    Raises:
        SenderError: The passphrase is too short.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise SenderError(f"The passphrase has at least {SHORTEST_PASSPHRASE} characters.", code="pack-passphrase")
    body = _cipher(passphrase, drawn).encrypt(drawn[16:], msgspec.json.encode(pack), pack.id.encode())
    statement = PackStatement(
        begins=pack.made, drawn=drawn, log=log, office=pack.office, officepack=pack.id, sha256=sha256(body).hexdigest(),
        until=pack.until,
    )  # fmt: skip
    return statement, body


def open_pack(content: bytes, passphrase: str, keys: Iterable[str], now: datetime) -> OfficePack:
    """A pack from its file, without an instance and without a line.

    Args:
        content: The file.
        passphrase: Of whoever made it.
        keys: Receipt keys of houses that one trusts, as vkey lines (1..n).
        now: The moment, UTC.

    Raises:
        ProofError: It is no pack, was changed, is of another house, not good yet or no longer; or the passphrase is another.
    """
    try:
        file = msgspec.json.decode(content, type=PackFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProofError("This is not the pack of an office.", code="pack-form") from error
    said = file.statement
    if not any(Verifier.from_vkey(key.strip()).signed(msgspec.json.encode(said), file.signature) for key in keys):
        raise ProofError("The pack was changed, or is not signed by this instance.", code="pack-signature")
    if sha256(file.body).hexdigest() != said.sha256:
        raise ProofError("The pack was changed: its content is not the one that was signed.", code="pack-content")
    if now < said.begins:
        raise ProofError("The pack is not good yet: check the clock of this machine.", code="pack-early")
    if now > said.until:
        raise ProofError(f"The pack expired at {said.until:%Y-%m-%d %H:%M} UTC.", code="pack-expired")
    try:
        opened = _cipher(passphrase, said.drawn).decrypt(said.drawn[16:], file.body, said.officepack.encode())
    except InvalidTag as error:
        raise ProofError("The passphrase is not that of this pack.", code="pack-passphrase") from error
    return msgspec.json.decode(opened, type=OfficePack)


def write_results(pack: OfficePack, results: Sequence[OfficeResult]) -> bytes:
    """Results as a file, signed with the key of the pack: of several for one order the last (0..n).

    Raises:
        SenderError: One is of no order of the pack, or there are too many.
    """
    known = {one.order for one in pack.orders}
    for one in results:
        if one.order not in known:
            raise SenderError("There is no such order in this pack.", code="pack-order", found=one.order)
    told = tuple({one.order: one for one in results}.values())
    statement = ResultsStatement(office=pack.office, officepack=pack.id, results=told)
    signature = Signer.from_skey(pack.skey).sign(msgspec.json.encode(statement))
    return msgspec.json.encode(ResultsFile(statement=statement, signature=signature))


def read_results(content: bytes) -> ResultsFile:
    """A file of results; its signature is not checked yet.

    Raises:
        SenderError: It is none.
    """
    try:
        return msgspec.json.decode(content, type=ResultsFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SenderError("This is not a file of results of an office.", code="results-form") from error


def check_results(file: ResultsFile, vkey: str) -> None:
    """Check that results were signed with the key of their pack.

    Raises:
        ProofError: They were not, or were changed.
    """
    if not Verifier.from_vkey(vkey).signed(msgspec.json.encode(file.statement), file.signature):
        raise ProofError(
            "The results were changed, or are not signed with the key of this pack.", code="results-signature"
        )


def result_id(pack: str, order: str) -> str:
    """The one id that a result of an order has, whether it comes from the laptop or from the paper form."""
    return str(uuid5(NAMESPACE_URL, f"cocket office pack {pack} {order}"))


def same_finding(one: OfficeResult) -> tuple[Any, ...]:
    """What two entries of one result must agree in to be the same."""
    return one.depth, one.found, one.offence, one.counted


def _cipher(passphrase: str, drawn: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=drawn[:16], length=32, n=_COST, r=8, p=1).derive(passphrase.encode()))
