# SPDX-License-Identifier: Apache-2.0
"""Papers as they are lodged: recognised by what they are, and judged on three questions that are kept apart.

Is it as it was made (integrity)? Who made it (issuer)? Does it still stand (status)? Each is answered for itself, and
"nothing can be said here" is an answer: a paper whose issuer cannot be asked is neither good nor bad.
Source: W3C Verifiable Credentials Data Model 2.0 §7; RFC 9901 §7; OpenAttestation documentation (verifying documents).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from cocket.credentials import open_attestation, sd_jwt
from cocket.credentials.data_model import check_credential, check_presentation
from cocket.credentials.identity import UNRESOLVED, Resolver
from cocket.credentials.instants import instant
from cocket.credentials.proofs import verify_proofs
from cocket.credentials.rdf import Contexts
from cocket.credentials.status_list import check_status, is_signed_by_issuer, issuer_of
from cocket.credentials.token_status import check_token_status, is_token_list, read_token_list
from cocket.errors import ProofError, UnreadableError
from cocket.findings import Finding
from cocket.ledger import Check
from cocket.model.certificate import CertificateForm
from cocket.standards.certificates import form_of_value, is_sd_jwt, read_json, read_wrapped

_CONTEXT_1 = "https://www.w3.org/2018/credentials/v1"
_MOST_INNER = 50


class PaperVerdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What can be said of a paper.

    Attributes:
        form: What it is: `vc`, `vp` (a presentation), `sd-jwt-vc`, `oa-v2` or `oa-v3`; or a status list for tokens.
        integrity: Whether it is as it was made.
        issuer: Whether who it names made it.
        status: Whether it still stands on the day: in its time, not suspended, not withdrawn.
        issued_by: The issuer that it names, a DID, domain or address; None where it names none. Only where the check of the
            issuer passed is it known to be true; whether he may issue such papers is for the reader to judge.
        types: What it calls itself (0..n).
        id: Its own id; None where it has none.
        valid: From when and until when it says it holds, with zone; None where it does not say.
        claims: What it says.
        findings: What is wrong with its structure (0..n).
        inner: Verdicts of the credentials in a presentation (0..n).
        is_part: Whether its holder may have kept some of it back.
    """

    form: CertificateForm | Literal["status-list"]
    integrity: Check
    issuer: Check
    status: Check
    issued_by: str | None = None
    types: tuple[str, ...] = ()
    id: str | None = None
    valid: tuple[datetime | None, datetime | None] = (None, None)
    claims: dict[str, Any] = {}
    findings: tuple[Finding, ...] = ()
    inner: tuple[PaperVerdict, ...] = ()
    is_part: bool = False

    @property
    def holds(self) -> bool:
        """Whether all three questions were answered well; nothing left unknown."""
        return all(check.outcome == "passed" for check in (self.integrity, self.issuer, self.status))

    @property
    def fails(self) -> bool:
        """Whether one of them was answered badly. A paper may neither hold nor fail."""
        return any(check.outcome == "failed" for check in (self.integrity, self.issuer, self.status))


def verify_paper(
    data: bytes,
    resolver: Resolver,
    now: datetime,
    contexts: Contexts | None = None,
    challenge: sd_jwt.Challenge | None = None,
) -> PaperVerdict:
    """Judge a paper.

    Args:
        data: The paper as lodged.
        resolver: Gives documents of issuers by their DID, and status lists by their address.
        now: The moment of judging, with its zone.
        contexts: Pinned JSON-LD contexts; None for the bundled ones.
        challenge: What its holder had to answer to, which only an SD-JWT can; None where nothing was asked.

    Returns:
        The verdict. A status list for tokens is judged as one too.

    Raises:
        UnreadableError: It is no verifiable paper.

    Source: W3C Verifiable Credentials Data Model 2.0 §7; RFC 9901 §7; OpenAttestation documentation.
    """
    if is_sd_jwt(data):
        return _judge_sd_jwt(data.decode("ascii").strip(), (resolver, contexts), now, challenge)
    if challenge is not None:
        raise UnreadableError("Only an SD-JWT can show that its holder holds a key.", code="paper-form")
    if is_token_list(data):
        return _judge_token_list(data, resolver, now)
    document = read_json(data)
    form = form_of_value(document)
    if form is None:
        raise UnreadableError("This is not a credential, presentation or OpenAttestation document.", code="paper-form")
    if form in ("oa-v2", "oa-v3"):
        return _judge_wrapped(form, document)
    if form == "vp":
        return _judge_presentation(document, resolver, now, contexts)
    return _judge_credential(document, resolver, now, contexts)


