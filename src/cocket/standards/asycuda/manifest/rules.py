# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a manifest. Only one that cannot be told from others is refused.

Source: UNCTAD manifest XML message description; rules given to carriers with it (Bangladesh): bills are counted as
masters, gross mass is the sum of masters, packages are the sum of house bills.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from cocket.codes import EquipmentNumber
from cocket.findings import Finding, Severity
from cocket.model import BillOfLading, Manifest
from cocket.standards.asycuda.judging import Deviation, Rule, judge
from cocket.standards.asycuda.legibility import LEGIBILITY, asycuda_date_unreadable
from cocket.standards.asycuda.manifest.tally import Tally
from cocket.standards.asycuda.profiles import Profile
from cocket.standards.asycuda.sheet import Paper, Sheet
from cocket.standards.asycuda.values import plain, whole

KEY = "General_segment/General_segment_id/"
TOTALS = "General_segment/Totals_segment/"
GOODS = "Goods_segment/"

_NATURES = frozenset({"22", "23", "24", "28"})
_NAME_LENGTH, _ADDRESS_LENGTH = 35, 175
_NOT_ALLOWED = re.compile(r"[!%?\\]")
#: Most by which a stated mass may be rounded, in kg.
ROUNDING = Decimal("0.01")

#: Characters of a bill's number that the host keeps.
NUMBER_LENGTH = 17

_PARTIES = ("Carrier", "Exporter", "Notify", "Consignee")


class Cargo(msgspec.Struct, frozen=True):
    """What the rules look at.

    Attributes:
        paper: The paper, all its values in sheets.
        rows: Sheets of the bills, in the order of `document.bills` (0..n).
        document: What was read.
        profile: Habits of the country.
        tally: What all bills of the manifest add up to.
        repeated: Places in `rows` of the bills whose number another has before them (0-based, 0..n).
    """

    paper: Paper
    rows: list[Sheet]
    document: Manifest
    profile: Profile
    tally: Tally
    repeated: frozenset[int] = frozenset()

    @property
    def whole(self) -> Sheet:
        """The outermost sheet."""
        return self.paper.sheet


def manifest_key_incomplete(cargo: Cargo) -> Iterator[Deviation]:
    """The manifest lacks its office, its voyage or its day of departure, and cannot be told from others without.

    Source: key of a manifest: office, voyage, date of departure.
    """
    under = "Master_bol/" if cargo.document.kind == "degroupage" else KEY
    key = {
        "Customs_office_code": cargo.document.office.code,
        "Voyage_number": cargo.document.voyage,
        "Date_of_departure": cargo.document.departed,
    }
    for tag, value in key.items():
        if value is None:
            yield Deviation(cargo.whole, under + tag, None, cargo.whole.values.get(under + tag))


def manifest_master_missing(cargo: Cargo) -> Iterator[Deviation]:
    """The degroupage does not say which master bill it takes apart.

    Source: degroupage: reference number of the master bill.
    """
    if cargo.document.kind == "degroupage" and cargo.document.master_id is None:
        yield Deviation(cargo.whole, "Master_bol/Reference_number")


def manifest_count_not_whole(cargo: Cargo) -> Iterator[Deviation]:
    """{found} should be a whole number. It was read as not stated.

    Source: bills, packages and containers are counts.
    """
    places = [(cargo.whole, f"{TOTALS}Total_number_of_{name}") for name in ("bols", "packages", "containers")]
    for row in cargo.rows:
        places += [(row, "Bol_id/Line_number"), (row, GOODS + "Number_of_packages")]
        places += [(container, "Number_of_packages") for container in row.tables.get("ctn_segment", ())]
    for sheet, path in places:
        if path in sheet.numbers and whole(sheet.values[path]) is None:
            yield Deviation(sheet, path, None, sheet.values[path])


