# SPDX-License-Identifier: Apache-2.0
"""A card as one file between administrations: what it says and came to, without data, persons or small counts.

What comes in is the word of another: nothing in it is measured here, whatever it states of itself.
"""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from cocket.credentials.encoding import canonical
from cocket.errors import SenderError
from cocket.trials.lessons.card import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_MEASURES,
    STATUSES,
    TEXTS,
    Card,
    Cost,
    Status,
    check_days,
    checked_cost,
)
from cocket.trials.lessons.measures import MEASURES, NOTES, WHYS, Measured, masked
from cocket.trials.lessons.texts import checked_text

#: What the file says it is.
FORMAT: Final = "cocket-use-case/1"

#: Kinds of the documents of cards taken from others, and of files given to them.
TAKEN: Final = "use-case-taken"
SHARED: Final = "use-case-shared"

#: `typ` of the signature.
TOKEN: Final = "cocket-use-case+jwt"

#: Largest file that is read (bytes), and longest origin and signature (characters).
MOST_BYTES: Final = 64 << 10
_LONGEST_ORIGIN: Final = 200
_LONGEST_SIGNATURE: Final = 4_096


class SharedCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a shared card says.

    Attributes:
        id: Its id at its origin.
        revision: Its version there, from 1.
        made: Day of that version.
        title: What the use is called; the other texts are as in `Card`.
        status: How far it had got.
        begins: First day that was measured.
        ends: Last day; None while it went on.
        results: Figures as their origin states them, small ones withheld (1..12).
        cost: What it cost; None where that is not known.
        decided_by: Office or body that decided on it.
        rests_on_trial: Whether a sealed pilot stands behind it.
    """

    id: str
    revision: int
    made: date
    title: str
    problem: str
    data: str
    method: str
    lesson: str
    recommendation: str
    failed: str = ""
    risk: str = ""
    status: Status
    begins: date
    ends: date | None = None
    results: tuple[Measured, ...]
    cost: Cost | None = None
    decided_by: str = ""
    rests_on_trial: bool = False


class CardFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file.

    Attributes:
        format: `cocket-use-case/1`.
        origin: DID of the administration that shares it.
        administration: What that is called.
        card: What it says.
        signature: Its signature over the card (JWT, Ed25519); empty where it was not signed.
    """

    format: str
    origin: str
    administration: str
    card: SharedCard
    signature: str = ""


