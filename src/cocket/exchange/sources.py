# SPDX-License-Identifier: Apache-2.0
"""A source: where data of others lives, what it is asked by, and under which agreement; and what a connector to it does.

A source is written as TOML and kept as data. Its credentials are files of their own, named in it and never part of it.
"""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from cocket.errors import UnreadableError
from cocket.governance.principal import CUSTOMS_PURPOSES

#: What a source is asked for, each named in the agreement (`cocket.governance.disclosure.EXCHANGED`).
EXCHANGE: Final = "sources"

#: By what a consignment is asked for: equipment such as a container, means of transport, documents of transport, UCR, MRN; `url`
#: for the address of a document, `epc` and `logistics-object` for what their standards name by a URI.
IDENTIFIER_TYPES: Final = (
    "equipment", "means", "transport-document", "ucr", "mrn", "booking", "product", "epc", "logistics-object", "url",
)  # fmt: skip

#: What stands for every identifier of a type.
ANY: Final = "*"

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_URL: Final = re.compile(r"https?://[^\s\\@#]{1,480}")
_LONGEST: Final = 400
_FIELDS: Final = {
    "id", "kind", "title", "url", "agreement", "purposes", "fields", "identifiers", "credential", "certificate", "ca", "options",
    "schedule",
}  # fmt: skip

#: Bounds of a schedule: pauses (minutes), and questions within an hour (count).
_PAUSES: Final = (5, 7 * 24 * 60)
_QUESTIONS: Final = (1, 1000)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Identifiers that a source holds: their type, and one of them, the beginning of several with `*`, or `*` for every one."""

    type: str
    value: str = ANY


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """How often a source is asked by itself for consignments that wait for what it has.

    Attributes:
        every_minutes: After how long it is asked for the same consignment again (minutes).
        most_an_hour: Questions within an hour at most (count).
        purpose: For what; one of the purposes of the source.
    """

    every_minutes: int
    most_an_hour: int
    purpose: str


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A source; also its sealed record.

    Attributes:
        id: By which it is known here.
        kind: Which connector asks it: `efti`, `one-record`, `epcis`, `dcsa`, `https`, `untp`.
        title: What it is called.
        url: Address below which it is asked.
        agreement: Agreement under which it is asked; without one in force it is not.
        purposes: For which purposes it may be asked (1..n); those of the agreement bound it too.
        fields: What it is asked for, of the fields of the exchange `sources` (1..n); those of the agreement bound it too.
        identifiers: What it holds (1..n).
        credential: File with what it knows us by, in the folder of credentials of sources; empty for none.
        certificate: PEM file with our certificate and its key, likewise; empty for none.
        ca: PEM file with the roots that its certificate is judged by, likewise; empty for those of the system.
        options: What its connector has to know besides, by name.
        schedule: How often it is asked by itself; None where it is asked by people alone.
        is_enabled: Whether it is asked.
        by: Who put it in force; empty until then.
        at: When, UTC.
    """

    id: str
    kind: str
    title: str
    url: str
    agreement: str
    purposes: tuple[str, ...]
    fields: tuple[str, ...]
    identifiers: tuple[Held, ...]
    credential: str = ""
    certificate: str = ""
    ca: str = ""
    options: dict[str, str] = {}
    schedule: Schedule | None = None
    is_enabled: bool = True
    by: str = ""
    at: datetime | None = None

    @property
    def sender(self) -> str:
        """The account as which what it gives is taken in."""
        return f"source-{self.id}"