def manifest_bills_total(cargo: Cargo) -> Iterator[Deviation]:
    """The manifest says it has {found} bills, but has {expected}, house bills not counted.

    Source: bills counted are masters.
    """
    stated, counted = cargo.document.totals.bills, cargo.tally.outermost
    if stated is not None and stated != counted:
        yield Deviation(cargo.whole, TOTALS + "Total_number_of_bols", str(counted), str(stated))


def manifest_packages_total(cargo: Cargo) -> Iterator[Deviation]:
    """The manifest says it carries {found} packages, but its bills add up to {expected}; a master bill counts by its
    house bills.

    Source: packages are the sum of house bills.
    """
    stated = cargo.document.totals.packages
    total = None if stated is None else cargo.tally.packages()
    if total is not None and total != stated:
        yield Deviation(cargo.whole, TOTALS + "Total_number_of_packages", str(total), str(stated))


def manifest_gross_total(cargo: Cargo) -> Iterator[Deviation]:
    """The manifest says it weighs {found} kg, but its bills add up to {expected} kg, house bills not counted.

    Source: gross mass is the sum of masters.
    """
    stated, tally = cargo.document.totals.gross_mass_kg, cargo.tally
    if stated is None or not tally.masses or tally.masses != tally.outermost:
        return
    if abs(tally.gross_mass_kg - stated) > ROUNDING * tally.masses:
        yield Deviation(cargo.whole, TOTALS + "Total_gross_mass", plain(tally.gross_mass_kg), plain(stated))


def manifest_containers_total(cargo: Cargo) -> Iterator[Deviation]:
    """The manifest says it carries {found} containers, but names {expected}.

    Source: containers are counted; one that stands under several bills is one, though some writers count it again.
    """
    stated, distinct = cargo.document.totals.equipment, cargo.tally.distinct_containers
    if stated is not None and stated not in (distinct, cargo.tally.containers):
        yield Deviation(cargo.whole, TOTALS + "Total_number_of_containers", str(distinct), str(stated))


def manifest_bill_number_missing(cargo: Cargo) -> Iterator[Deviation]:
    """The bill has no number: no declaration can be found by it.

    Source: number of the transport document is mandatory.
    """
    for row, bill in _bills(cargo):
        if bill.id is None:
            yield Deviation(row, "Bol_id/Bol_reference")


def manifest_bill_repeated(cargo: Cargo) -> Iterator[Deviation]:
    """Bill number {found} stands on an earlier bill too: no declaration can tell which of them it means.

    Source: the number of a transport document, with the key of the manifest, tells it from others.
    """
    for place in sorted(cargo.repeated):
        yield Deviation(cargo.rows[place], "Bol_id/Bol_reference", None, cargo.document.bills[place].id)


def manifest_bill_number_length(cargo: Cargo) -> Iterator[Deviation]:
    """Bill number {found} is longer than the {expected} characters that the host keeps: it will be known cut.

    Source: number of the transport document, 17 characters.
    """
    for row, bill in _bills(cargo):
        if bill.id is not None and len(bill.id) > NUMBER_LENGTH:
            yield Deviation(row, "Bol_id/Bol_reference", str(NUMBER_LENGTH), bill.id)


def manifest_bill_nature(cargo: Cargo) -> Iterator[Deviation]:
    """{found} is no nature of a bill: 22 is export, 23 import, 24 transit, 28 transhipment.

    Source: nature of the transport document.
    """
    for row, bill in _bills(cargo):
        if bill.nature_code is not None and bill.nature_code not in _NATURES:
            yield Deviation(row, "Bol_id/Bol_nature", None, bill.nature_code)


def manifest_bill_containers(cargo: Cargo) -> Iterator[Deviation]:
    """The bill says it has {found} containers, but names {expected}.

    Source: number of containers for this bill.
    """
    path = GOODS + "Num_of_ctn_for_this_bol"
    for row, bill in _bills(cargo):
        stated = row.numbers.get(path)
        if stated is not None and stated != len(bill.equipment):
            yield Deviation(row, path, str(len(bill.equipment)), plain(stated))


