# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a release order. Only one that releases nothing is refused.

Source: UNCTAD Customs Release Order XML message description 4.2.2, as far as it is known.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cocket.codes import EquipmentNumber
from cocket.findings import Finding, Severity
from cocket.standards.asycuda.judging import Deviation, Rule, judge
from cocket.standards.asycuda.legibility import LEGIBILITY
from cocket.standards.asycuda.profiles import Profile, ReleaseTags
from cocket.standards.asycuda.sheet import Paper, Sheet


class Order(msgspec.Struct, frozen=True):
    """What the rules look at.

    Attributes:
        paper: The paper, all its values in sheets.
        profile: Habits of the country.
        tags: Where it says what.
    """

    paper: Paper
    profile: Profile
    tags: ReleaseTags

    @property
    def containers(self) -> list[Sheet]:
        """Sheets of the containers (0..n)."""
        return self.paper.sheet.tables.get(self.tags.containers, [])

    @property
    def vehicles(self) -> list[Sheet]:
        """Sheets of the vehicles (0..n)."""
        return self.paper.sheet.tables.get(self.tags.vehicles, [])

    def text(self, attribute: str) -> str | None:
        """What stands for an attribute of the whole; None where its tag is not known, "" where nothing stands."""
        path = self.tags.fields.get(attribute)
        return None if path is None else self.paper.sheet.values.get(path, "").strip()


def release_empty(order: Order) -> Iterator[Deviation]:
    """The release order says nothing.

    Source: UNCTAD Customs Release Order XML message description 4.2.2: it tells of cargo that is released.
    """
    if not order.paper.sheet.values and not order.paper.sheet.tables:
        yield Deviation(order.paper.sheet, "")


def release_tags_unknown(order: Order) -> Iterator[Deviation]:
    """How this country names the parts of its release orders is not known: containers and vehicles were found by their
    numbers, and the rest is kept as it came.

    Source: UNCTAD Customs Release Order XML message description 4.2.2: only the names of four segments were read.
    """
    if not order.tags.root and not order.tags.fields:
        yield Deviation(order.paper.sheet, "", None, order.paper.root)


def release_subject_missing(order: Order) -> Iterator[Deviation]:
    """The release order does not say what is released: neither a declaration, nor a transport document, a container or
    a vehicle.

    Source: UNCTAD Customs Release Order XML message description 4.2.2: containers, vehicles.
    """
    named = [order.text(name) for name in ("declaration_id", "transport_document")]
    if order.tags.fields and not any(named) and not order.containers and not order.vehicles:
        yield Deviation(order.paper.sheet, "")


def release_disposition_missing(order: Order) -> Iterator[Deviation]:
    """What is to be done with the goods is not stated.

    Source: UNCTAD Customs Release Order XML message description 4.2.2, annex D: disposition codes.
    """
    if order.text("disposition_code") == "":
        yield Deviation(order.paper.sheet, order.tags.fields["disposition_code"])


def release_disposition_unknown(order: Order) -> Iterator[Deviation]:
    """{found} is not a disposition code of this country.

    Source: UNCTAD Customs Release Order XML message description 4.2.2, annex D; the list is the profile's.
    """
    code = order.text("disposition_code")
    if code and order.tags.dispositions and code not in order.tags.dispositions:
        yield Deviation(
            order.paper.sheet, order.tags.fields["disposition_code"], " ".join(order.tags.dispositions), code
        )


def release_container_number_missing(order: Order) -> Iterator[Deviation]:
    """The container has no number.

    Source: UNCTAD Customs Release Order XML message description 4.2.2, annex A1: container.
    """
    path = order.tags.container_fields.get("id")
    for row in order.containers if path else ():
        if path and not row.values.get(path, "").strip():
            yield Deviation(row, path)


def release_container_check_digit(order: Order) -> Iterator[Deviation]:
    """The last digit of container number {found} should be {expected}: there is a slip in the number.

    Source: ISO 6346:2022, annex A.
    """
    for row, path, text in _told(order.containers, order.tags.container_fields.get("id")):
        number = EquipmentNumber.parse(text)
        if number is not None and not number.check_digit_ok:
            yield Deviation(row, path, str(number.expected_check_digit), text)


def release_container_repeated(order: Order) -> Iterator[Deviation]:
    """Container {found} stands more than once.

    Source: ISO 6346:2022: a number is that of one container.
    """
    yield from _repeated(order.containers, order.tags.container_fields.get("id"))


def release_vehicle_repeated(order: Order) -> Iterator[Deviation]:
    """Vehicle {found} stands more than once.

    Source: ISO 3779: a number is that of one vehicle.
    """
    yield from _repeated(order.vehicles, order.tags.vehicle_fields.get("chassis_number"))


def release_seal_repeated(order: Order) -> Iterator[Deviation]:
    """Seal {found} stands more than once: a seal is on one container.

    Source: UNCTAD Customs Release Order XML message description 4.2.2, annex A2: seals of a container.
    """
    seals = [seal for row in order.containers for seal in row.tables.get(order.tags.seals, [])]
    yield from _repeated(seals, order.tags.seal_mark)


def _told(rows: list[Sheet], path: str | None) -> Iterator[tuple[Sheet, str, str]]:
    for row in rows if path is not None else ():
        if path is not None and (text := row.values.get(path, "").strip()):
            yield row, path, text


def _repeated(rows: list[Sheet], path: str | None) -> Iterator[Deviation]:
    met: set[str] = set()
    for row, place, text in _told(rows, path):
        if text in met:
            yield Deviation(row, place, None, text)
        met.add(text)


#: Every rule with its severity, in the order in which findings are told.
RULES: tuple[tuple[Rule, Severity], ...] = (
    (release_empty, "error"),
    *LEGIBILITY,
    (release_tags_unknown, "info"),
    (release_subject_missing, "warning"),
    (release_disposition_missing, "warning"),
    (release_disposition_unknown, "warning"),
    (release_container_number_missing, "warning"),
    (release_container_check_digit, "warning"),
    (release_container_repeated, "warning"),
    (release_vehicle_repeated, "warning"),
    (release_seal_repeated, "warning"),
)


def check(order: Order) -> Iterator[Finding]:
    """Check one release order by all rules.

    Source: each rule's own.
    """
    return judge(RULES, order, order.paper, {})