def _judge_credential(
    document: dict[str, Any], resolver: Resolver, now: datetime, contexts: Contexts | None
) -> PaperVerdict:
    is_old = _CONTEXT_1 in _texts(document.get("@context"))
    findings = () if is_old else check_credential(document)
    integrity = _whole(verify_proofs(document, resolver, now, contexts))
    if findings:
        integrity = Check("integrity", "failed", "It is not a well-formed credential.")
    return PaperVerdict(
        form="vc",
        integrity=integrity,
        issuer=_issuer(document, integrity),
        status=_status(document, resolver, now, contexts),
        issued_by=issuer_of(document),
        types=_texts(document.get("type")),
        id=_text(document.get("id")),
        valid=_validity(document),
        claims={name: value for name, value in document.items() if name not in ("proof", "@context")},
        findings=findings,
        is_part=any(one.get("cryptosuite") == "ecdsa-sd-2023" for one in _proofs(document)),
    )


def _proofs(document: dict[str, Any]) -> list[dict[str, Any]]:
    given = document.get("proof")
    return [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, dict)]


def _issuer(document: dict[str, Any], integrity: Check) -> Check:
    name = issuer_of(document)
    if not is_signed_by_issuer(document):
        return Check("issuer", "failed", f"It is not signed with a key of its stated issuer, {name}.")
    if integrity.outcome != "passed":
        return Check("issuer", integrity.outcome, f"Nothing proves that {name} issued it in this form.")
    return Check("issuer", "passed", f"Signed with a key of {name}.")


def _status(document: dict[str, Any], resolver: Resolver, now: datetime, contexts: Contexts | None) -> Check:
    first, last = _validity(document)
    if first and first > now:
        return Check("status", "failed", f"It is not valid before {first.isoformat()}.")
    if last and last < now:
        return Check("status", "failed", f"It expired on {last.isoformat()}.")
    return check_status(document, resolver, now, contexts)


def _validity(document: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    first = instant(document.get("validFrom", document.get("issuanceDate")))
    return first, instant(document.get("validUntil", document.get("expirationDate")))


def _judge_presentation(
    document: dict[str, Any], resolver: Resolver, now: datetime, contexts: Contexts | None
) -> PaperVerdict:
    findings = check_presentation(document)
    given = document.get("verifiableCredential", [])
    parts = [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, dict)][:_MOST_INNER]
    inner = tuple(_judge_credential(one, resolver, now, contexts) for one in parts)
    integrity = _together([one.integrity for one in inner], "integrity")
    if findings:
        integrity = Check("integrity", "failed", "It is not a well-formed presentation.")
    return PaperVerdict(
        form="vp",
        integrity=integrity,
        issuer=_together([one.issuer for one in inner], "issuer"),
        status=_together([one.status for one in inner], "status"),
        types=_texts(document.get("type")),
        id=_text(document.get("id")),
        findings=findings,
        inner=inner,
    )


