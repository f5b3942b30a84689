# SPDX-License-Identifier: Apache-2.0
"""An agreement with a partner: another administration, an agency, or a trader; and whether it holds on a day."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from typing import Any, Final, Literal

import msgspec

from cocket.errors import UnreadableError
from cocket.governance.agreements.guests import GuestScope, read_scope
from cocket.governance.disclosure import EXCHANGED
from cocket.governance.principal import PURPOSES

Side = Literal["us", "them"]
Measure = Literal["advice", "correction", "take-over", "doubt-answer"]

#: What can be measured → the side whose time it is.
MEASURES: Final[dict[Measure, Side]] = {
    "advice": "us",
    "correction": "them",
    "take-over": "them",
    "doubt-answer": "them",
}

#: What can be given to a partner under an agreement.
EXCHANGES: Final = tuple(EXCHANGED)

#: How an agreement stands on a day.
Standing = Literal["not-begun", "in-force", "expired", "ended"]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_LONGEST: Final = 400
_MOST_HOURS: Final = 24 * 366
_FIELDS: Final = {
    "name", "title", "other", "partner", "senders", "purposes", "begins", "ends", "source", "exchanges", "service_level", "country",
    "own_country", "signed", "guest", "least_cell",
}  # fmt: skip
_LEVEL_FIELDS: Final = {"measure", "hours", "share"}
_SIGNED_FIELDS: Final = {"url", "keys", "receipts", "certificates", "log", "log_url"}

#: Examinations that a cell of an evidence table has at least: where nothing is agreed, and what can be agreed (count).
USUAL_LEAST_CELL: Final = 10
_LEAST_CELLS: Final = (5, 1000)

#: Plus signs of a vkey: name, key id, and the key itself.
_PARTS_OF_VKEY: Final = 2

#: Keys of one kind that an agreement names at once, so that they can be changed over (count).
_MOST_KEYS: Final = 4


class ServiceLevel(msgspec.Struct, frozen=True, kw_only=True):
    """What one side owes the other.

    Attributes:
        measure: What is measured; it says whose time it is (`MEASURES`).
        hours: Within how many hours (of the clock, not of offices).
        share: Of all cases, the share that must be within, 0–1.
    """

    measure: Measure
    hours: float
    share: float = 1.0

    @property
    def by(self) -> Side:
        """Whose time it is."""
        return MEASURES[self.measure]


class SignedWay(msgspec.Struct, frozen=True, kw_only=True):
    """How the other administration is reached by signed messages, and known by them.

    Attributes:
        url: Address of its server; empty where it is never called, but calls.
        keys: Public keys by which it signs, Ed25519 in base64 (1..4).
        receipts: Public keys of its receipts, as vkey lines (0..4); without one its receipts are kept, but not checked.
        certificates: SHA-256 of client certificates of which it shows one, hexadecimal (0..4); without any none is asked for.
        log: Public key of its log, as a vkey line; empty where it is not followed.
        log_url: Where the files of its log are read; empty where it is not followed.
    """

    url: str = ""
    keys: tuple[str, ...]
    receipts: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    log: str = ""
    log_url: str = ""


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement, one version of it; also its sealed record.

    Attributes:
        name: By which it is known here.
        version: From 1; each change is a version of its own.
        title: What it is called.
        other: The other party, in words.
        partner: DID by which the other signs statements; empty where it signs none.
        senders: Senders whose messages are the other's (0..n).
        purposes: For which purposes it may be used, of `PURPOSES` (1..n).
        begins: First day.
        ends: Last day; None where no end is agreed.
        source: Where it is written down, such as a treaty with its article.
        exchanges: What is given under it → the fields that are (1..n each); those it cannot do without are among them.
        service_levels: What each side owes the other (0..n).
        country: The other administration's country, ISO 3166 alpha-2; empty where records of trade are not exchanged.
        own_country: This administration's own, likewise; empty where it is not told.
        signed: How signed messages are exchanged with it; None where none are.
        least_cell: Examinations below which a cell of an evidence table is not given (count).
        guest: Which consignments its people see as guests, where it is another agency; None where they see none.
        by: Who put this version in force here; empty until then.
        at: When, UTC; None until then.
        ended_by: Who ended it before its last day; None where nobody did.
        ended: When, UTC.
        reason: Why it was ended; empty where it was not.
    """

    name: str
    version: int = 1
    title: str
    other: str
    partner: str = ""
    senders: tuple[str, ...] = ()
    purposes: tuple[str, ...]
    begins: date
    ends: date | None = None
    source: str
    exchanges: dict[str, tuple[str, ...]] = {}
    service_levels: tuple[ServiceLevel, ...] = ()
    country: str = ""
    own_country: str = ""
    signed: SignedWay | None = None
    guest: GuestScope | None = None
    least_cell: int = USUAL_LEAST_CELL
    by: str = ""
    at: datetime | None = None
    ended_by: str | None = None
    ended: datetime | None = None
    reason: str = ""


