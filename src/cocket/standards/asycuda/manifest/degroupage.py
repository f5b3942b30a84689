# SPDX-License-Identifier: Apache-2.0
"""What a manifest and the degroupage of one of its bills have to say alike, and when a manifest has to be there.

Source: rules given to carriers (Bangladesh): packages and gross mass of a degroupage equal the master's; a manifest is
handed in 24 hours before arrival.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal

import msgspec

from cocket.findings import Finding, Severity
from cocket.model import BillOfLading, Manifest
from cocket.standards.asycuda.judging import code_of, text_of
from cocket.standards.asycuda.manifest.rules import NUMBER_LENGTH, ROUNDING
from cocket.standards.asycuda.values import plain

_SHOWN = 200
_ROOT = "/Awbolds[1]/"
_MASTER = _ROOT + "Master_bol[1]/"
_CLOCK = "%H:%M"


class _Pair(msgspec.Struct, frozen=True):
    """A manifest, the degroupage, and the bill that it takes apart; None if the manifest has none of that number."""

    manifest: Manifest
    degroupage: Manifest
    master: BillOfLading | None


class _Difference(msgspec.Struct, frozen=True):
    """Where in the degroupage, what the manifest says and what the degroupage says."""

    location: str
    expected: str | None = None
    found: str | None = None


def degroupage_manifest_differs(pair: _Pair) -> Iterator[_Difference]:
    """The degroupage is of {found}, the manifest of {expected}: they are not of the same voyage.

    Source: office, voyage and day of departure of the master bill are those of its manifest.
    """
    two = pair.manifest, pair.degroupage
    key = {
        "Customs_office_code": [paper.office.code for paper in two],
        "Voyage_number": [paper.voyage for paper in two],
        "Date_of_departure": [paper.departed.isoformat() if paper.departed else None for paper in two],
    }
    for tag, (expected, found) in key.items():
        if expected is not None and found is not None and expected.upper() != found.upper():
            yield _Difference(f"{_MASTER}{tag}[1]", expected, found)


def degroupage_master_unknown(pair: _Pair) -> Iterator[_Difference]:
    """The manifest has no bill {found} that could be taken apart.

    Source: reference number of the master bill.
    """
    if pair.master is None:
        yield _Difference(_MASTER + "Reference_number[1]", None, pair.degroupage.master_id)


def degroupage_packages(pair: _Pair) -> Iterator[_Difference]:
    """The house bills have {found} packages, their master {expected}.

    Source: packages of a degroupage equal the master's.
    """
    if pair.master is None or not pair.degroupage.bills:
        return
    counts = [_packages(bill) for bill in pair.degroupage.bills]
    total, stated = sum(count for count in counts if count is not None), _packages(pair.master)
    if stated is not None and None not in counts and total != stated:
        yield _Difference(_ROOT + "Bol_segment[1]/Goods_segment[1]/Number_of_packages[1]", str(stated), str(total))


def degroupage_gross(pair: _Pair) -> Iterator[_Difference]:
    """The house bills weigh {found} kg, their master {expected} kg.

    Source: gross mass of a degroupage equals the master's; each mass may be rounded.
    """
    if pair.master is None or not pair.degroupage.bills:
        return
    masses = [bill.gross_mass_kg for bill in pair.degroupage.bills]
    total, stated = sum((mass for mass in masses if mass is not None), Decimal(0)), pair.master.gross_mass_kg
    if stated is not None and None not in masses and abs(total - stated) > ROUNDING * len(masses):
        yield _Difference(_ROOT + "Bol_segment[1]/Goods_segment[1]/Gross_mass[1]", plain(stated), plain(total))


def degroupage_house_repeated(pair: _Pair) -> Iterator[_Difference]:
    """House bill number {found} is not the only one of its kind: it stands twice, or on a bill of the manifest that is
    not this master's.

    Source: the number of a transport document, with the key of the manifest, tells it from others.
    """
    own = same_number(pair.degroupage.master_id)
    others = pair.manifest.bills if pair.master is not None else ()
    taken = {same_number(bill.id) for bill in others if same_number(bill.master_id) != own}
    for place, bill in enumerate(pair.degroupage.bills, 1):
        number = same_number(bill.id)
        if number is not None and number in taken:
            yield _Difference(f"{_ROOT}Bol_segment[{place}]/Bol_id[1]/Bol_reference[1]", None, bill.id)
        taken.add(number)


#: Every rule with its severity, in the order in which findings are told.
RULES: tuple[tuple[Callable[[_Pair], Iterator[_Difference]], Severity], ...] = (
    (degroupage_manifest_differs, "error"),
    (degroupage_master_unknown, "error"),
    (degroupage_packages, "error"),
    (degroupage_gross, "error"),
    (degroupage_house_repeated, "error"),
)


def check_degroupage(manifest: Manifest, degroupage: Manifest) -> tuple[Finding, ...]:
    """Compare a degroupage with the manifest that has its master bill.

    Args:
        manifest: The manifest.
        degroupage: The degroupage; its `master_id` names the bill.

    Returns:
        Findings (0..n), located in the degroupage; what either does not say is not judged.

    Source: rules given to carriers (Bangladesh); UNCTAD manifest XML message description, degroupage.
    """
    pair = _Pair(manifest, degroupage, _master(manifest, degroupage.master_id))
    return tuple(
        Finding(
            code=code_of(rule),
            severity=severity,
            message=text_of(rule),
            location=difference.location,
            expected=difference.expected,
            found=None if difference.found is None else difference.found[:_SHOWN],
        )
        for rule, severity in RULES
        for difference in rule(pair)
    )


def check_notice(manifest: Manifest, received: datetime, hours: int = 24) -> tuple[Finding, ...]:
    """Whether a manifest was handed in long enough before arrival.

    Args:
        manifest: The manifest; its arrival is local time of the office.
        received: When it was handed in, in local time of the office; an offset is not looked at.
        hours: Notice that the office asks for.

    Returns:
        One finding, or none; none too where the day of arrival is not stated. Without a time the end of the day counts.

    Source: rules given to carriers (Bangladesh): 24 hours before arrival.
    """
    if manifest.arrives is None:
        return ()
    arrives = datetime.combine(manifest.arrives, _time(manifest.arrival_time) or time.max)
    latest = arrives - timedelta(hours=hours)
    if received.replace(tzinfo=None) <= latest:
        return ()
    finding = Finding(
        code="manifest-late",
        severity="warning",
        message="submitted at {found}, which is less than {hours} hours before arrival: {expected} was the deadline",
        location="/Awmds[1]/General_segment[1]/General_segment_id[1]/Date_of_arrival[1]",
        expected=latest.isoformat(" ", "minutes"),
        found=received.isoformat(" ", "minutes"),
        arguments={"hours": str(hours)},
    )
    return (finding,)


def same_number(number: str | None) -> str | None:
    """A transport document number in the form in which two writers' can be compared.

    Args:
        number: As written; None where it is not stated.

    Returns:
        Letters and digits in capitals, cut to what the host keeps.

    Source: number of the transport document, 17 characters: longer ones are cut.
    """
    if number is None:
        return None
    return "".join(filter(str.isalnum, number[:NUMBER_LENGTH])).upper() or None


def _master(manifest: Manifest, number: str | None) -> BillOfLading | None:
    wanted = same_number(number)
    alike = (bill for bill in manifest.bills if wanted is not None and same_number(bill.id) == wanted)
    return next((bill for bill in alike if bill.level != "house"), None)


def _packages(bill: BillOfLading) -> int | None:
    return bill.packaging[0].quantity if bill.packaging else None


def _time(text: str | None) -> time | None:
    try:
        return datetime.strptime((text or "").strip()[:5], _CLOCK).time()  # noqa: DTZ007 - local time of the office
    except ValueError:
        return None
