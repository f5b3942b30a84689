# SPDX-License-Identifier: Apache-2.0
"""The signed pack that an office takes along for when the line is down, and the signed results that come back from it.

The pack is signed by the house over its encrypted bytes, so that a changed one is refused before it is decrypted. It holds a
key of its own, with which the laptop signs the results; the house keeps the public half.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from cocket.control import OFFENCES, OLD
from cocket.errors import ProofError, SenderError
from cocket.ledger import Signer, Verifier

#: Bytes that are drawn for each pack: 16 of salt, 12 of nonce.
DRAWN: Final = 28

#: Cost of trying a passphrase: 64 MiB of memory.
_COST: Final = 2**16

SHORTEST_PASSPHRASE: Final = 12
MOST_RESULTS: Final = 500

#: Bytes that a QR code of a result may have: what a phone still reads from a printed page.
MOST_SLIP: Final = 1_100

#: What the text of a paper form's QR code begins with.
FORM_PREFIX: Final = "COCKET:"

#: Length of the authentication code of a paper form: 80 bits in base 32.
_MAC_LETTERS: Final = 16

#: A form's code as it is read: pack, number of the order, authentication code.
_CODE: Final = re.compile(rf"([0-9A-Z]{{8}})-([0-9]{{1,3}})-([A-Z0-9]{{{_MAC_LETTERS}}})")

#: What an eye takes for a letter or figure that the alphabet lacks.
_AS_HEX: Final = str.maketrans("OILSZ", "01152")
_AS_BASE32: Final = str.maketrans("018", "OIB")

Depth = Literal["documents", "scan", "partial", "full", "not-examined"]

#: Characters that cannot be seen, which the house's rules refuse in a note.
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]")

#: How deep it was examined, in English.
DEPTHS: Final[dict[str, str]] = {
    "documents": "Documents",
    "scan": "Scan",
    "partial": "Part of the goods",
    "full": "All goods",
    "not-examined": "Not examined",
}

#: What was found, as forms offer it, in English.
FOUND: Final[dict[str, str]] = {"no": "Nothing", "yes": "An irregularity", "pending": "Not known yet"}

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
        number: Its place among the entries of its laptop (1-based); 0 on paper.
    """

    order: Annotated[str, msgspec.Meta(max_length=40)]
    made: Annotated[datetime, msgspec.Meta(tz=True)]
    depth: Depth
    found: bool | None = None
    offence: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    counted: _Count | None = None
    note: _Words = ""
    number: Annotated[int, msgspec.Meta(ge=0, le=MOST_RESULTS)] = 0


class ResultsStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a laptop signs. The fields stand in JCS order.

    Attributes:
        office: Office of the pack.
        officepack: Id of the pack.
        results: Entries by rising number (0..500); of several for one order the last counts.
        series: Names the laptop's file among those of the pack, eight hexadecimal digits.
        v: Version of this form.
    """

    office: str
    officepack: str
    results: Annotated[tuple[OfficeResult, ...], msgspec.Meta(max_length=MOST_RESULTS)]
    series: Annotated[str, msgspec.Meta(pattern="^[0-9A-F]{8}$")]
    v: Literal[1] = 1

    def standing(self) -> tuple[OfficeResult, ...]:
        """What counts: of each order its last entry, in the order of their numbers (0..500)."""
        last = {one.order: one for one in self.results}
        return tuple(sorted(last.values(), key=lambda one: one.number))


class FormCode(NamedTuple):
    """What a paper form bears.

    Attributes:
        pack: Id of the pack.
        number: Number of the order in it.
        mac: Authentication code, 16 letters of base 32.
    """

    pack: str
    number: int
    mac: str


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
        raise ProofError(
            f"The pack expired at {said.until:%Y-%m-%d %H:%M} UTC; the clock of this machine says {now:%Y-%m-%d %H:%M} UTC.",
            code="pack-expired",
        )
    try:
        opened = _cipher(passphrase, said.drawn).decrypt(said.drawn[16:], file.body, said.officepack.encode())
    except InvalidTag as error:
        raise ProofError("The passphrase is not that of this pack.", code="pack-passphrase") from error
    return msgspec.json.decode(opened, type=OfficePack)


def check_entry(pack: OfficePack, order: PackOrder, entered: OfficeResult, now: datetime) -> None:
    """See, while the line is down, that the house will be able to record a result; the rules are those of its own forms.

    Raises:
        SenderError: It will not, and why.

    Source: `cocket.control.entry.RULES`, those of a result.
    """
    if not pack.made.replace(second=0, microsecond=0) <= entered.made <= min(pack.until, now + timedelta(minutes=5)):
        raise SenderError(
            "The time is before or after the time for which the pack is good, or in the future.",
            code="entry-time",
            found=f"{entered.made:%Y-%m-%d %H:%M} UTC",
        )
    if _UNSEEN.search(entered.note):
        raise SenderError("A field contains a character that cannot be seen.", code="control-character")
    if entered.depth == "not-examined" and entered.found is not None:
        raise SenderError("Goods that were not examined have no finding: choose Not known yet.", code="entry-found")
    if entered.depth != "not-examined" and entered.found is None:
        raise SenderError(
            "State whether an irregularity was found. What a laboratory must judge is recorded with its sample once the line is up.",
            code="entry-found",
        )
    if entered.found and not entered.offence:
        raise SenderError("An irregularity needs the class of the offence.", code="entry-offence")
    if entered.offence and not entered.found:
        raise SenderError("An offence was chosen, and no irregularity.", code="entry-offence")
    if entered.offence and entered.offence not in OFFENCES:
        raise SenderError(
            "There is no such class of offence.",
            code="entry-offence",
            expected=", ".join(one for one in OFFENCES if one not in OLD),
            found=entered.offence,
        )
    counts = entered.counted, order.packages
    if entered.found is False and None not in counts and counts[0] != counts[1]:
        raise SenderError(
            "The packages counted are not as many as declared: count again, or record an irregularity.",
            code="entry-counted",
            expected=str(order.packages),
            found=str(entered.counted),
        )


def write_results(pack: OfficePack, results: Sequence[OfficeResult], series: str) -> bytes:
    """Results as a file, signed with the key of the pack; entries that have no number yet get the next ones.

    Args:
        pack: The pack.
        results: Entries in the order in which they were made, those of before first (0..500). One that corrects another stands
            behind it.
        series: Names the laptop's file, eight hexadecimal digits.

    Raises:
        SenderError: One is of no order of the pack, or there are too many.
    """
    known = {one.order for one in pack.orders}
    if strange := [one.order for one in results if one.order not in known]:
        raise SenderError("There is no such order in this pack.", code="pack-order", found=strange[0])
    if len(results) > MOST_RESULTS:
        raise SenderError(f"A file of results has at most {MOST_RESULTS} entries.", code="results-many")
    numbered: list[OfficeResult] = []
    for one in results:
        number = one.number or (numbered[-1].number + 1 if numbered else 1)
        numbered.append(msgspec.structs.replace(one, number=number))
    statement = ResultsStatement(office=pack.office, officepack=pack.id, results=tuple(numbered), series=series)
    signature = Signer.from_skey(pack.skey).sign(msgspec.json.encode(statement))
    return msgspec.json.encode(ResultsFile(statement=statement, signature=signature))


def write_slip(pack: OfficePack, result: OfficeResult, series: str) -> bytes:
    """One numbered result as the content of a QR code: a whole file of results, with its whole signature.

    Raises:
        SenderError: It is of no order of the pack, or its words are too many for a code.
    """
    content = write_results(pack, (result,), series)
    if len(content) > MOST_SLIP:
        raise SenderError(
            "The note is too long for a code on paper: take the file of results along, or shorten the note.",
            code="slip-long",
        )
    return content


def read_results(content: bytes) -> ResultsFile:
    """A file of results; its signature is not checked yet.

    Raises:
        SenderError: It is none, or its entries are not numbered.
    """
    try:
        file = msgspec.json.decode(content, type=ResultsFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SenderError("This is not a file of results of an office.", code="results-form") from error
    numbers = [one.number for one in file.statement.results]
    if any(later <= earlier for earlier, later in zip((0, *numbers), numbers, strict=False)):
        raise SenderError(
            "The entries of this file of results are not numbered in their order.", code="results-numbers"
        )
    return file


def write_code(pack: str, number: int, mac: bytes) -> str:
    """What a paper form bears, in groups that people can type.

    Args:
        pack: Id of the pack.
        number: Number of the order in it.
        mac: Authentication code (10 bytes or more, of which the first 10 count).
    """
    letters = base64.b32encode(mac[: _MAC_LETTERS * 5 // 8]).decode()
    return f"{pack}-{number}-{'-'.join(letters[at : at + 4] for at in range(0, _MAC_LETTERS, 4))}"


def read_code(text: str) -> FormCode:
    """A form's code as it was typed or scanned; letters and figures that are taken for each other are told apart.

    Raises:
        SenderError: It cannot be one.
    """
    typed = re.sub(r"[\s\u2010-\u2015]", "-", text.strip()[:200].upper())
    typed = re.sub("-+", "-", typed.removeprefix(FORM_PREFIX).strip("-"))
    pack, _, rest = typed.partition("-")
    number, _, mac = rest.partition("-")
    found = _CODE.fullmatch(f"{pack}-{number}-{mac.replace('-', '')}")
    if found is None or not typed.isascii():
        raise SenderError(
            "This is not the code of a paper form.",
            code="paper-code",
            expected="such as 1A2B3C4D-7-ABCD-EFGH-IJKL-MNOP",
        )
    return FormCode(found[1].translate(_AS_HEX), int(found[2]), found[3].translate(_AS_BASE32))


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
