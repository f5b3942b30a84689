# SPDX-License-Identifier: Apache-2.0
"""What the law and the administration set for the whole instance, put in force by page: the tariff, exchange rates, the permit
matrix, editions of code lists, and places and calendars of offices.

Each is a file of the home folder, as the commands write it, so that a backup has it and every role of this machine reads it
when it changes. The file that was sent is sealed with the proposal; what is put in force has its digest in the sealed record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from cocket.codes import CodeList, read_codebook
from cocket.codes.codebook import SUFFIX
from cocket.codes.importing import Imported, Source, Wanted, import_list
from cocket.control import Office, office_of, write_offices
from cocket.errors import SenderError, SettingsError, StoreError, UnreadableError
from cocket.findings import Finding, render
from cocket.governance import Context, Principal, Resource
from cocket.governance.proposals import Proposal
from cocket.measures.permits import read_matrix
from cocket.measures.tariff import Calculator, Rates, load_tariff, read_rates, write_tariff
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.examination_policy import offices_of, policy_of
from cocket.pipeline.base.proposals import MakeKey
from cocket.pipeline.base.tariff import calculator_of
from cocket.pipeline.base.whole_files import write_whole
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.second_person import Given, SecondPerson
from cocket.settings import Settings
from cocket.stores.base.database import Connection

LawFile = Literal["tariff", "rates", "permit-matrix"]

LAW_FILES: Final[tuple[LawFile, ...]] = ("tariff", "rates", "permit-matrix")

Made = TypeVar("Made")

_MOST_SHOWN: Final = 20


class FileState(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the law as it is in force.

    Attributes:
        kind: Which.
        fields: What it holds, by name (0..n): `tariff`, `edition`, `currency`, `count` of a tariff; `currency`, `first`, `last`,
            `count` of rates; `count` of a permit matrix. Empty where there is none.
        changed: When it was put in force, UTC; None where there is none.
        problem: Why it cannot be read, in words; empty where it can.
    """

    kind: LawFile
    fields: dict[str, str] = {}
    changed: datetime | None = None
    problem: str = ""


class EditionView(msgspec.Struct, frozen=True, kw_only=True):
    """An edition of a code list: its list, name, days in force (None for no bound), codes (count), whether it is known to be a
    part of the list only, and whether it was imported; else it comes with the package.
    """

    list: str
    edition: str
    valid_from: date | None
    valid_to: date | None
    codes: int
    is_subset: bool
    is_imported: bool


class OfficeView(msgspec.Struct, frozen=True, kw_only=True):
    """A customs office.

    Attributes:
        code: Its code.
        red_per_day: Examinations it can do a day (count).
        yellow_per_day: Document checks it can do a day (count).
        random_reserve: Of the examinations, those kept for chance (count).
        order_hours: Hours within which an order is to be dealt with there; 0 for no end.
        set: What is set for it by page; None where nothing is.
        is_in_file: Whether `control.toml` has terms of its own for it, which stand above what is set by page.
        is_open: Whether it is open today.
    """

    code: str
    red_per_day: int
    yellow_per_day: int
    random_reserve: int
    order_hours: float
    set: Office | None
    is_in_file: bool
    is_open: bool


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file: the act, and what its reader says of places left out (0..n)."""

    given: Given
    findings: tuple[Finding, ...] = ()


class FileDeed(Service):
    """Putting files of the instance in force; a `Deed`."""

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may set what holds for the whole instance."""
        self._access.require(principal, "instance:set", Resource(), context)

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """SHA-256 of the file in force, `none` without one; of an office, what is set for it."""
        if wanted.kind == "office":
            known = offices_of(self._stores.settings).of(wanted.subject)
            return {"set": "no"} if known is None else {"set": "yes", **_fields_of(known)}
        is_edition = wanted.kind in ("codes", "codes-removed")
        path = self._edition(wanted) if is_edition else _path(self._stores.settings, wanted.kind)
        try:
            return {"sha256": sha256(path.read_bytes()).hexdigest()}
        except FileNotFoundError:
            return {"sha256": "none"}
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}.") from error

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse an office that the file `control.toml` sets, values that do not hold, and what is there no more."""
        if wanted.kind == "office":
            book = policy_of(self._stores.settings)
            if any(one.office == wanted.subject for one in book.others):
                raise SenderError(
                    "The file control.toml sets the places of this office, and stands above this page. Change it there.",
                    code="office-in-file",
                )
            _as_sender(lambda: office_of(wanted.after, wanted.subject))
        if wanted.kind == "codes-removed" and not self._edition(wanted).exists():
            raise SenderError("There is no such imported edition.", code="edition-unknown")

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Put it in force. What was done before a crash is done again the same; None, since no secret is made."""
        settings = self._stores.settings
        if wanted.kind == "office":
            book = offices_of(settings).with_office(_as_sender(lambda: office_of(wanted.after, wanted.subject)))
            write_whole(settings.offices_file, write_offices(book))
        elif wanted.kind == "codes-removed":
            _remove(self._edition(wanted))
        elif wanted.kind == "codes" and content is not None:
            write_whole(self._edition(wanted), content)
        elif content is not None:
            write_whole(_path(settings, wanted.kind), content)
        return None

    def _edition(self, wanted: Proposal) -> Path:
        return self._stores.settings.codes_folder / wanted.subject / f"{wanted.after['edition']}{SUFFIX}"