def manifest_container_check_digit(cargo: Cargo) -> Iterator[Deviation]:
    """The last digit of container number {found} should be {expected}: there is a slip in the number.

    Source: ISO 6346:2022, annex A.
    """
    for row in cargo.rows:
        for container in row.tables.get("ctn_segment", ()):
            text = container.values.get("Ctn_reference", "")
            parsed = EquipmentNumber.parse(text)
            if parsed is not None and not parsed.check_digit_ok:
                yield Deviation(container, "Ctn_reference", str(parsed.expected_check_digit), text)


def manifest_name_length(cargo: Cargo) -> Iterator[Deviation]:
    """{found} is longer than the {expected} characters that the host keeps.

    Source: names have at most 35 characters, addresses 175.
    """
    for row, path, text in _parties(cargo):
        longest = _NAME_LENGTH if path.endswith("_name") else _ADDRESS_LENGTH
        if len(text.strip()) > longest:
            yield Deviation(row, path, str(longest), text)


def manifest_characters(cargo: Cargo) -> Iterator[Deviation]:
    """{found} has a character that the host does not take: neither ! % ? nor a backslash may stand in a name or address.

    Source: rules given to carriers (Bangladesh).
    """
    for row, path, text in _parties(cargo):
        if _NOT_ALLOWED.search(text):
            yield Deviation(row, path, None, text)


def _bills(cargo: Cargo) -> Iterator[tuple[Sheet, BillOfLading]]:
    return zip(cargo.rows, cargo.document.bills, strict=True)


def _parties(cargo: Cargo) -> Iterator[tuple[Sheet, str, str]]:
    for row in cargo.rows:
        for role in _PARTIES:
            for part in ("name", "address"):
                path = f"Traders_segment/{role}/{role}_{part}"
                if text := row.values.get(path):
                    yield row, path, text


#: A manifest is known by its day of departure, and a day that is none refuses it as one that is missing does.
_LEGIBILITY: tuple[tuple[Rule, Severity], ...] = tuple(
    (rule, "error" if rule is asycuda_date_unreadable else severity) for rule, severity in LEGIBILITY
)

#: Every rule with its severity, in the order in which findings are told.
RULES: tuple[tuple[Rule, Severity], ...] = (
    (manifest_key_incomplete, "error"),
    (manifest_master_missing, "error"),
    *_LEGIBILITY,
    (manifest_count_not_whole, "warning"),
    (manifest_bills_total, "warning"),
    (manifest_packages_total, "warning"),
    (manifest_gross_total, "warning"),
    (manifest_containers_total, "warning"),
    (manifest_bill_number_missing, "error"),
    (manifest_bill_repeated, "warning"),
    (manifest_bill_number_length, "info"),
    (manifest_bill_nature, "warning"),
    (manifest_bill_containers, "warning"),
    (manifest_container_check_digit, "warning"),
    (manifest_name_length, "info"),
    (manifest_characters, "info"),
)

#: The rules that ask for all bills at once, by their tally.
_OF_THE_WHOLE = (
    manifest_key_incomplete,
    manifest_master_missing,
    manifest_bills_total,
    manifest_packages_total,
    manifest_gross_total,
    manifest_containers_total,
)
_OF_A_BILL = tuple((rule, severity) for rule, severity in RULES if rule not in _OF_THE_WHOLE)

#: WCO pointers are of declarations; the published structure read here has no manifest.
_POINTERS: dict[str, str] = {}


def check(cargo: Cargo) -> Iterator[Finding]:
    """Check one manifest by all rules. With no rows, its head and totals are checked, against a tally made before.

    Source: each rule's own.
    """
    return judge(RULES, cargo, cargo.paper, _POINTERS)


def check_bill(cargo: Cargo) -> Iterator[Finding]:
    """Check one bill that stands in a manifest, apart from it.

    Args:
        cargo: A manifest with this one bill and no head.

    Source: each rule's own.
    """
    return judge(_OF_A_BILL, cargo, cargo.paper, _POINTERS)
