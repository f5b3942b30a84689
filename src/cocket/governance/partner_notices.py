# SPDX-License-Identifier: Apache-2.0
"""What one administration tells or asks another about single cases: one form for all kinds, and the clock of what is asked.

A kind says which fields an agreement can name (`cocket.governance.disclosure.EXCHANGED`) and which states there are. Nothing in it is an
order: a notice is a fact that the other side holds, with its reference, to be weighed.

Source: WCO, Model Bilateral Agreement on Mutual Administrative Assistance in Customs Matters, articles 5 to 14; WTO Trade Facilitation
Agreement, article 12 (request, stated purpose, reply, no duty to enquire); Kyoto Convention, specific annex E (transit); WCO SAFE
Framework, annex IV (mutual recognition).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, get_args

import msgspec

from cocket.errors import UnreadableError
from cocket.governance.agreements.agreement import Agreement
from cocket.governance.disclosure import EXCHANGED, exchanged

NoticeKind = Literal["assistance", "certificate", "model-card", "seizure", "transit", "trusted-trader"]

NOTICE_KINDS: Final[tuple[NoticeKind, ...]] = get_args(NoticeKind)

#: State of what was asked for by its number, and is not known there.
UNKNOWN: Final = "unknown"

#: Kind of notice → states that it can have; the first is that of one without any.
STATES: Final[dict[NoticeKind, tuple[str, ...]]] = {
    "assistance": ("asked", "accepted", "declined", "answered"),
    "certificate": ("valid", "suspended", "withdrawn", "expired", UNKNOWN),
    "model-card": ("given", "withdrawn"),
    "seizure": ("made", "withdrawn"),
    "transit": ("departed", "passed", "arrived", "not-arrived"),
    "trusted-trader": ("in-force", "suspended", "withdrawn", "expired", UNKNOWN),
}

#: Kinds that are told of our own accord, and those that can be asked for by a number.
PUSHED: Final[tuple[NoticeKind, ...]] = ("assistance", "model-card", "seizure", "transit", "trusted-trader")
ASKED: Final[tuple[NoticeKind, ...]] = ("certificate", "trusted-trader")

#: States of a request for assistance that wait for an answer, and what each can become.
OPEN: Final = ("asked", "accepted")
NEXT: Final[dict[str, tuple[str, ...]]] = {
    "asked": ("accepted", "declined", "answered"),
    "accepted": ("declined", "answered"),
}

#: Days to answer a request for assistance where it names no day itself.
USUAL_DAYS: Final = 30

#: Notices of one file, values of one field, rows of evidence (counts); characters of words and of a name.
MOST_NOTICES: Final = 5_000
_MOST_VALUES: Final = 200
_LONGEST: Final = 4_000
_LONGEST_NAME: Final = 200

_WORDS: Final = frozenset({"facts", "enquiries", "reason", "answer", "goods", "concealment", "purpose", "object"})
_NEEDED: Final[dict[NoticeKind, tuple[str, ...]]] = {
    "assistance": ("authority", "measure", "object", "reason", "law"),
    "certificate": ("number",),
    "model-card": ("name", "version", "purpose", "evidence"),
    "seizure": ("offence",),
    "transit": ("movements",),
    "trusted-trader": ("number", "type"),
}


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One figure of how a model did.

    Attributes:
        measure: What was measured, in words.
        value: The figure.
        cases: Of how many cases with a known outcome (count).
        since: First day of these.
        until: Last day.
    """

    measure: str
    value: Decimal
    cases: int
    since: date
    until: date


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is told or asked; which fields a kind has is in `EXCHANGED`.

    Attributes:
        kind: What it is.
        reference: Number that its writer gave it; one of a kind and writer.
        day: Of what it tells.
        state: How it stands, of `STATES`.
        office: Customs office of its writer.
        about: Reference of the notice that it answers or goes on with.
        authority: Who asks; measure: what is asked for; object: what it is to show; reason: why; law: on what it rests.
        due: Day by which an answer is asked for, or a movement has to arrive.
        answer: What is answered.
        persons: Who is concerned (0..n).
        facts: What is known; enquiries: what was done so far.
        ucrs: Consignments meant, as all identifiers in the form in which they are compared (0..n each).
        offence: What was found; goods, hs, quantity, unit: of what; concealment, conveyance: how.
        origin: Countries or places, like departure and destination.
        seals: Numbers (0..n).
        number: Of a certificate or trader; type, agency, holder, name: what it is, of whom.
        since: First day on which it holds; until: the last one.
        version: Of a model; purpose: what it is for; evidence: how it did (0..n).
    """

    kind: NoticeKind
    reference: str
    day: date
    state: str = ""
    office: str = ""
    about: str = ""
    authority: str = ""
    measure: str = ""
    object: str = ""
    reason: str = ""
    law: str = ""
    due: date | None = None
    answer: str = ""
    persons: tuple[str, ...] = ()
    facts: str = ""
    enquiries: str = ""
    ucrs: tuple[str, ...] = ()
    movements: tuple[str, ...] = ()
    transport_documents: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    offence: str = ""
    goods: str = ""
    hs: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    concealment: str = ""
    conveyance: str = ""
    origin: str = ""
    departure: str = ""
    destination: str = ""
    seals: tuple[str, ...] = ()
    number: str = ""
    type: str = ""
    agency: str = ""
    holder: str = ""
    name: str = ""
    since: date | None = None
    until: date | None = None
    version: str = ""
    purpose: str = ""
    evidence: tuple[Evidence, ...] = ()


def read_notices(content: bytes, kind: NoticeKind) -> tuple[Notice, ...]:
    """Read a file of notices of one kind: TOML, each a table `[[notice]]`.

    Args:
        content: UTF-8.
        kind: What they are.

    Returns:
        Checked notices, in their order (1..5,000).

    Raises:
        UnreadableError: It is no such file; the message says which notice and what is wrong with it. Nothing of it is taken then.
    """
    try:
        told = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(f"it is not TOML: {error}") from error
    rows = told.pop("notice", None)
    if told or not isinstance(rows, list) or not rows:
        raise _unreadable("each notice is a table [[notice]], and nothing else stands in it")
    if len(rows) > MOST_NOTICES:
        raise _unreadable(f"it has more than {MOST_NOTICES:,} notices")
    found = []
    for number, row in enumerate(rows, start=1):
        where = f"notice {number}"
        if not isinstance(row, Mapping):
            raise _unreadable(f"{where} is not a table")
        try:
            one = msgspec.convert({"kind": kind, **row}, type=Notice)
        except msgspec.ValidationError as error:
            raise _unreadable(f"{where}: {error}") from error
        found.append(checked(one, where))
    references = [one.reference for one in found]
    if len(set(references)) != len(references):
        raise _unreadable("two notices have the same reference")
    return tuple(found)


def checked(one: Notice, where: str = "the notice") -> Notice:
    """A notice that is whole: it has what its kind needs, nothing that its kind has not, and no value without bounds.

    A state that is not told is the first one; a request for assistance without a day is due after 30 days.

    Raises:
        UnreadableError: It is not.
    """
    states = STATES[one.kind]
    if one.state and one.state not in states:
        raise _unreadable(f"{where}: state {one.state[:40]!r} is none of {', '.join(states)}")
    state = one.state or states[0]
    is_followed = one.kind == "assistance" and bool(one.about)
    if one.kind == "assistance" and is_followed == (state == "asked"):
        raise _unreadable(f"{where}: a request says what it asks, and what goes on with one says about which")
    allowed, needed = EXCHANGED[one.kind].keys(), () if is_followed else _NEEDED[one.kind]
    if state == UNKNOWN:
        needed = ("number",)  # of what is not known nothing else is known
    values: dict[str, Any] = {"state": state}
    for field in msgspec.structs.fields(Notice):
        value = getattr(one, field.name)
        is_said = (value.strip() if isinstance(value, str) else value) not in (None, "", ())
        if is_said and field.name not in allowed:
            raise _unreadable(f"{where}: {field.name} is not a field of {one.kind}")
        if not is_said and (field.name in needed or field.name == "reference"):
            raise _unreadable(f"{where}: {field.name} is missing")
        if isinstance(value, str):
            values.setdefault(field.name, _text(value, f"{where}: {field.name}", is_long=field.name in _WORDS))
        elif isinstance(value, tuple) and field.name != "evidence":
            if len(value) > _MOST_VALUES:
                raise _unreadable(f"{where}: {field.name} has more than {_MOST_VALUES} values")
            values[field.name] = tuple(_text(each, f"{where}: {field.name}") for each in value)
    if one.hs and not re.fullmatch(r"\d{2,10}", one.hs):
        raise _unreadable(f"{where}: hs is digits alone")
    if one.quantity is not None and not (one.quantity.is_finite() and one.quantity >= 0):
        raise _unreadable(f"{where}: quantity is a number that is not negative")
    if len(one.evidence) > _MOST_VALUES or any(
        not each.value.is_finite() or each.cases < 0 or each.until < each.since for each in one.evidence
    ):
        raise _unreadable(f"{where}: each row of evidence has a figure, a count of cases, and days in their order")
    if one.since and one.until and one.until < one.since:
        raise _unreadable(f"{where}: it ends before it begins")
    if one.kind == "assistance" and not is_followed and one.due is None:
        values["due"] = one.day + timedelta(days=USUAL_DAYS)
    return msgspec.structs.replace(one, **values)


def given(agreement: Agreement, one: Notice) -> Notice:
    """What an agreement lets be told of a notice, field by field."""
    return exchanged(one.kind, agreement.exchanges[one.kind], one)


def is_overdue(one: Notice, state: str, day: date) -> bool:
    """Whether what was asked for is not answered though its day has passed; a movement, whether it is not known to have arrived."""
    waits = state in OPEN if one.kind == "assistance" else one.kind == "transit" and state in ("departed", "passed")
    return waits and one.due is not None and day > one.due


def names_of_notice(one: Notice) -> tuple[tuple[str, str], ...]:
    """Kind and value of every identifier by which a dossier is found to be meant, sorted (0..n)."""
    kinds = {"ucrs": "UCR", "movements": "MRN", "transport_documents": "BL", "equipment": "EQUIPMENT"}
    found = {(kind, value) for field, kind in kinds.items() for value in getattr(one, field)}
    return tuple(sorted(found | ({("TRADER", one.number)} if one.kind == "trusted-trader" else set())))


def _text(value: str, where: str, *, is_long: bool = False) -> str:
    text = value.strip()
    most = _LONGEST if is_long else _LONGEST_NAME
    printable = text.replace("\n", " ") if is_long else text
    if len(text) > most or not printable.isprintable():
        raise _unreadable(f"{where} is longer than {most} characters, or has some that do not print")
    return text


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(f"The file of notices cannot be read: {why}.", code="partner-notice")