class InstanceFiles(Service):
    """What is in force, and changing it.

    Args:
        stores: The stores of this process.
        second: Keeps acts waiting that need a second person.
    """

    def __init__(self, stores: Stores, second: SecondPerson) -> None:
        super().__init__(stores)
        self._second = second

    def law(self, principal: Principal) -> tuple[FileState, ...]:
        """The tariff, exchange rates and permit matrix as they are in force.

        Raises:
            PolicyError: The principal may not see settings.
        """
        self._access.require(principal, "settings:read", Resource())
        return tuple(self._state(kind) for kind in LAW_FILES)

    def put_law(self, principal: Principal, kind: LawFile, name: str, content: bytes) -> Put:
        """Put a file in force, or propose it.

        Args:
            principal: Who does it.
            kind: Which.
            name: Of the file, as uploaded.
            content: A tariff in any form that one file has, as `cocket measures import` reads it; rates as CSV or JSON; a
                permit matrix as TOML.

        Raises:
            PolicyError: The principal may not.
            SenderError: It cannot be read; nothing is changed.
        """
        self._access.require(principal, "instance:set", Resource())
        fields, kept, findings = _as_sender(lambda: self._read(kind, content))
        wanted = Proposal(kind=kind, subject=kind, title=name[:200] or kind, after=fields)
        return Put(given=self._second.propose(principal, wanted, _no_key, (name, kept)), findings=findings)

    def editions(self, principal: Principal) -> tuple[EditionView, ...]:
        """Editions of code lists at hand, by list and day (0..n).

        Raises:
            PolicyError: The principal may not see settings.
        """
        self._access.require(principal, "settings:read", Resource())
        folder = self._stores.settings.codes_folder
        book = read_codebook(folder)
        return tuple(_edition_view(one, folder) for name in book.lists for one in book.editions(name))

    def put_edition(self, principal: Principal, wanted: Wanted, name: str, content: bytes) -> tuple[Put, Imported]:
        """Put an edition of a code list in force, or propose it.

        Args:
            principal: Who does it.
            wanted: List, edition and first day.
            name: Of the file, as uploaded.
            content: A file as its publisher gives it, packed or not.

        Raises:
            PolicyError: The principal may not.
            SenderError: It cannot be imported; nothing is changed.
        """
        self._access.require(principal, "instance:set", Resource())
        imported = import_list(wanted, [Source(name, content)])
        edition = imported.edition
        proposal = Proposal(
            kind="codes",
            subject=edition.list,
            after={"edition": edition.edition, "count": str(edition.count)},
        )
        given = self._second.propose(principal, proposal, _no_key, (name, imported.kept))
        return Put(given=given, findings=imported.findings), imported

    def remove_edition(self, principal: Principal, name: str, edition: str) -> Given:
        """Remove an imported edition of a code list, or propose it; those of the package stay.

        Raises:
            PolicyError: The principal may not.
            SenderError: There is no such imported edition.
        """
        self._access.require(principal, "instance:set", Resource())
        known = [one for one in self.editions(principal) if one.is_imported]
        if not any((one.list, one.edition) == (name, edition) for one in known):
            raise SenderError("There is no such imported edition.", code="edition-unknown")
        wanted = Proposal(kind="codes-removed", subject=name, after={"edition": edition})
        return self._second.propose(principal, wanted, _no_key)

    def offices(self, principal: Principal) -> tuple[OfficeView, ...]:
        """Offices that have consignments, terms or a calendar, by code (0..n).

        Raises:
            PolicyError: The principal may not see settings.
        """
        self._access.require(principal, "settings:read", Resource())
        book = policy_of(self._stores.settings)
        in_file = {one.office for one in book.others if one.office}
        with self._stores.database.transaction() as connection:
            seen = self._stores.consignments.offices(connection)
        codes = {*seen, *in_file, *(one.code for one in book.offices.offices)}
        today = datetime.now(UTC).date()
        views = []
        for code in sorted(filter(None, codes)):
            terms, known = book.terms(code, None)[1], book.offices.of(code)
            views.append(
                OfficeView(
                    code=code,
                    red_per_day=terms.red_per_day,
                    yellow_per_day=terms.yellow_per_day,
                    random_reserve=terms.random_reserve,
                    order_hours=terms.order_hours,
                    set=known,
                    is_in_file=code in in_file,
                    is_open=known is None or known.is_open(today),
                )
            )
        return tuple(views)

    def set_office(self, principal: Principal, code: str, fields: Mapping[str, str]) -> Given:
        """Set places and calendar of an office, or propose it.

        Args:
            principal: Who does it.
            code: The office.
            fields: As `cocket.control.office_of` takes them.

        Raises:
            PolicyError: The principal may not.
            SenderError: A field is not of its kind, or the file `control.toml` sets this office.
        """
        self._access.require(principal, "instance:set", Resource())
        office = _as_sender(lambda: office_of(fields, code))
        wanted = Proposal(kind="office", subject=office.code, after=_fields_of(office))
        return self._second.propose(principal, wanted, _no_key)

    def _state(self, kind: LawFile) -> FileState:
        path = _path(self._stores.settings, kind)
        try:
            changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            fields, _, _ = self._read(kind, path.read_bytes())
        except FileNotFoundError:
            return FileState(kind=kind)
        except OSError as error:
            return FileState(kind=kind, problem=f"{path.name} cannot be read: {error.strerror}.")
        except (SenderError, SettingsError, UnreadableError) as error:
            return FileState(kind=kind, changed=changed, problem=str(error))
        return FileState(kind=kind, fields=fields, changed=changed)

    def _read(self, kind: LawFile, content: bytes) -> tuple[dict[str, str], bytes, tuple[Finding, ...]]:
        """What a file holds, the bytes to be put in force, and what is to be said of it."""
        if kind == "tariff":
            loaded = load_tariff([("", content)])
            tariff = loaded.tariff
            Calculator(tariff)
            count = str(sum(map(len, tariff.measures.values())))
            fields = {"tariff": tariff.name, "edition": tariff.edition, "currency": tariff.currency, "count": count}
            return fields, write_tariff(tariff), loaded.findings
        if kind == "rates":
            calculator = calculator_of(self._stores.settings)
            if calculator is None:
                raise SenderError("Put a tariff in force first: rates are towards its currency.", code="no-tariff")
            told = read_rates(content, calculator.tariff.currency)
            if not told:
                raise SenderError("There is no exchange rate in this file.", code="rates-none")
            days = sorted(day for _, day, _ in told)
            currencies = ", ".join(sorted({currency for currency, _, _ in told}))
            fields = {"currency": currencies, "first": str(days[0]), "last": str(days[-1]), "count": str(len(told))}
            return fields, content, tuple(Rates(calculator.tariff.currency, told).findings)
        matrix, findings = read_matrix(content, "toml")
        if wrong := [render(one) for one in findings if one.severity == "error"]:
            raise SenderError(f"This is not a permit matrix: {'; '.join(wrong[:_MOST_SHOWN])}", code="matrix")
        return {"count": str(len(matrix.requirements))}, content, findings