class Identifier(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """By what is asked: a type of `IDENTIFIER_TYPES`, and the value as it is written on papers."""

    type: str
    value: str


class Location(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Where data about an identifier lives at a source.

    Attributes:
        name: By which the source finds it again, such as a link.
        title: What a reader is shown of it; empty for its name.
        said: What the source says of it without giving the data, by name (0..n).
    """

    name: str
    title: str = ""
    said: dict[str, str] = {}


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A document as a source gave it: its bytes alone, without what changes from answer to answer, its media type and a name."""

    content: bytes
    content_type: str = ""
    name: str = ""


class Connector(Protocol):
    """Asks a source of one kind; every failure of the source is a `PartnerError`, whose code is the outcome of the pull."""

    def find(self, identifier: Identifier) -> tuple[Location, ...]:
        """Where data about an identifier lives (0..n)."""

    def fetch(self, location: Location) -> tuple[Fetched, ...]:
        """The documents at a location (0..n)."""


def holds(source: Source, identifier: Identifier) -> bool:
    """Whether a source holds an identifier; case and spaces make no difference."""
    value = _plain(identifier.value)
    return any(
        one.type == identifier.type
        and (value.startswith(_plain(one.value[:-1])) if one.value.endswith(ANY) else value == _plain(one.value))
        for one in source.identifiers
    )


def read_source(content: bytes, kinds: tuple[str, ...]) -> Source:
    """Read a source.

    Args:
        content: TOML; UTF-8.
        kinds: Kinds that there is a connector for.

    Raises:
        UnreadableError: It is not a source; the message says what is wrong with it.
    """
    try:
        told = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(f"it is not TOML: {error}") from error
    if unknown := sorted(told.keys() - _FIELDS):
        raise _unreadable(f"{unknown[0][:40]!r} is not known")
    name, kind, url = _text(told, "id"), _text(told, "kind"), _text(told, "url")
    if not _NAME.fullmatch(name):
        raise _unreadable("id is of small letters, digits and hyphens, at most 40")
    if kind not in kinds:
        raise _unreadable(f"kind is one of {', '.join(kinds)}")
    if not _URL.fullmatch(url) or not url.isascii():
        raise _unreadable("url starts with https:// and has no user, password or fragment")
    purposes = _texts(told, "purposes")
    if not purposes or not set(purposes) <= set(CUSTOMS_PURPOSES):
        raise _unreadable(f"purposes are some of {', '.join(CUSTOMS_PURPOSES)}")
    if not (fields := _texts(told, "fields")):
        raise _unreadable("fields is a list of what the source is asked for")
    options = told.get("options", {})
    if not isinstance(options, dict) or not all(
        isinstance(one, str) and len(one) <= _LONGEST for one in options.values()
    ):
        raise _unreadable("options is a table of words in quotes")
    return Source(
        id=name,
        kind=kind,
        title=_text(told, "title"),
        url=url,
        agreement=_text(told, "agreement"),
        purposes=purposes,
        fields=fields,
        identifiers=_identifiers(told.get("identifiers")),
        credential=_file(told, "credential"),
        certificate=_file(told, "certificate"),
        ca=_file(told, "ca"),
        options=dict(options),
        schedule=_schedule(told["schedule"], purposes) if "schedule" in told else None,
    )


def _schedule(told: Any, purposes: tuple[str, ...]) -> Schedule:
    if not isinstance(told, dict) or told.keys() - {"every_minutes", "most_an_hour", "purpose"}:
        raise _unreadable("schedule is a table of every_minutes, most_an_hour and purpose")
    numbers = []
    for name, usual, (least, most) in (("every_minutes", None, _PAUSES), ("most_an_hour", 60, _QUESTIONS)):
        value = told.get(name, usual)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise _unreadable(f"{name} of the schedule is a whole number from {least} to {most}")
        numbers.append(value)
    purpose = told.get("purpose", purposes[0] if len(purposes) == 1 else "")
    if purpose not in purposes:
        raise _unreadable(f"purpose of the schedule is one of {', '.join(purposes)}")
    return Schedule(every_minutes=numbers[0], most_an_hour=numbers[1], purpose=purpose)


def _identifiers(told: Any) -> tuple[Held, ...]:
    if not isinstance(told, dict) or not told:
        raise _unreadable("identifiers is a table, such as equipment = ['*']")
    found = []
    for type_ in told:
        if type_ not in IDENTIFIER_TYPES:
            raise _unreadable(
                f"{type_[:40]!r} is not a type of identifier; the types are {', '.join(IDENTIFIER_TYPES)}"
            )
        values = _texts(told, type_)
        if not values or any(ANY in one[:-1] for one in values):
            raise _unreadable(f"identifiers of the type {type_} are a list; * stands at the end alone")
        found += [Held(type=type_, value=one) for one in values]
    return tuple(found)


def _plain(value: str) -> str:
    return re.sub(r"\s+", "", value).casefold()


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST * 2 or not value.isprintable():
        raise _unreadable(f"{name} must be words in quotes")
    return value.strip()


def _texts(told: dict[str, Any], name: str) -> tuple[str, ...]:
    value = told.get(name, [])
    if not isinstance(value, list) or not all(
        isinstance(one, str) and one.strip() and len(one) <= _LONGEST for one in value
    ):
        raise _unreadable(f"{name} must be a list of words in quotes")
    return tuple(dict.fromkeys(one.strip() for one in value))


def _file(told: dict[str, Any], name: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str) or (value and not _FILE.fullmatch(value)):
        raise _unreadable(f"{name} is the name of a file in the folder of credentials of sources, without a path")
    return value


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(f"This is not a source: {why}.", code="source")
