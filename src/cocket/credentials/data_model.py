# SPDX-License-Identifier: Apache-2.0
"""Whether a document is a credential or presentation at all: the structure that the data model demands.

It says nothing of truth or signatures; those are `proofs`' business. Values that only JSON-LD could judge (a word that a
context maps to no address) are judged as far as the document itself tells.
Source: W3C Verifiable Credentials Data Model 2.0 §4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from cocket.credentials.instants import instant
from cocket.findings import Finding

BASE_CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"

#: Properties whose objects must say their type, and of those the ones that must have an id.
_TYPED = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence", "proof")
_NAMED = ("credentialSchema",)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_WORDS = {"@value", "@language", "@direction"}


def check_credential(document: Any, place: str = "") -> tuple[Finding, ...]:
    """Check the structure of a credential.

    Args:
        document: The credential as JSON values.
        place: JSON Pointer of it within what was read; "" for the whole.

    Returns:
        Findings (0..n), each with the JSON Pointer of its place; one of severity `error` makes it no credential.

    Source: W3C Verifiable Credentials Data Model 2.0 §4.
    """
    if not isinstance(document, dict):
        return (_finding("vc-object", "a credential is a JSON object", place, document),)
    findings = [
        *_context(document, place),
        *_types(document, "VerifiableCredential", place),
        *_identifier(document, place),
        *_issuer(document, place),
        *_subjects(document, place),
        *_validity(document, place),
        *_parts(document, place),
    ]
    for name in ("name", "description"):
        findings += _words(document.get(name), f"{place}/{name}")
    return tuple(findings)


def check_presentation(document: Any) -> tuple[Finding, ...]:
    """Check the structure of a presentation, and of each credential in it.

    Returns:
        Findings (0..n), as `check_credential` gives them.

    Source: W3C Verifiable Credentials Data Model 2.0 §4.13.
    """
    if not isinstance(document, dict):
        return (_finding("vc-object", "a presentation is a JSON object", "", document),)
    findings = [
        *_context(document, ""),
        *_types(document, "VerifiablePresentation", ""),
        *_identifier(document, ""),
        *_holder(document),
    ]
    given = document.get("verifiableCredential", [])
    for index, one in enumerate(given if isinstance(given, list) else [given]):
        place = f"/verifiableCredential/{index}"
        if isinstance(one, dict) and "EnvelopedVerifiableCredential" in _list(one.get("type")):
            findings += _enveloped(one, place)
        else:
            findings += check_credential(one, place)
    return tuple(findings)


def _context(document: dict[str, Any], place: str) -> Iterator[Finding]:
    context = document.get("@context")
    entries = context if isinstance(context, list) else [context]
    if not entries or entries[0] != BASE_CONTEXT:
        first = entries[0] if entries else None
        yield _finding(
            "vc-context", "the first context must be {expected}", f"{place}/@context", first, expected=BASE_CONTEXT
        )
    defined: dict[str, Any] = {}
    for index, entry in enumerate(entries):
        here = f"{place}/@context/{index}"
        if isinstance(entry, dict):
            yield from _terms(entry, defined, here)
        elif not _is_url(entry):
            yield _finding("vc-context", "a context is an address or an object", here, entry)


def _terms(entry: dict[str, Any], defined: dict[str, Any], place: str) -> Iterator[Finding]:
    """Words that a context in the document defines: as addresses, and a protected one never otherwise."""
    for term, meaning in entry.items():
        address = meaning.get("@id") if isinstance(meaning, dict) else meaning
        if not term.startswith("@") and isinstance(address, str) and ":" in address and not _is_url(address):
            yield _finding("vc-context-term", "the context gives {term} no address", place, address, term=term[:50])
        if term in defined and defined[term] != meaning:
            yield _finding(
                "vc-context-term", "{term} is protected and must not be redefined", place, str(meaning), term=term[:50]
            )
    if entry.get("@protected") is True:
        defined.update((term, meaning) for term, meaning in entry.items() if not term.startswith("@"))


def _types(document: dict[str, Any], wanted: str, place: str) -> Iterator[Finding]:
    types = _list(document.get("type"))
    if wanted not in types or not all(isinstance(one, str) and one for one in types):
        found = ", ".join(map(str, types)) or None
        yield _finding("vc-type", "the types must include {expected}", f"{place}/type", found, expected=wanted)
    contexts = _list(document.get("@context"))
    drops_unknown = any(isinstance(one, dict) and one.get("@vocab", "") is None for one in contexts)
    mapped = {term for one in contexts if isinstance(one, dict) for term in one}
    for one in types:
        if drops_unknown and isinstance(one, str) and one != wanted and one not in mapped and not _is_url(one):
            yield _finding("vc-type", "the context gives the type {found} no address", f"{place}/type", one)


def _identifier(document: dict[str, Any], place: str) -> Iterator[Finding]:
    if "id" in document and not _is_url(document["id"]):
        yield _finding("vc-id", "an id is a single URL", f"{place}/id", document["id"])


def _issuer(document: dict[str, Any], place: str) -> Iterator[Finding]:
    issuer = document.get("issuer")
    name = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not _is_url(name):
        yield _finding(
            "vc-issuer", "the issuer must be an address, or an object with one as id", f"{place}/issuer", name
        )
    if isinstance(issuer, dict):
        for word in ("name", "description"):
            yield from _words(issuer.get(word), f"{place}/issuer/{word}")


def _holder(document: dict[str, Any]) -> Iterator[Finding]:
    if "holder" in document:
        holder = document["holder"]
        name = holder.get("id") if isinstance(holder, dict) else holder
        if not _is_url(name):
            yield _finding("vp-holder", "the holder must be an address, or an object with one as id", "/holder", name)


def _subjects(document: dict[str, Any], place: str) -> Iterator[Finding]:
    subjects = _list(document.get("credentialSubject"))
    here = f"{place}/credentialSubject"
    if not subjects:
        yield _finding("vc-subject", "a credential has at least one subject", here, None)
    for subject in subjects:
        if not isinstance(subject, dict) or not subject:
            yield _finding("vc-subject", "a subject is a non-empty object", here, subject)
        elif "id" in subject and not _is_url(subject["id"]):
            yield _finding("vc-subject", "the id of a subject is a single URL", f"{here}/id", subject["id"])


def _validity(document: dict[str, Any], place: str) -> Iterator[Finding]:
    for name in ("validFrom", "validUntil"):
        if name in document and instant(document[name]) is None:
            yield _finding(
                "vc-time",
                "{name} is not a date and time with a time zone",
                f"{place}/{name}",
                document[name],
                name=name,
            )
    first, last = instant(document.get("validFrom")), instant(document.get("validUntil"))
    if first and last and last < first:
        yield _finding("vc-time", "it ends before it begins", f"{place}/validUntil", document["validUntil"])


def _parts(document: dict[str, Any], place: str) -> Iterator[Finding]:
    for name in _TYPED:
        if name not in document:
            continue
        for part in _list(document[name]) or [None]:
            here = f"{place}/{name}"
            types = _list(part.get("type")) if isinstance(part, dict) else []
            if not types or not all(isinstance(one, str) and one for one in types):
                yield _finding("vc-part-type", "{name} must have a type", here, part, name=name)
            if isinstance(part, dict) and (("id" in part) or name in _NAMED) and not _is_url(part.get("id")):
                yield _finding(
                    "vc-part-id", "the id of {name} is a single URL", f"{here}/id", part.get("id"), name=name
                )


def _enveloped(part: dict[str, Any], place: str) -> Iterator[Finding]:
    name = part.get("id")
    if not isinstance(name, str) or not name.startswith("data:"):
        yield _finding("vp-enveloped", "an enveloped credential is a data address", f"{place}/id", name)
    if _list(part.get("@context"))[:1] != [BASE_CONTEXT]:
        yield _finding("vc-context", "the first context must be {expected}", place, None, expected=BASE_CONTEXT)


def _words(value: Any, place: str) -> Iterator[Finding]:
    """A text, or texts with their language and direction and nothing else."""
    for one in _list(value):
        is_plain = isinstance(one, str)
        is_tagged = isinstance(one, dict) and isinstance(one.get("@value"), str) and set(one) <= _WORDS
        if not is_plain and not is_tagged:
            yield _finding("vc-words", "this is neither a text nor a text with a language", place, str(one))


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 1 << 16 and _URL.fullmatch(value) is not None


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _finding(
    code: str, message: str, place: str, found: Any, *, expected: str | None = None, **arguments: str
) -> Finding:
    said = None if found is None else str(found)[:200]
    return Finding(
        code=code,
        severity="error",
        message=message,
        location=place or "/",
        expected=expected,
        found=said,
        arguments=arguments,
    )
