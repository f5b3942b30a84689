# SPDX-License-Identifier: Apache-2.0
"""The standing of a trader: who holds which authorisation, for what, where, from when to when, and whether it holds today.

A standing speaks for the trader's own goods alone: it is looked up by the trader's number, never by a name, and a broker's
standing says nothing about his client's goods.
Source: WTO Trade Facilitation Agreement, article 7.7 (authorized operators); WCO SAFE Framework, pillar 2, and its AEO
conditions; Revised Kyoto Convention, General Annex, transitional standard 3.32 (authorized persons).
"""

from __future__ import annotations

import csv
import inspect
import io
import math
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Literal, get_args

import msgspec

from cocket.errors import SenderError, UnreadableError
from cocket.findings import Finding
from cocket.model import Declaration, Party
from cocket.risk import Reason

Scope = Literal["import", "export", "simplified", "security"]
Status = Literal["valid", "suspended", "withdrawn"]

SCOPES: tuple[Scope, ...] = get_args(Scope)

_MARKS = re.compile(r"[\W_]+")
_NEEDED = ("number", "trader", "scheme", "scopes", "valid_from")
_COLUMNS = (*_NEEDED, "offices", "valid_to", "status")


class Suspension(msgspec.Struct, frozen=True, kw_only=True):
    """That a standing was suspended here, whatever its register says.

    Attributes:
        at: From when, UTC.
        by: Who did it.
        reason: Why, in words.
    """

    at: datetime
    by: str
    reason: str


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One authorisation of one trader.

    Attributes:
        scheme: Programme, as its register calls it, such as `AEO-C` or the name of a partner's programme.
        number: Number of the authorisation, unique within its scheme.
        trader: Number of its holder with customs, upper case letters and digits.
        scopes: What it covers (1..n): `import` and `export` of the holder's own goods, `simplified` where he declares them
            himself, `security` for cargo reports and transit.
        offices: Offices at which it counts (0..n); none means the whole country.
        valid_from: First day.
        valid_to: Last day; None where no end is set.
        status: What the register says of it.
        suspension: That it was suspended here; None if it was not. A register taken in again does not lift it.
        source: Where it comes from.
        status_reason: Why it does not hold, as its source says it; None where that says nothing.
    """

    scheme: str
    number: str
    trader: str
    scopes: tuple[Scope, ...]
    offices: tuple[str, ...] = ()
    valid_from: date
    valid_to: date | None = None
    status: Status = "valid"
    suspension: Suspension | None = None
    source: str = "register"
    status_reason: str | None = None

    @property
    def name(self) -> str:
        """Scheme and number, by which it is found."""
        return f"{self.scheme}/{self.number}"

    @property
    def standing_now(self) -> Status:
        """What counts: suspended as soon as either the register or an officer here says so."""
        return "suspended" if self.status == "valid" and self.suspension else self.status

    def is_valid(self, day: date) -> bool:
        """Whether it holds on a day. A suspension or withdrawal counts at once, for days before it too."""
        is_in_time = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        return is_in_time and self.standing_now == "valid"


class Parties(msgspec.Struct, frozen=True, kw_only=True):
    """Who a declaration says is behind it, by number alone.

    Attributes:
        flow: What the declaration is for.
        office: Customs office; None where not stated.
        importer: Number of the importer, else consignee; None where the first one named has none.
        exporter: Number of the exporter, else consignor; likewise.
        declarant: Number of who declares; likewise.
    """

    flow: str
    office: str | None = None
    importer: str | None = None
    exporter: str | None = None
    declarant: str | None = None

    @property
    def numbers(self) -> frozenset[str]:
        """Every number named (0..3)."""
        return frozenset(filter(None, (self.importer, self.exporter, self.declarant)))


def parties_of(declaration: Declaration) -> Parties:
    """The parties of a declaration, as far as a standing may be theirs."""
    shipment = declaration.shipment
    return Parties(
        flow=declaration.flow,
        office=declaration.office.code,
        importer=_number(shipment.importer, shipment.consignee),
        exporter=_number(shipment.exporter, shipment.consignor),
        declarant=_number(declaration.declarant, declaration.agent),
    )


def trader_number(text: str) -> str:
    """A trader's number as numbers are compared: upper case letters and digits."""
    return _MARKS.sub("", text).upper()


