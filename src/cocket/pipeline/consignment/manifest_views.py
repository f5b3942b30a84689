# SPDX-License-Identifier: Apache-2.0
"""What leaves the pipeline of manifest control: the list of manifests, and the write-off of one."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from cocket.findings import Finding

BillState = Literal["open", "partly", "closed", "over"]
Show = Literal["all", "open", "overdue", "over", "findings"]


class ManifestFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which manifests, or which bills of one, to show.

    Attributes:
        show: `all`; `open` (not written off, or in part); `overdue`; `over` (more declared than there is); `findings`.
        after: Message behind which the list of manifests goes on, as `ManifestList.further` gives it; None for the newest.
        offset: Bills of one manifest to leave out at the start (count).
        limit: Lines to give at most (count).
    """

    show: Show = "all"
    after: str | None = None
    offset: int = 0
    limit: int = 50


class ManifestLine(msgspec.Struct, frozen=True, kw_only=True):
    """One manifest in the list.

    Attributes:
        id: Our id of the newest message that makes it up.
        title: What people call it.
        office: Customs office; None where not stated.
        voyage: Voyage or flight; None where not stated.
        vessel: Vessel or aircraft; None where not stated.
        carrier: Carrier in words; None where not stated.
        arrives: Day of arrival; None where not stated.
        bills: Bills (count).
        declared: Bills that a declaration uses (count).
        open: Bills of which nothing is written off (count).
        partly: Bills of which part is (count).
        closed: Bills written off (count).
        over: Bills of which more is declared than there is (count).
        overdue: Bills that waited too long (count).
        findings: Warnings (count).
    """

    id: str
    title: str
    office: str | None
    voyage: str | None
    vessel: str | None
    carrier: str | None
    arrives: date | None
    bills: int
    declared: int
    open: int
    partly: int
    closed: int
    over: int
    overdue: int
    findings: int


class ManifestList(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the manifests, newest first.

    Attributes:
        lines: Manifests (0..limit).
        further: Behind which message older ones are looked for; None if there are none.
    """

    lines: tuple[ManifestLine, ...]
    further: str | None = None


class UseLine(msgspec.Struct, frozen=True, kw_only=True):
    """One declaration on a bill.

    Attributes:
        title: What people call it.
        message_id: Our id of the message.
        packages: Packages it takes (count); None where it does not say.
        gross_mass_kg: Gross mass it takes, as text; None likewise.
        counts: Whether it adds up; another flow, or a trader's telling of what the host registered, does not.
    """

    title: str
    message_id: str
    packages: int | None
    gross_mass_kg: str | None
    counts: bool


class BillLine(msgspec.Struct, frozen=True, kw_only=True):
    """One bill with its balance. Masses are kg as text; None is not known.

    Attributes:
        number: Number as written, or its line.
        line: Line on the manifest (1-based).
        level: `master` has houses here, `house` stands under `master`, `straight` stands alone.
        master: Number of its master.
        nature: 22 export, 23 import, 24 transit, 28 transhipment.
        consignee: In words.
        goods: Words on the goods.
        equipment: Containers (0..n).
        consignment_id: Its dossier; None if it has none yet.
        state: How it stands.
        is_overdue: Whether it waited too long.
        packages: Packages manifested (count).
        packages_landed: Packages landed; None unless told.
        packages_written: Packages written off.
        packages_left: Balance, negative if more is declared.
        mass_kg: Gross mass manifested.
        mass_written_kg: Gross mass written off.
        mass_left_kg: Balance, likewise.
        uses: Declarations on it, oldest first (0..n).
        findings: What the checks say of it (0..n).
    """

    number: str
    line: int | None
    level: Literal["master", "house", "straight"]
    master: str | None
    nature: str | None
    consignee: str | None
    goods: str | None
    equipment: tuple[str, ...]
    consignment_id: str | None
    state: BillState
    is_overdue: bool
    packages: int | None
    packages_landed: int | None
    packages_written: int
    packages_left: int | None
    mass_kg: str | None
    mass_written_kg: str
    mass_left_kg: str | None
    uses: tuple[UseLine, ...] = ()
    findings: tuple[Finding, ...] = ()


class TargetReasonView(msgspec.Struct, frozen=True, kw_only=True):
    """Why a bill or container is worth a look before arrival.

    Attributes:
        code: Indicator.
        points: What it adds to the score.
        message: English sentence with `{name}` places.
        arguments: Values for the places.
        source: What the indicator rests on.
        bill: Bill it spoke of.
    """

    code: str
    points: int
    message: str
    arguments: dict[str, str]
    source: str
    bill: str


class TargetView(msgspec.Struct, frozen=True, kw_only=True):
    """One bill or container with its score before arrival.

    Attributes:
        kind: `bill` or `container`.
        id: Its number.
        score: Sum of points (0..n, higher is worse).
        reasons: Weightiest first (1..n).
        consignment_id: Dossier of the bill, or of the container's first bill; None if it has none yet.
    """

    kind: Literal["bill", "container"]
    id: str
    score: int
    reasons: tuple[TargetReasonView, ...]
    consignment_id: str | None = None


class ManifestView(msgspec.Struct, frozen=True, kw_only=True):
    """One manifest under control.

    Attributes:
        summary: Its line of the list; it counts all bills, whatever is shown.
        bills: Bills that fit the filter, in the order of the manifest (0..limit).
        total: Bills that fit the filter, before offset and limit (count).
        strays: Declarations that name it with a bill it does not have (0..n).
        targets: Bills and containers that stand out from manifest facts alone, highest score first (0..n).
    """

    summary: ManifestLine
    bills: tuple[BillLine, ...] = ()
    total: int = 0
    strays: tuple[Finding, ...] = ()
    targets: tuple[TargetView, ...] = ()