class TakenCard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A card of another administration as it is kept; also its sealed record.

    Attributes:
        id: Name by which it is found here.
        origin: Whose it says it is.
        administration: What that is called, in its own words.
        card: What it says.
        digest: SHA-256 of the card, hexadecimal.
        is_signed: Whether the signature holds, by a key that is known here. No figure in it is measured here all the same.
        why: Why the signature says nothing; empty where it holds.
        by: Who took it in.
        at: When, UTC.
    """

    id: str
    origin: str
    administration: str
    card: SharedCard
    digest: str
    is_signed: bool = False
    why: str = ""
    by: str
    at: datetime

    @property
    def state(self) -> str:
        """How its file stands."""
        return "signed" if self.is_signed else "unverified"


def shared_card(card: Card) -> SharedCard:
    """What leaves the house of a card: no person, no document of ours, no small count."""
    fields = {name: getattr(card, name) for name in ("id", "revision", "title", *TEXTS, "status", "begins", "ends")}
    return SharedCard(
        **fields,
        made=card.at.date(),
        results=tuple(masked(one) for one in card.results),
        cost=card.cost,
        decided_by=card.decided_by,
        rests_on_trial=bool(card.trial),
    )


def digest_of(card: SharedCard) -> str:
    """SHA-256 of a shared card, over its JSON in the canonical form, hexadecimal.

    Source: RFC 8785.
    """
    return sha256(canonical(msgspec.to_builtins(card, str_keys=True))).hexdigest()


def write_file(file: CardFile) -> bytes:
    """The file as it is given away: JSON of two blanks a level, with a line end."""
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def read_file(content: bytes, today: date) -> CardFile:
    """A file of another administration; every text in it is looked at as one that means harm.

    Args:
        content: Its bytes.
        today: The day, for days that cannot be.

    Raises:
        SenderError: It is too large, not such a file, or says what no card may say.
    """
    if len(content) > MOST_BYTES:
        raise SenderError(
            f"A shared card is at most {MOST_BYTES // 1024} KiB.", code="card-large", found=str(len(content))
        )
    try:
        file = msgspec.json.decode(content, type=CardFile)
    except msgspec.MsgspecError as error:
        raise SenderError("This is not a shared use case.", code="card-form", found=str(error)[:200]) from error
    except (ValueError, RecursionError) as error:
        raise SenderError("This is not a shared use case.", code="card-form") from error
    if file.format != FORMAT:
        raise SenderError("The file has another format.", code="card-format", expected=FORMAT, found=file.format[:60])
    card, ours = file.card, {"origin": file.origin, "administration": file.administration}
    said = {name: checked_text(name, text, _LONGEST_ORIGIN, least=1) for name, text in ours.items()}
    if "\n" in "".join(said.values()) or len(file.signature) > _LONGEST_SIGNATURE:
        raise SenderError("This is not a shared use case.", code="card-form")
    texts = {
        name: checked_text(name, getattr(card, name), LONGEST_TEXT, least=3 if is_needed else 0)
        for name, is_needed in TEXTS.items()
    }
    check_days(card.begins, card.ends, max(today, card.made), is_planned=card.status == "planned")
    if card.made > today:
        raise SenderError("The card was made on a day that has not come.", code="card-days", pointer="made")
    if not 1 <= card.revision <= 1_000_000:
        raise SenderError("The revision is not a valid number.", code="card-form", pointer="revision")
    for one in card.results:
        _check_result(one)
    if not 1 <= len(card.results) <= MOST_MEASURES or len({one.measure for one in card.results}) != len(card.results):
        raise SenderError(f"A card has 1 to {MOST_MEASURES} figures, each once.", code="measures-number")
    read = msgspec.structs.replace(
        card,
        id=checked_text("id", card.id, 80, least=1),
        title=checked_text("title", card.title.replace("\n", " "), LONGEST_TITLE, least=3),
        **texts,
        decided_by=checked_text("decided_by", card.decided_by, LONGEST_TITLE),
        cost=None if card.cost is None else checked_cost(card.cost),
    )
    return msgspec.structs.replace(file, **said, card=read)


def _check_result(one: Measured) -> None:
    """Refuse a figure that cannot be one of its measure."""
    problem = ""
    if one.measure not in MEASURES:
        problem = "there is no such measure"
    elif (
        (one.value is None) == (not one.why)
        or (one.why and one.why not in WHYS)
        or (one.note and one.note not in NOTES)
    ):
        problem = "it has neither a figure nor a reason, or both"
    elif one.since > one.until:
        problem = "its days are out of order"
    elif any(end is not None and not -1e12 < end < 1e12 for end in (one.value, one.low, one.high)):
        problem = "it is not a number"
    elif one.value is not None and MEASURES[one.measure].unit == "share" and not 0 <= one.value <= 1:
        problem = "a share lies between 0 and 1"
    elif one.value is not None and MEASURES[one.measure].unit in ("count", "seconds") and one.value < 0:
        problem = "it lies below zero"
    elif one.value is not None and not (
        (one.low is None or one.low <= one.value) and (one.high is None or one.value <= one.high)
    ):
        problem = "it lies outside its own interval"
    elif one.of is not None and one.of < 0:
        problem = "it rests on fewer than no cases"
    if problem:
        raise SenderError(
            f"The figure of {one.measure[:60]} cannot be: {problem}.", code="card-figure", found=one.measure[:60]
        )


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file."""
    made = msgspec.json.schema(CardFile)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Shared use case", **made}


__all__ = [
    "FORMAT", "MOST_BYTES", "SHARED", "STATUSES", "TAKEN", "TOKEN", "CardFile", "SharedCard", "TakenCard", "digest_of", "read_file",
    "schema", "shared_card", "write_file",
]  # fmt: skip