def standing_of(standings: Iterable[Standing], parties: Parties, day: date) -> Standing | None:
    """The standing that speaks for a consignment.

    Args:
        standings: Those of its parties (0..n).
        parties: Who is behind it.
        day: The working day on which it was declared.

    Returns:
        The first by name that is valid on the day and covers it; None if none does.
    """
    covering = [one for one in standings if one.is_valid(day) and _covers(one, parties)]
    return min(covering, key=lambda one: one.name, default=None)


def trusted_trader(standing: Standing, score: float, factor: float) -> Reason:
    """The trader holds {standing}, valid on that day: the score of {before} % was counted as {after} %.

    It lowers what the score alone would ask for. Chance and rules that ask for an examination whatever the score do not
    heed it, and a lane given before stays.

    Args:
        standing: What weighed.
        score: The score as assessed (0–1).
        factor: What it was multiplied by (0–1).

    Returns:
        The reason, with its weight in log-odds, which is never above zero; None for a score at an end of the scale.

    Source: WTO Trade Facilitation Agreement, article 7.7.3 (low rate of physical inspections and examinations).
    """
    weighed = score * factor
    return Reason(
        code="trusted-trader",
        message=_first_paragraph(trusted_trader.__doc__),
        arguments={
            "standing": f"{standing.scheme} {standing.number}",
            "before": f"{100 * score:.1f}",
            "after": f"{100 * weighed:.1f}",
        },
        weight=_log_odds(weighed) - _log_odds(score) if weighed > 0 and score < 1 else None,
        source="WTO Trade Facilitation Agreement, article 7.7.3",
    )


def suspend(standing: Standing, at: datetime, by: str, reason: str) -> Standing:
    """The same standing, suspended here.

    Raises:
        SenderError: It is suspended here already, or no reason is given.
    """
    if standing.suspension is not None:
        raise SenderError(f"{standing.name} is already suspended.", code="standing-suspended")
    if not reason.strip():
        raise SenderError("Give the reason for the suspension.", code="standing-reason")
    return msgspec.structs.replace(standing, suspension=Suspension(at=at, by=by, reason=reason.strip()))


def restore(standing: Standing) -> Standing:
    """The same standing, no longer suspended here.

    Raises:
        SenderError: It is not suspended here; what a register suspended, the register restores.
    """
    if standing.suspension is None:
        raise SenderError(f"{standing.name} is not suspended.", code="standing-not-suspended")
    return msgspec.structs.replace(standing, suspension=None)


def read_register(data: bytes) -> tuple[tuple[Standing, ...], tuple[Finding, ...]]:
    """Read an administration's register of authorised traders.

    Args:
        data: CSV in UTF-8 with a header, parted by commas or semicolons: `number`, `trader`, `scheme`, `scopes`,
            `valid_from`, and where wanted `offices`, `valid_to`, `status`. Scopes and offices are parted by blanks; days
            are ISO 8601; no status means valid.

    Returns:
        Standings in the order of the register, and findings (0..n), each with the line it is about. A line with an error
        gives no standing; so does a second line on the same standing.

    Raises:
        UnreadableError: It is no such table.
    """
    try:
        text = data.decode("utf-8-sig")
        header = text.partition("\n")[0]
        rows = list(
            csv.reader(io.StringIO(text), delimiter=";" if header.count(";") > header.count(",") else ",", strict=True)
        )
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableError(f"The register cannot be read: {error}.", code="register-unreadable") from error
    names = [name.strip().lower() for name in rows[0]] if rows else []
    if missing := [name for name in _NEEDED if name not in names]:
        raise UnreadableError(
            f"The register has no column {missing[0]}.", expected=", ".join(_NEEDED), found=", ".join(names)
        )
    findings = [
        _finding("register-column", "the column {found} is not known and was ignored", 1, name, severity="warning")
        for name in names
        if name not in _COLUMNS
    ]
    standings: dict[str, Standing] = {}
    for line, cells in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in cells):
            row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
            problems = list(_problems(row, len(cells) - len(names), line))
            standing = _standing(row) if not problems else None
            if standing and standing.name in standings:
                problems = [_finding("register-twice", "{found} appears twice in the register", line, standing.name)]
            elif standing:
                standings[standing.name] = standing
            findings += problems
    return tuple(standings.values()), tuple(findings)