def standing_on(agreement: Agreement, day: date) -> Standing:
    """How an agreement stands on a day, of the zone of the administration."""
    if agreement.ended is not None:
        return "ended"
    if day < agreement.begins:
        return "not-begun"
    return "expired" if agreement.ends is not None and day > agreement.ends else "in-force"


def read_agreement(content: bytes) -> Agreement:
    """Read an agreement.

    Args:
        content: TOML; UTF-8.

    Raises:
        UnreadableError: It is not an agreement; the message says what is wrong with it.
    """
    try:
        told = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(f"it is not TOML: {error}") from error
    if unknown := sorted(told.keys() - _FIELDS):
        raise _unreadable(f"{unknown[0]} is not known")
    name = _text(told, "name")
    if not _NAME.fullmatch(name):
        raise _unreadable("name is of small letters, digits, dots and hyphens, at most 64")
    partner, senders = str(told.get("partner", "")), _texts(told, "senders")
    if partner and not re.fullmatch(r"did:[a-z0-9]+:\S{1,300}", partner):
        raise _unreadable("partner is a DID, such as did:web:customs.example")
    purposes = _texts(told, "purposes")
    if not purposes or not set(purposes) <= set(PURPOSES):
        raise _unreadable(f"purposes are some of {', '.join(PURPOSES)}")
    begins, ends = _day(told, "begins"), _day(told, "ends") if "ends" in told else None
    if ends is not None and ends < begins:
        raise _unreadable("it ends before it begins")
    levels = _levels(told.get("service_level", []))
    countries = [str(told.get(name, "")) for name in ("country", "own_country")]
    if not all(re.fullmatch(r"([A-Z]{2})?", one) for one in countries):
        raise _unreadable("country and own_country are two capital letters, such as XA")
    exchanges = _exchanges(told.get("exchanges", {}))
    if not countries[0] and exchanges.keys() & {"mirror", "private-join", "joint"}:
        raise _unreadable("records of trade and evidence are exchanged with a country, and none is named")
    least_cell = told.get("least_cell", USUAL_LEAST_CELL)
    if isinstance(least_cell, bool) or not isinstance(least_cell, int) or not _is_within(least_cell, _LEAST_CELLS):
        raise _unreadable(f"least_cell is a whole number from {_LEAST_CELLS[0]} to {_LEAST_CELLS[1]}")
    signed = _signed(told["signed"]) if "signed" in told else None
    if signed is not None and not (all(countries) and senders):
        raise _unreadable("signed messages go from one country to another: country, own_country and senders are needed")
    if "joint" in exchanges and signed is None:
        raise _unreadable("evidence is signed: the table signed has the keys of the other side")
    guest = read_scope(told["guest"]) if "guest" in told else None
    if (guest is not None) != ("guest" in exchanges):
        raise _unreadable("the table guest and the fields given to a guest (exchanges.guest) go together")
    if guest is not None and len(senders) != 1:
        raise _unreadable("a guest is one agency: senders has its one name")
    if not partner and any(one.measure == "take-over" for one in levels):
        raise _unreadable("take-over is measured of the statements of a partner, and none is named")
    if not senders and any(one.measure != "take-over" for one in levels):
        raise _unreadable("what is measured of messages needs senders, and none is named")
    return Agreement(
        name=name,
        title=_text(told, "title"),
        other=_text(told, "other"),
        partner=partner,
        senders=senders,
        purposes=purposes,
        begins=begins,
        ends=ends,
        source=_text(told, "source"),
        exchanges=exchanges,
        service_levels=levels,
        country=countries[0],
        own_country=countries[1],
        signed=signed,
        guest=guest,
        least_cell=least_cell,
    )


