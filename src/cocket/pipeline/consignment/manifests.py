# SPDX-License-Identifier: Apache-2.0
"""The house's manifest control: manifests with their counts, and the write-off of one; each look is sealed.

Which declarations of other offices draw on the bills is withheld. Quantities stay, since the account is the manifest's own; the
names of those declarations, and warnings about them alone, go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from cocket.consignment.manifest_control import (
    OVERDUE,
    Account,
    ManifestControl,
    Target,
    Terms,
    WriteOff,
    counts_of,
    target,
)
from cocket.consignment.sides import as_number
from cocket.findings import Finding
from cocket.governance import Principal, Resource, disclose
from cocket.model import Manifest
from cocket.pipeline.base.access import NotFoundError, Service, decided
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.ownership import ids_of, of_filed
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.manifest_papers import MOST_TARGETS, Gathered, PaperSearch
from cocket.pipeline.consignment.manifest_views import (
    BillLine,
    ManifestFilter,
    ManifestLine,
    ManifestList,
    ManifestView,
    Show,
    TargetReasonView,
    TargetView,
    UseLine,
)
from cocket.stores.base.database import Connection

#: Most messages looked through for one part of the list (count).
_MOST_LOOKED_THROUGH = 500

#: Stands where the name of a declaration is withheld.
_WITHHELD = "…"


class Manifests(Service):
    """Giving out manifests under control."""

    def manifests(self, principal: Principal, wanted: ManifestFilter | None = None) -> ManifestList:
        """A part of the manifests that this principal may see, newest first.

        Raises:
            PolicyError: The principal has no queue, and so no manifests.
        """
        asked = wanted or ManifestFilter()
        self._access.require(principal, "queue:read")
        with self._stores.database.transaction() as connection:
            lines, further = self._fitting(connection, principal, asked)
            self._access.seal(connection, self._access.record(principal, "manifests", tuple(line.id for line in lines)))
        shown = tuple(disclose(principal, "manifest_line", line) for line in lines)
        return ManifestList(lines=shown, further=further)

    def manifest(self, principal: Principal, manifest_id: str, wanted: ManifestFilter | None = None) -> ManifestView:
        """One manifest with its write-off.

        Args:
            principal: Who asks.
            manifest_id: Our id of any message that makes it up.
            wanted: Which of its bills; None for the first of all.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        asked = wanted or ManifestFilter()
        message = parse_id(manifest_id)
        with self._stores.database.transaction() as connection:
            search = self._search(connection)
            names = search.manifest_of(message) if message else ()
            found = search.gather(names[0]) if names else None
            if found is None or not self._access.may(principal, "dossier:read", _of(found.control)):
                raise NotFoundError("There is no such manifest.")
            seen = without_foreign(self._stores, connection, principal, found.control)
            dossiers = self._access.seen(connection, principal, found.dossiers.values())
            kept = {place: one for place, one in found.dossiers.items() if one in dossiers}
            view = _view(
                msgspec.structs.replace(found, control=seen, dossiers=kept), asked, _targets(search, found, kept)
            )
            self._access.seal(connection, self._access.record(principal, "manifest", (view.summary.id,)))
        return disclose(principal, "manifest", view)

    def _search(self, connection: Connection) -> PaperSearch:
        return PaperSearch(
            self._stores, connection, datetime.now(UTC), Terms(undeclared_days=self._stores.settings.undeclared_days)
        )

    def _fitting(
        self, connection: Connection, principal: Principal, asked: ManifestFilter
    ) -> tuple[list[ManifestLine], str | None]:
        """Lines that fit, and behind which message there may be others.

        A manifest stands where the newest message stands that makes it up, so that it is in one part of the list alone.
        """
        search = self._search(connection)
        fitting: list[ManifestLine] = []
        messages = search.newest(parse_id(asked.after) if asked.after else None, _MOST_LOOKED_THROUGH)
        for place, message in enumerate(messages):
            if len(fitting) == asked.limit:
                return fitting, str(messages[place - 1])
            names = search.manifest_of(message)
            found = search.gather(names[0]) if names else None
            if found is None or found.control.voyage.message_ids[-1] != str(message):
                continue
            line = _line(found.control)
            if self._access.may(principal, "dossier:read", _of(found.control)) and _line_fits(line, asked.show):
                fitting.append(line)
        return fitting, str(messages[-1]) if len(messages) == _MOST_LOOKED_THROUGH else None


def _of(found: ManifestControl) -> Resource:
    """A manifest under control as policy sees it: of the office that keeps its account."""
    return Resource(offices=(found.voyage.office,) if found.voyage.office else ())


def _line(found: ManifestControl) -> ManifestLine:
    voyage = found.voyage
    return ManifestLine(
        id=voyage.message_ids[-1],
        title=voyage.title,
        office=voyage.office,
        voyage=voyage.voyage,
        vessel=voyage.vessel,
        carrier=voyage.carrier,
        arrives=voyage.arrives,
        declared=sum(bool(account.counted) for account in found.accounts.values()),
        **counts_of(found),
    )


def _line_fits(line: ManifestLine, show: Show) -> bool:
    counted = {"open": line.open + line.partly, "overdue": line.overdue, "over": line.over, "findings": line.findings}
    return show == "all" or counted[show] > 0