def _covers(standing: Standing, parties: Parties) -> bool:
    if standing.offices and parties.office not in standing.offices:
        return False
    owner = {"import": parties.importer, "export": parties.exporter}.get(parties.flow)
    is_own = owner == standing.trader
    covered = {
        "import": parties.flow == "import" and is_own,
        "export": parties.flow == "export" and is_own,
        "simplified": is_own and parties.declarant == standing.trader,
        "security": parties.flow in ("cargo-report", "transit")
        and standing.trader in (parties.importer, parties.exporter),
    }
    return any(covered[scope] for scope in standing.scopes)


def _number(*candidates: Party | None) -> str | None:
    """The number of the first party named; a party without a number has no standing, whoever stands behind it."""
    first = next((party for party in candidates if party and (party.id or party.name)), None)
    return trader_number(first.id) or None if first and first.id else None


def _problems(row: dict[str, str], surplus: int, line: int) -> Iterator[Finding]:
    if surplus > 0:
        yield _finding("register-cells", "the line has {found} more cells than the header", line, str(surplus))
    for name in _NEEDED:
        if not row.get(name):
            yield _finding("register-absent", "{column} is not stated", line, None, column=name)
    for name in ("valid_from", "valid_to"):
        if row.get(name) and _day(row[name]) is None:
            yield _finding("register-day", "{column} is not a date: {found}", line, row[name], column=name)
    for scope in sorted(set(row.get("scopes", "").lower().split()) - set(SCOPES)):
        yield _finding("register-scope", "unknown scope {found}", line, scope)
    if row.get("status") and row["status"].lower() not in get_args(Status):
        yield _finding("register-status", "unknown status {found}", line, row["status"])
    first, last = _day(row.get("valid_from")), _day(row.get("valid_to"))
    if first and last and last < first:
        yield _finding("register-order", "it ends on {found}, before it begins", line, last.isoformat())
    if row.get("trader") and not trader_number(row["trader"]):
        yield _finding("register-trader", "{found} is not a trader number", line, row["trader"])


def _standing(row: dict[str, str]) -> Standing:
    return msgspec.convert(
        {
            "scheme": row["scheme"],
            "number": row["number"],
            "trader": trader_number(row["trader"]),
            "scopes": sorted(set(row["scopes"].lower().split())),
            "offices": sorted(set(row.get("offices", "").upper().split())),
            "valid_from": row["valid_from"],
            "valid_to": row.get("valid_to") or None,
            "status": (row.get("status") or "valid").lower(),
        },
        Standing,
    )


def _day(text: str | None) -> date | None:
    try:
        return msgspec.convert(text, date) if text else None
    except msgspec.ValidationError:
        return None


def _finding(
    code: str,
    message: str,
    line: int,
    found: str | None,
    severity: Literal["error", "warning"] = "error",
    **arguments: str,
) -> Finding:
    place = f"line {line}"
    return Finding(
        code=code, severity=severity, message=message, location=place, found=found and found[:200], arguments=arguments
    )


def _first_paragraph(text: str | None) -> str:
    return " ".join(inspect.cleandoc(text or "").split("\n\n", 1)[0].split()).removesuffix(".")


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))