def _is_within(value: int, ends: tuple[int, int]) -> bool:
    return ends[0] <= value <= ends[1]


def _signed(told: Any) -> SignedWay:
    if not isinstance(told, dict):
        raise _unreadable("signed is a table")
    if unknown := sorted(told.keys() - _SIGNED_FIELDS):
        raise _unreadable(f"signed has the field {unknown[0]}, which is not known")
    keys, receipts, certificates = (_texts(told, name) for name in ("keys", "receipts", "certificates"))
    url, log, log_url = (_text(told, name) if name in told else "" for name in ("url", "log", "log_url"))
    for name, several in (("keys", keys), ("receipts", receipts), ("certificates", certificates)):
        if len(several) > _MOST_KEYS:
            raise _unreadable(f"signed has at most {_MOST_KEYS} {name}")
    if not keys:
        raise _unreadable("signed needs the keys by which the other side signs")
    if wrong := next((one for one in keys if not re.fullmatch(r"[A-Za-z0-9+/]{43}=", one)), None):
        raise _unreadable(f"{wrong[:60]!r} is not an Ed25519 public key of 32 bytes in base64")
    if wrong := next((one for one in certificates if not re.fullmatch(r"[0-9a-f]{64}", one)), None):
        raise _unreadable(f"{wrong[:80]!r} is not the SHA-256 of a certificate, 64 hexadecimal digits in small letters")
    for name, address in (("url", url), ("log_url", log_url)):
        if address and not re.fullmatch(r"https?://[^\s/?#@\\]+(/[^\s?#\\]*)?", address):
            raise _unreadable(f"{name} is an address such as https://customs.example")
    if bool(log) != bool(log_url):
        raise _unreadable("log and log_url go together")
    for name, several in (("receipts", receipts), ("log", (log,) if log else ())):
        for vkey in several:
            if vkey.count("+") < _PARTS_OF_VKEY or not vkey.isprintable():
                raise _unreadable(f"{name} has {vkey[:60]!r}, which is not a public key as `cocket ledger` shows it")
    return SignedWay(
        url=url.rstrip("/"), keys=keys, receipts=receipts, certificates=certificates, log=log, log_url=log_url
    )


def _exchanges(told: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(told, dict):
        raise _unreadable("exchanges is a table")
    found = {}
    for exchange in told:
        known = EXCHANGED.get(exchange)
        if known is None:
            raise _unreadable(f"exchange {exchange!r} is none of {', '.join(EXCHANGES)}")
        named = _texts(told, exchange)
        if unknown := sorted(set(named) - known.keys()):
            raise _unreadable(f"{exchange} has no field {unknown[0]}; it has {', '.join(known)}")
        found[exchange] = tuple(field for field, is_needed in known.items() if is_needed or field in named)
    return found


def _levels(told: Any) -> tuple[ServiceLevel, ...]:
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise _unreadable("each service level is a table [[service_level]]")
    levels = []
    for number, row in enumerate(told, start=1):
        where = f"service level {number}"
        if unknown := sorted(row.keys() - _LEVEL_FIELDS):
            raise _unreadable(f"{where} has the field {unknown[0]}, which is not known")
        measure, hours, share = row.get("measure"), row.get("hours"), row.get("share", 1.0)
        if measure not in MEASURES:
            raise _unreadable(f"{where}: measure {measure!r} is none of {', '.join(MEASURES)}")
        if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= _MOST_HOURS:
            raise _unreadable(f"{where}: hours is a number above 0, at most {_MOST_HOURS}")
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            raise _unreadable(f"{where}: share is a number above 0, at most 1")
        levels.append(ServiceLevel(measure=measure, hours=float(hours), share=float(share)))
    if len({one.measure for one in levels}) != len(levels):
        raise _unreadable("each measure stands in one service level at most")
    return tuple(levels)


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST or not value.isprintable():
        raise _unreadable(f"{name} must be words in quotes, at most {_LONGEST} characters")
    return value.strip()


def _texts(told: dict[str, Any], name: str) -> tuple[str, ...]:
    value = told.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise _unreadable(f"{name} must be a list of words in quotes")
    return tuple(dict.fromkeys(value))


def _day(told: dict[str, Any], name: str) -> date:
    value = told.get(name)
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _unreadable(f"{name} must be a day, written as 2026-12-25 without quotes")
    return value


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(f"This is not an agreement: {why}.", code="agreement")