def _judge_sd_jwt(
    text: str, sources: tuple[Resolver, Contexts | None], now: datetime, challenge: sd_jwt.Challenge | None
) -> PaperVerdict:
    resolver, contexts = sources
    try:
        held = sd_jwt.verify(text, resolver, now, challenge)
    except ProofError as error:
        return _refused_sd_jwt(error)
    checks = []
    if "status" in held.claims:
        checks.append(check_token_status(held.claims["status"], held.issuer, resolver, now))
    if "credentialStatus" in held.claims or not checks:
        listed = {"issuer": held.issuer, "credentialStatus": held.claims.get("credentialStatus")}
        checks.append(check_status(listed, resolver, now, contexts))
    status = next((one for one in checks if one.outcome == "failed"), None)
    status = status or next((one for one in checks if one.outcome == "not-checked"), checks[0])
    reason = "Signed, and every disclosure belongs to it."
    if held.is_bound:
        reason += " Who shows it holds its key."
    elif "cnf" in held.claims:
        reason += " It is bound to a holder's key; whether who shows it holds that key was not asked."
    first, last = (held.claims.get(name) for name in ("nbf", "exp"))
    return PaperVerdict(
        form="sd-jwt-vc",
        integrity=Check("integrity", "passed", reason),
        issuer=Check("issuer", "passed", f"Signed with a key of {held.issuer}."),
        status=status,
        issued_by=held.issuer,
        types=(held.type,),
        id=_text(held.claims.get("jti")),
        valid=(_moment(first), _moment(last)),
        claims=held.claims,
        is_part=True,
    )


def _refused_sd_jwt(error: ProofError, form: Literal["sd-jwt-vc", "status-list"] = "sd-jwt-vc") -> PaperVerdict:
    """What is known of a token that did not hold: one outside of its time was signed all the same."""
    status = Check("status", "not-checked", "An invalid document has no status.")
    outcome: Literal["passed", "failed", "not-checked"] = "not-checked" if error.code == UNRESOLVED else "failed"
    reason = error.message
    if error.code in ("token-ended", "token-early"):
        status, outcome = Check("status", "failed", error.message), "passed"
        reason = "Signed with a key of its issuer."
    integrity, issuer = (Check(name, outcome, reason) for name in ("integrity", "issuer"))
    types = ("TokenStatusList",) if form == "status-list" else ()
    return PaperVerdict(form=form, integrity=integrity, issuer=issuer, status=status, types=types)


def _judge_token_list(data: bytes, resolver: Resolver, now: datetime) -> PaperVerdict:
    """A status list for tokens, as one who was handed it judges it."""
    try:
        found = read_token_list(data, resolver, now)
    except ProofError as error:
        return _refused_sd_jwt(error, "status-list")
    return PaperVerdict(
        form="status-list",
        integrity=Check("integrity", "passed", "Signed."),
        issuer=Check("issuer", "passed", f"Signed with a key of {found.issuer}."),
        status=Check("status", "passed", "It is current."),
        issued_by=found.issuer,
        types=("TokenStatusList",),
        id=found.address,
        valid=(found.since, found.until),
        claims={"validFrom": found.since.isoformat()},
    )


def _moment(seconds: Any) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _judge_wrapped(form: CertificateForm, document: dict[str, Any]) -> PaperVerdict:
    wrapped = read_wrapped(document)
    how = wrapped.identity or "no stated method"
    issuer = Check("issuer", "not-checked", f"Its issuer is identified by {how}, which cannot be queried here.")
    status = Check("status", "not-checked", "It does not show whether it was issued and is still valid.")
    if wrapped.registry:
        status = Check("status", "not-checked", f"Its status is recorded on a chain, at {wrapped.registry}.")
    return PaperVerdict(
        form=form,
        integrity=open_attestation.check_wrapped(document),
        issuer=issuer,
        status=status,
        issued_by=wrapped.claimed_issuer,
        types=_texts(wrapped.data.get("type")),
        id=_text(wrapped.data.get("id") or wrapped.data.get("reference")),
        claims=wrapped.data,
    )


def _whole(checks: tuple[Check, ...]) -> Check:
    """What the proofs of a credential say together: one that fails spoils it, one that is unknown leaves it open."""
    for outcome in ("failed", "not-checked"):
        found = next((check for check in checks if check.outcome == outcome), None)
        if found:
            return Check("integrity", found.outcome, found.reason)
    return Check("integrity", "passed", checks[0].reason)


def _together(checks: list[Check], name: str) -> Check:
    if not checks:
        return Check(name, "not-checked", "The presentation contains no readable credential.")
    worst = min(checks, key=lambda check: ("failed", "not-checked", "passed").index(check.outcome))
    return Check(name, worst.outcome, worst.reason)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def _text(value: Any) -> str | None:
    return value[:500] if isinstance(value, str) and value else None