def _view(found: Gathered, asked: ManifestFilter, targets: tuple[TargetView, ...]) -> ManifestView:
    controlled = found.control
    fitting = [
        (account, controlled.findings.get(key, ()))
        for key, account in controlled.accounts.items()
        if _bill_fits(account, controlled.findings.get(key, ()), asked.show)
    ]
    shown = fitting[asked.offset : asked.offset + asked.limit]
    return ManifestView(
        summary=_line(controlled),
        bills=tuple(_bill(found, account, findings) for account, findings in shown),
        total=len(fitting),
        strays=controlled.stray_findings,
        targets=targets,
    )


def _bill_fits(account: Account, findings: tuple[Finding, ...], show: Show) -> bool:
    match show:
        case "open":
            return account.state in ("open", "partly")
        case "overdue":
            return any(finding.code in OVERDUE for finding in findings)
        case "over":
            return account.state == "over"
        case "findings":
            return any(finding.severity != "info" for finding in findings)
        case _:
            return True


def _bill(found: Gathered, account: Account, findings: tuple[Finding, ...]) -> BillLine:
    line = account.line
    return BillLine(
        number=line.title,
        line=line.line,
        level="house" if line.key.is_house else "master" if account.houses else "straight",
        master=line.master,
        nature=line.nature,
        consignee=line.consignee,
        goods=line.goods,
        equipment=line.equipment,
        consignment_id=_text(found.dossiers.get((line.message_id, line.part))),
        state=account.state,
        is_overdue=any(finding.code in OVERDUE for finding in findings),
        packages=line.packages,
        packages_landed=line.landed_packages,
        packages_written=account.packages_written,
        packages_left=account.packages_left,
        mass_kg=as_number(line.gross_mass_kg),
        mass_written_kg=as_number(account.mass_written_kg) or "0",
        mass_left_kg=as_number(account.mass_left_kg),
        uses=tuple(_use(one, account) for one in account.write_offs),
        findings=findings,
    )


def _use(one: WriteOff, account: Account) -> UseLine:
    return UseLine(
        title=one.title,
        message_id=one.message_id,
        packages=one.packages,
        gross_mass_kg=as_number(one.gross_mass_kg),
        counts=one in account.counted,
    )


def _targets(search: PaperSearch, found: Gathered, dossiers: Mapping[tuple[str, int], UUID]) -> tuple[TargetView, ...]:
    """Targets over the papers that make the manifest up, highest score first, each with its dossier if that is shown."""
    known = search.known(found)
    made: list[tuple[Target, str]] = []
    for paper in found.papers:
        if paper.message_id in found.control.voyage.message_ids and isinstance(paper.document, Manifest):
            made += [(one, paper.message_id) for one in target(paper.document, known)]
    made.sort(key=lambda pair: -pair[0].score)
    return tuple(_target(one, dossiers.get((message, one.part))) for one, message in made[:MOST_TARGETS])


def _target(one: Target, dossier: UUID | None) -> TargetView:
    reasons = tuple(
        TargetReasonView(
            code=reason.code,
            points=reason.points,
            message=reason.message,
            arguments=reason.arguments,
            source=reason.source,
            bill=reason.bill,
        )
        for reason in one.reasons
    )
    return TargetView(kind=one.kind, id=one.id, score=one.score, reasons=reasons, consignment_id=_text(dossier))


def _text(identity: UUID | None) -> str | None:
    return None if identity is None else str(identity)


def without_foreign(
    stores: Stores, connection: Connection, principal: Principal, found: ManifestControl
) -> ManifestControl:
    """A manifest under control as a reader may see it: each declaration on it is decided by itself."""
    every = [one for account in found.accounts.values() for one in account.write_offs]
    hidden = _hidden(stores, connection, principal, [*every, *found.strays])
    if not hidden:
        return found
    titles = {one.title for one in (*every, *found.strays) if one.message_id in hidden}
    kept = [one.message_id not in hidden for one in found.strays]
    return msgspec.structs.replace(
        found,
        accounts={key: _without(account, hidden) for key, account in found.accounts.items()},
        findings={key: tuple(_named(one, titles) for one in told) for key, told in found.findings.items()},
        strays=tuple(one for one, is_kept in zip(found.strays, kept, strict=True) if is_kept),
        stray_findings=tuple(one for one, is_kept in zip(found.stray_findings, kept, strict=True) if is_kept),
    )


def _hidden(stores: Stores, connection: Connection, principal: Principal, uses: Iterable[WriteOff]) -> Set[str]:
    """Messages among these that the reader may not read."""
    messages: list[UUID] = ids_of({one.message_id for one in uses})
    filed = of_filed(stores, connection, messages)
    return {
        str(one)
        for one in messages
        if not decided(principal, "message:read", filed[one], None, stores.policies.now()).allowed
    }


def _without(account: Account, hidden: Set[str]) -> Account:
    def shown(uses: tuple[WriteOff, ...]) -> tuple[WriteOff, ...]:
        return tuple(
            msgspec.structs.replace(one, message_id="", title=_WITHHELD) if one.message_id in hidden else one
            for one in uses
        )

    return msgspec.structs.replace(account, write_offs=shown(account.write_offs), counted=shown(account.counted))


def _named(finding: Finding, titles: Set[str]) -> Finding:
    """A finding without the names of hidden declarations."""
    names = finding.arguments.get("declarations", "")
    told = [_WITHHELD if name in titles else name for name in names.split(", ")]
    if _WITHHELD not in told:
        return finding
    return msgspec.structs.replace(finding, arguments={**finding.arguments, "declarations": ", ".join(told)})