def _path(settings: Settings, kind: str) -> Path:
    paths = {"tariff": settings.tariff_file, "rates": settings.rates_file, "permit-matrix": settings.permit_matrix_file}
    return paths[kind]


def _fields_of(office: Office) -> dict[str, str]:
    """Places and calendar of an office as `cocket.control.office_of` takes them."""
    counts = ("red_per_day", "yellow_per_day", "random_reserve", "order_hours")
    kept = {name: "" if (value := getattr(office, name)) is None else str(value) for name in counts}
    kept["weekdays"] = "".join(map(str, office.weekdays))
    kept["holidays"] = " ".join(day.isoformat() for day in office.holidays)
    kept["hours"] = office.hours
    return kept


def _no_key(name: str) -> str:
    raise SettingsError("No key is made here.")


def _as_sender(make: Callable[[], Made]) -> Made:
    """What a reader makes of a file or a form; what stands against it is a fault of whoever sent it.

    Raises:
        SenderError: Something stands against it.
    """
    try:
        return make()
    except (SettingsError, UnreadableError) as error:
        raise SenderError(error.message, code=error.code, hint=error.hint) from error


def _edition_view(one: CodeList, folder: Path) -> EditionView:
    head = one.edition
    return EditionView(
        list=head.list,
        edition=head.edition,
        valid_from=head.valid_from,
        valid_to=head.valid_to,
        codes=head.count,
        is_subset=head.is_subset,
        is_imported=(folder / head.list / f"{head.edition}{SUFFIX}").exists(),
    )


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path} cannot be removed: {error.strerror}.") from error
