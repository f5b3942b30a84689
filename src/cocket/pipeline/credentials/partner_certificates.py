# SPDX-License-Identifier: Apache-2.0
"""Certificates of partners: taken in, verified, and weighed as standings of their traders.

What a partner publishes is handed in as files, or fetched by a resolver where the house may call out. What cannot be
verified does not count, and what no longer can be ceases to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Literal, NamedTuple

import msgspec

from cocket.control.standing import Scope, Standing, trader_number
from cocket.credentials import (
    AuthorisedOperator,
    PaperVerdict,
    Resolver,
    StatusCheck,
    read_context,
    read_shape,
    verify_paper,
)
from cocket.credentials.known import read_known
from cocket.errors import SenderError
from cocket.governance import Principal
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.document_files import DocumentFiles, file_id, read_body
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.credentials.credential_files import (
    CONTEXT,
    LIST,
    RECOGNISED,
    TAKEN,
    Recognition,
    TakenCredential,
    this_second,
)
from cocket.pipeline.credentials.known_documents import PinnedContext, contexts_of, recognition_of, resolver_of
from cocket.pipeline.credentials.standings import Standings
from cocket.stores.base.database import Connection


class PartnerCredentials(Service):
    """Taking the certificates of partners into account.

    Args:
        stores: The stores of this process.
        standings: Where a standing that follows from a certificate is kept.
    """

    def __init__(self, stores: Stores, standings: Standings) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)
        self._standings = standings

    def recognise_issuer(self, principal: Principal, recognition: Recognition) -> None:
        """Recognise another administration's authorised traders, in place of what was agreed with it before.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "standing:set")
        with self._stores.database.transaction() as connection:
            self._files.keep(connection, RECOGNISED, recognition.issuer, (recognition, principal))

    def take_credential(self, principal: Principal, content: bytes, fetch: Resolver | None = None) -> TakenCredential:
        """Take in a partner's certificate, or a status list of his: verify it, and let it count or not.

        A list that is taken in is heeded at once in every certificate taken in before.

        Args:
            principal: Who brings it.
            content: The document.
            fetch: Gives documents that are not at hand; None where the house does not call out.

        Returns:
            What came of it. A certificate that does not count is kept too, with why.

        Raises:
            PolicyError: The principal may not.
            SenderError: A newer list than this one was already imported.
            UnreadableError: It is no certificate.
        """
        self._access.require(principal, "standing:set")
        with self._stores.database.transaction() as connection:
            verdict = self._verdict(connection, content, fetch)
            recognition = recognition_of(self._stores, connection, verdict.issued_by)
            if {"BitstringStatusListCredential", "TokenStatusList"} & set(verdict.types):
                taken = self._take_list(connection, content, (verdict, recognition), principal)
            else:
                taken, _ = _weigh(verdict, recognition, content)
                self._keep_taken(connection, taken, principal)
        if taken.outcome != "kept" and not taken.standing:
            return taken
        changed = self.refresh_credentials(principal, fetch, taken.standing or None)
        return next((one for one in changed if one.content == taken.content), taken)

    def refresh_credentials(
        self, principal: Principal, fetch: Resolver | None = None, standing: str | None = None
    ) -> tuple[TakenCredential, ...]:
        """Judge partners' certificates anew, by the lists and documents now at hand, and set their standings accordingly.

        Of one authorisation there may be several certificates, in several forms. The worst that their issuer says of any of
        them holds: one that is suspended suspends the authorisation, and one that was withdrawn ends it unless another was
        issued later.

        Args:
            principal: Who has it done.
            fetch: Gives documents that are not at hand; None where the house does not call out.
            standing: Only those of this standing; None for all.

        Returns:
            Those whose outcome changed (0..n).

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "standing:set")
        changed, standings = [], dict[str, Standing]()
        with self._stores.database.transaction() as connection:
            judged: dict[str, list[_Judged]] = {}
            for one in self._taken(connection, standing):
                content = one.content.encode()
                verdict = self._verdict(connection, content, fetch)
                after, found = _weigh(verdict, recognition_of(self._stores, connection, verdict.issued_by), content)
                after = msgspec.structs.replace(after, standing=one.standing or after.standing)
                found = found or self._fallen(connection, one.standing, after.reason)
                judged.setdefault(after.standing, []).append(_Judged(one, after, found, verdict))
            for name, together in judged.items():
                ended = _ended(together) if name else ""
                for each in together:
                    after = each.after
                    if ended and after.outcome == "counts":
                        why = f"Another certificate of {name} was {ended} by its issuer."
                        after = msgspec.structs.replace(after, outcome="does-not-count", reason=why)
                    if after.outcome != each.before.outcome:
                        changed.append(after)
                        self._keep_taken(connection, after, principal)
                if kept := _worst(together, ended):
                    standings[kept.name] = kept
        if standings:
            self._standings.take_standings(principal, tuple(standings.values()))
        return tuple(changed)

    def pin_context(self, principal: Principal, address: str, content: bytes) -> None:
        """Pin a JSON-LD context, in place of one pinned before: certificates that name it can then be verified.

        Raises:
            PolicyError: The principal may not.
            UnreadableError: It is no context.
        """
        self._access.require(principal, "standing:set")
        pinned = PinnedContext(address=address, content=read_context(content).decode("utf-8"))
        with self._stores.database.transaction() as connection:
            self._files.keep(connection, CONTEXT, address, (pinned, principal))

    def _verdict(self, connection: Connection, content: bytes, fetch: Resolver | None) -> PaperVerdict:
        resolver = resolver_of(self._stores, connection, fetch)
        return verify_paper(content, resolver, this_second(), contexts_of(self._stores, connection))

    def _take_list(
        self,
        connection: Connection,
        content: bytes,
        judged: tuple[PaperVerdict, Recognition | None],
        principal: Principal,
    ) -> TakenCredential:
        """Keep a status list of a partner, unless it is older than the one at hand: an old list would hide a suspension."""
        verdict, recognition = judged
        last = verdict.valid[1]
        if recognition is None and verdict.issued_by is not None:
            reason = f"{verdict.issued_by} is not recognised here."
        elif verdict.holds:
            reason = (
                f"A status list, current until {last.isoformat()}."
                if last
                else "A status list, current until replaced."
            )
        else:
            checks = (verdict.integrity, verdict.issuer, verdict.status)
            reason = next(check.reason for check in checks if check.outcome != "passed")
        taken = TakenCredential(
            id=verdict.id or "",
            issuer=verdict.issued_by or "",
            outcome="kept" if verdict.holds and recognition else "does-not-count",
            reason=reason,
            standing="",
            content=content.decode("utf-8"),
        )
        if taken.outcome == "kept":
            file = self._stores.case_files.get(connection, file_id(LIST, taken.id), to_change=True)
            known = read_known(read_body(file, TakenCredential).content.encode()).made if file else None
            made = read_known(content).made
            if known and (made is None or known > made):
                raise SenderError(
                    "A newer list than this one was already imported.",
                    code="status-list-old",
                    found=known.isoformat(),
                )
            self._files.keep(connection, LIST, taken.id, (taken, principal))
        return taken

    def _keep_taken(self, connection: Connection, taken: TakenCredential, principal: Principal) -> None:
        """Keep a certificate under the hash of its bytes, so that an altered copy never replaces it."""
        self._files.keep(connection, TAKEN, sha256(taken.content.encode()).hexdigest(), (taken, principal))

    def _taken(self, connection: Connection, standing: str | None) -> list[TakenCredential]:
        found = [read_body(file, TakenCredential) for file in self._stores.case_files.of_kind(connection, TAKEN)]
        return [one for one in found if standing in (None, one.standing)]

    def _fallen(self, connection: Connection, name: str, reason: str) -> Standing | None:
        """The standing that a certificate gave while it held, suspended; None if it never gave one."""
        files = self._stores.case_files.found_by(connection, "standing", [("name", name)]).get(("name", name), [])
        if not name or not files:
            return None
        return msgspec.structs.replace(read_body(files[0], Standing), status="suspended", status_reason=reason)


class _Judged(NamedTuple):
    """A certificate as it was kept, as it is judged now, what standing it gives or gave, and by what verdict."""

    before: TakenCredential
    after: TakenCredential
    standing: Standing | None
    verdict: PaperVerdict

    @property
    def said(self) -> str:
        """What its issuer's lists say: `suspended`, `withdrawn`, or "" where nothing, or where it is not its issuer's."""
        is_whole = self.verdict.integrity.outcome == self.verdict.issuer.outcome == "passed"
        return self.verdict.status.said if is_whole and isinstance(self.verdict.status, StatusCheck) else ""

    @property
    def issued(self) -> datetime:
        """From when it holds; the beginning of time where it does not say."""
        return self.verdict.valid[0] or datetime.min.replace(tzinfo=UTC)


def _ended(together: Sequence[_Judged]) -> Literal["", "suspended", "withdrawn"]:
    """What the issuer did to an authorisation of several certificates: `suspended`, `withdrawn`, or "" for nothing."""
    if any(one.said == "suspended" for one in together):
        return "suspended"
    last = max((one.issued for one in together if one.said == "withdrawn"), default=None)
    is_replaced = any(one.after.outcome == "counts" and last is not None and one.issued > last for one in together)
    return "" if last is None or is_replaced else "withdrawn"


def _worst(together: Sequence[_Judged], ended: Literal["", "suspended", "withdrawn"]) -> Standing | None:
    """The standing that several certificates of one authorisation give together; None where none ever gave one."""
    found = [one.standing for one in together if one.standing]
    best = next((one for one in found if one.status == "valid"), found[0] if found else None)
    if best is None or not ended:
        return best
    why = next((one.verdict.status.reason for one in together if one.said == ended), None)
    return msgspec.structs.replace(best, status=ended, status_reason=why)


def _weigh(
    verdict: PaperVerdict, recognition: Recognition | None, content: bytes
) -> tuple[TakenCredential, Standing | None]:
    """Whether a certificate counts here, why, and the standing that comes of it. What is not known does not count."""
    standing, reason = None, verdict.status.reason
    shape, findings = read_shape(verdict.claims)
    scopes: tuple[Scope, ...] = ()
    if isinstance(shape, AuthorisedOperator) and recognition is not None:
        scopes = tuple(scope for scope in recognition.scopes if scope in shape.scopes)
    if recognition is None:
        reason = f"{verdict.issued_by} is not recognised here."
    elif verdict.integrity.outcome != "passed" or verdict.issuer.outcome != "passed":
        reason = next(one.reason for one in (verdict.integrity, verdict.issuer) if one.outcome != "passed")
    elif not isinstance(shape, AuthorisedOperator) or findings:
        reason = "It is not a valid AEO status."
    elif shape.country != recognition.country or shape.scheme not in recognition.schemes or not scopes:
        reason = "It covers nothing that was agreed with its issuer."
    else:
        first, last = verdict.valid
        holds, said = verdict.status.outcome == "passed", getattr(verdict.status, "said", "")
        standing = Standing(
            scheme=f"{shape.country}:{shape.scheme}",
            number=shape.number,
            trader=trader_number(shape.trader),
            scopes=scopes,
            valid_from=first.date() if first else date.min,
            valid_to=last.date() if last else None,
            status="valid" if holds else "withdrawn" if said == "withdrawn" else "suspended",
            status_reason=None if holds else verdict.status.reason,
            source=f"{verdict.issued_by} {verdict.id}",
        )
    taken = TakenCredential(
        id=verdict.id or "",
        issuer=verdict.issued_by or "",
        outcome="counts" if standing and standing.status == "valid" else "does-not-count",
        reason=reason,
        standing=standing.name if standing else "",
        content=content.decode("utf-8"),
    )
    return taken, standing
