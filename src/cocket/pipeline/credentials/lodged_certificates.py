# SPDX-License-Identifier: Apache-2.0
"""Certificates lodged beside declarations: verified when they come in, and judged anew each time a dossier is opened.

What was verified on entry is sealed with the message. What may change afterwards, whether the certificate still stands, is
asked again when somebody looks, by the lists that are then at hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from cocket.consignment import Paper, keys
from cocket.credentials import Contexts, PaperVerdict, Resolver, read_shape, verify_paper
from cocket.errors import CocketError
from cocket.findings import Finding, Severity
from cocket.ledger import Check
from cocket.measures.permits import items_of, numbers_of
from cocket.model import Certificate, Declaration, Reading, Reference
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.credentials.known_documents import contexts_of, resolver_of
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import unpack

#: What each question is when it is answered badly, and when it cannot be answered: a paper that was altered, or made by
#: another than it says, is no paper; one that was withdrawn is a paper all the same, which the officer must see.
_FINDINGS: dict[str, dict[str, tuple[Severity, str]]] = {
    "integrity": {
        "failed": ("error", "the certificate was changed after it was issued: {reason}"),
        "not-checked": ("warning", "whether the certificate was changed is not known: {reason}"),
    },
    "issuer": {
        "failed": ("error", "the certificate is not from the issuer it names: {reason}"),
        "not-checked": ("warning", "the certificate's issuer is not known: {reason}"),
    },
    "status": {
        "failed": ("warning", "the certificate is not valid: {reason}"),
        "not-checked": ("info", "whether the certificate is still valid is not known: {reason}"),
    },
}


class CertificateView(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of a consignment, as it stands at the moment of looking.

    Attributes:
        message_id: The message that brought it.
        certificate: What it says it is.
        checks: Integrity, issuer and status, in this order.
        findings: What is wrong with what it says, by its kind (0..n).
        is_cited: Whether a declaration names it by its number, rather than it naming the consignment.
    """

    message_id: str
    certificate: Certificate
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...] = ()
    is_cited: bool = False

    @property
    def stands(self) -> Literal["holds", "fails", "open"]:
        """All three questions in a word: `fails` if one was answered badly, `open` if one could not be."""
        outcomes = {check.outcome for check in self.checks}
        return "fails" if "failed" in outcomes else "open" if "not-checked" in outcomes else "holds"


def verified(reading: Reading, content: bytes, now: datetime, sources: tuple[Resolver, Contexts]) -> Reading:
    """A reading of a certificate with what verifying it says.

    Args:
        reading: What was read; anything but a certificate is given back as it is.
        content: The message, byte for byte.
        now: The moment of entry, UTC.
        sources: Documents and lists by their name, and pinned contexts.
    """
    if not isinstance(reading.document, Certificate):  # it is the whole file: no reader reads several
        return reading
    resolver, contexts = sources
    try:
        verdict = verify_paper(content, resolver, now, contexts)
    except CocketError as error:
        said: tuple[Finding, ...] = (_said(Check("integrity", "failed", error.message)),)
    else:
        checks = (verdict.integrity, verdict.issuer, verdict.status)
        said = (*verdict.findings, *(_said(check) for check in checks if check.outcome != "passed"))
    is_bad = any(finding.severity == "error" for finding in said)
    findings = (*reading.findings, *said)
    return msgspec.structs.replace(reading, outcome="refused" if is_bad else reading.outcome, findings=findings)


def certificates_of(
    stores: Stores, connection: Connection, papers: tuple[Paper, ...], now: datetime
) -> tuple[CertificateView, ...]:
    """The certificates of a dossier, judged as they stand now.

    Args:
        shelves: The stores.
        connection: The transaction.
        papers: Papers of the dossier.
        now: The moment of looking, UTC.

    Returns:
        Those filed in it, then those that its declarations name by their number (0..n).
    """
    own = [paper for paper in papers if _is_certificate(paper)]
    cited = _cited(stores, connection, papers)
    if not own and not cited:
        return ()
    sources = resolver_of(stores, connection), contexts_of(stores, connection)
    views = [_view(stores, connection, paper, (sources, now)) for paper in (*own, *cited)]
    known = {paper.message_id for paper in own}
    return tuple(msgspec.structs.replace(one, is_cited=one.message_id not in known) for one in views if one)


def _cited(stores: Stores, connection: Connection, papers: tuple[Paper, ...]) -> list[Paper]:
    """Certificates elsewhere whose own number a declaration here gives among its documents."""
    declarations = [paper.declaration for paper in papers if paper.declaration and paper.speaks]
    numbers = {number for one in declarations for number in _numbers(one)}
    names = keys([Reference("DOCUMENT", number) for number in sorted(numbers)], "")
    if not names:
        return []
    lines = stores.consignments.find(connection, [name.pair for name in names])
    found = papers_of(stores, connection, [line.id for line in lines])
    known = {paper.message_id for paper in papers}
    others = {paper.message_id: paper for filed in found.values() for paper in filed if paper.message_id not in known}
    wanted = {name.pair for name in names}
    return [paper for paper in others.values() if _is_certificate(paper) and _own_names(paper.names) & wanted]


def _numbers(declaration: Declaration) -> frozenset[str]:
    return numbers_of(items_of(declaration, date.min))


def _own_names(names: Iterable[Reference]) -> set[tuple[str, str]]:
    return {key.pair for key in keys([name for name in names if name.kind == "DOCUMENT"], "")}


def _is_certificate(paper: Paper) -> bool:
    return isinstance(paper.document, Certificate)


def _view(
    stores: Stores, connection: Connection, paper: Paper, judged: tuple[tuple[Resolver, Contexts], datetime]
) -> CertificateView | None:
    packed = stores.messages.content(connection, UUID(paper.message_id))
    if packed is None or not isinstance(paper.document, Certificate):
        return None
    (resolver, contexts), now = judged
    try:
        verdict = verify_paper(unpack(packed), resolver, now, contexts)
    except CocketError as error:
        checks: tuple[Check, ...] = (Check("integrity", "failed", error.message),)
        return CertificateView(message_id=paper.message_id, certificate=paper.document, checks=checks)
    return CertificateView(
        message_id=paper.message_id,
        certificate=paper.document,
        checks=(verdict.integrity, verdict.issuer, verdict.status),
        findings=tuple(finding for one in (verdict, *verdict.inner) for finding in _about(one)),
    )


def _about(verdict: PaperVerdict) -> tuple[Finding, ...]:
    """What is wrong with its structure, and with what it says."""
    return (*verdict.findings, *read_shape(verdict.claims, is_part=verdict.is_part)[1])


def _said(check: Check) -> Finding:
    severity, message = _FINDINGS[check.name][check.outcome]
    return Finding(
        code=f"certificate-{check.name}", severity=severity, message=message, arguments={"reason": check.reason}
    )
