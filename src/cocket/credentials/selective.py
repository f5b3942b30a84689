# SPDX-License-Identifier: Apache-2.0
"""`ecdsa-sd-2023`: a holder shows some statements of a credential, and the issuer's signature still holds for them.

The issuer signs the mandatory statements together and each other one apart, with a key made for this credential alone; the
names of blank nodes are hidden by an HMAC, so that they do not tell what was left out. `issue` makes the base proof that
the holder keeps, `derive` what he shows, `verify` judges what was shown.
Source: W3C Data Integrity ECDSA Cryptosuites 1.0 §3.4 to §3.6.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from cocket.credentials import rdf
from cocket.credentials.encoding import from_base64url, from_multibase, to_base64url
from cocket.credentials.keys import IssuerKey, PublicKey, SigningKey
from cocket.errors import ProofError, SettingsError

_NAME = "ecdsa-sd-2023"
_BASE, _DERIVED = b"\xd9\x5d\x00", b"\xd9\x5d\x01"
_SKOLEM = "urn:bnid:"
_SIGNATURE, _MULTIKEY, _LABEL = 64, 35, 32
_MOST = 64 << 10


class Secrets(msgspec.Struct, frozen=True):
    """What a base proof is made with; both are new for every credential.

    Attributes:
        hmac_key: 32 secret bytes.
        proof_key: A P-256 key.
    """

    hmac_key: bytes
    proof_key: SigningKey


class _Grouped(msgspec.Struct, frozen=True):
    """A document's statements with hidden labels, and which of them some pointers choose.

    Attributes:
        lines: All of them, sorted.
        chosen: Group → indexes of its statements in `lines`, ascending.
        quads: Group → its statements, with labels as in the skolemised document.
        labels: Blank node of the skolemised document → hidden label.
    """

    lines: list[str]
    chosen: list[list[int]]
    quads: list[list[rdf.Quad]]
    labels: dict[str, str]


def issue(
    document: dict[str, Any],
    by: IssuerKey,
    made: tuple[datetime, Secrets],
    mandatory: Sequence[str],
    contexts: rdf.Contexts,
) -> dict[str, Any]:
    """Add a base proof, for the holder alone to keep.

    Args:
        document: The credential, without a proof.
        by: Who signs, with a P-256 key.
        made: When, UTC, and the secrets of this credential.
        mandatory: JSON Pointers of what the holder cannot leave out, such as `/issuer`.
        contexts: Pinned contexts.

    Returns:
        A copy with the proof.

    Raises:
        ProofError: A pointer leads nowhere, or the document cannot be signed as statements.
        SettingsError: PyLD or cbor2 is not installed.
    """
    created, secrets = made
    if by.key.public.curve != "P-256":
        raise ProofError("ecdsa-sd-2023 is signed with a P-256 key.", code="suite-key")
    proof: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": _NAME,
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": by.method,
        "proofPurpose": "assertionMethod",
    }
    _select(document, mandatory)
    grouped = _group(document, secrets.hmac_key, [mandatory], contexts)
    held = set(grouped.chosen[0])
    others = [line for index, line in enumerate(grouped.lines) if index not in held]
    head = _head(document, proof, [grouped.lines[index] for index in grouped.chosen[0]], contexts)
    public = _multikey_bytes(secrets.proof_key.public)
    base = by.key.sign(head[0] + public + head[1])
    signatures = [secrets.proof_key.sign(line.encode()) for line in others]
    packed = _cbor().dumps([base, public, secrets.hmac_key, signatures, list(mandatory)])
    return document | {"proof": proof | {"proofValue": "u" + to_base64url(_BASE + packed)}}


def derive(document: dict[str, Any], selected: Sequence[str], contexts: rdf.Contexts) -> dict[str, Any]:
    """What the holder shows: the mandatory statements and those selected.

    Args:
        document: The credential with its base proof.
        selected: JSON Pointers of what else to show (0..n).
        contexts: Pinned contexts.

    Returns:
        The revealed part of the document with a derived proof.

    Raises:
        ProofError: It carries no base proof, is a part that was shown (`sd-shown`) or a certificate that is shown whole
            (`sd-whole`), a pointer leads nowhere, or nothing would be shown.
        SettingsError: PyLD or cbor2 is not installed.
    """
    proof = document.get("proof")
    if not isinstance(proof, dict):
        raise ProofError("The document does not have exactly one base proof.", code="sd-base")
    if proof.get("cryptosuite") != _NAME:
        suite = str(proof.get("cryptosuite"))[:50]
        raise ProofError(
            "No part of this certificate can be shown: it is shown whole.", code="sd-whole", expected=_NAME, found=suite
        )
    if str(proof.get("proofValue", "")).startswith("u" + to_base64url(_DERIVED)):
        raise ProofError(
            "This is already a part of a certificate; its holder shows parts of the certificate as issued.",
            code="sd-shown",
        )
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    base, public, hmac_key, signatures, mandatory = _read_base(proof)
    pointers = [*mandatory, *selected]
    grouped = _group(unsecured, hmac_key, [mandatory, selected, pointers], contexts)
    held, wanted, combined = grouped.chosen
    signed = [index for index in range(len(grouped.lines)) if index not in set(held)]
    if len(signed) != len(signatures):
        raise ProofError("The base proof does not cover this document.", code="sd-base")
    kept = [one for index, one in zip(signed, signatures, strict=True) if index in set(wanted)]
    _, canonical = rdf.canonical_lines(grouped.quads[2])
    labels = {
        int(label.removeprefix("_:c14n")): from_base64url(grouped.labels[node].removeprefix("_:u"), "label")
        for node, label in canonical.items()
    }
    places = [place for place, index in enumerate(combined) if index in set(held)]
    packed = _cbor().dumps([base, public, kept, labels, places])
    shown = {name: value for name, value in proof.items() if name != "proofValue"}
    return _select(unsecured, pointers) | {"proof": shown | {"proofValue": "u" + to_base64url(_DERIVED + packed)}}


def verify(document: dict[str, Any], proof: dict[str, Any], key: PublicKey, contexts: rdf.Contexts) -> None:
    """Verify a derived proof, or a base proof as its holder has it.

    Args:
        document: The credential as shown.
        proof: The proof.
        key: The issuer's key.
        contexts: Pinned contexts.

    Raises:
        ProofError: It does not hold.
        SettingsError: PyLD or cbor2 is not installed.
    """
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    value = from_multibase(proof.get("proofValue"), "proof value")
    if value[:3] == _BASE:
        base, public, hmac_key, signatures, mandatory = _read_base(proof)
        grouped = _group(unsecured, hmac_key, [mandatory], contexts)
        lines, held = grouped.lines, set(grouped.chosen[0])
    else:
        base, public, signatures, labels, places = _read_derived(value)
        lines, _ = rdf.canonical_lines(rdf.Statements(unsecured, contexts).quads(), _hidden(labels))
        held = set(places)
        if len(held) != len(places) or any(place >= len(lines) for place in places):
            raise ProofError("The proof refers to missing statements.", code="sd-index")
    head = _head(unsecured, proof, [line for index, line in enumerate(lines) if index in held], contexts)
    if not key.signed(head[0] + public + head[1], base):
        raise ProofError("The signature does not verify with this key over the mandatory statements.", code="signature")
    others = [line for index, line in enumerate(lines) if index not in held]
    if len(others) != len(signatures):
        raise ProofError("Some disclosed statements were not signed, or signed ones are missing.", code="signature")
    own = PublicKey.from_multikey("u" + to_base64url(public))
    if not all(own.signed(line.encode(), one) for line, one in zip(others, signatures, strict=True)):
        raise ProofError("A disclosed statement was not signed.", code="signature")


def _head(
    document: dict[str, Any], proof: dict[str, Any], mandatory: list[str], contexts: rdf.Contexts
) -> tuple[bytes, bytes]:
    """Hashes of the proof's options and of the mandatory statements."""
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    options["@context"] = document.get("@context")
    digest = hashlib.sha256(rdf.canonical_text(options, contexts)).digest()
    return digest, hashlib.sha256("".join(mandatory).encode()).digest()


def _group(document: dict[str, Any], hmac_key: bytes, groups: list[Sequence[str]], contexts: rdf.Contexts) -> _Grouped:
    statements = rdf.Statements(document, contexts)
    skolemised = _skolemised(statements.expanded, [0])
    compact = statements.compacted(skolemised, document.get("@context"))

    def hide(labels: dict[str, str]) -> dict[str, str]:
        return {
            node: "_:u" + to_base64url(hmac.digest(hmac_key, label.removeprefix("_:").encode(), "sha256"))
            for node, label in labels.items()
        }

    lines, labels = rdf.canonical_lines(_deskolemised(statements.quads(skolemised)), hide)
    places = {line: index for index, line in enumerate(lines)}
    chosen, quads = [], []
    for pointers in groups:
        part: list[rdf.Quad] = []
        if pointers:
            part = _deskolemised(rdf.Statements(_select(compact, _pointers(compact, pointers)), contexts).quads())
        quads.append(part)
        chosen.append(sorted({places[line] for line in rdf.written(part, labels)}))
    return _Grouped(lines, chosen, quads, labels)


def _hidden(labels: dict[int, bytes]) -> Callable[[dict[str, str]], dict[str, str]]:
    def relabel(canonical: dict[str, str]) -> dict[str, str]:
        named = {f"_:c14n{number}": "_:u" + to_base64url(label) for number, label in labels.items()}
        if any(label not in named for label in canonical.values()):
            raise ProofError("A blank node has no label.", code="sd-label")
        return {node: named[label] for node, label in canonical.items()}

    return relabel


def _skolemised(value: Any, count: list[int]) -> Any:
    """Expanded values in which every blank node has a name of its own."""
    if isinstance(value, list):
        return [_skolemised(one, count) for one in value]
    if not isinstance(value, dict) or "@value" in value:
        return value
    if "@list" in value:
        return value | {"@list": _skolemised(value["@list"], count)}
    made = {name: _skolemised(one, count) for name, one in value.items() if name != "@id"}
    if "@graph" in made and len(made) == 1:
        return made
    name = value.get("@id")
    if name is None:
        name = f"{_SKOLEM}b{count[0]}"
        count[0] += 1
    elif name.startswith("_:"):
        name = f"{_SKOLEM}n{name[2:]}"
    return made | {"@id": name}


def _deskolemised(quads: list[rdf.Quad]) -> list[rdf.Quad]:
    for quad in quads:
        for part in quad.values():
            if part["type"] == "IRI" and part["value"].startswith(_SKOLEM):
                part["type"], part["value"] = "blank node", "_:" + part["value"].removeprefix(_SKOLEM)
    return quads


def _select(document: dict[str, Any], pointers: Sequence[str]) -> dict[str, Any]:
    """The parts of a document that pointers choose, with type and name of everything on the way."""
    made: dict[str, Any] = _frame_of(document) | {"@context": document.get("@context")}
    for pointer in pointers:
        _take(document, made, [_unescaped(step) for step in pointer.split("/")[1:]], pointer)
    result: dict[str, Any] = _dense(made)
    return result


def _pointers(compact: Any, pointers: Sequence[str]) -> list[str]:
    """Pointers into a document as JSON-LD writes it anew, which puts no list around a single value."""
    made = []
    for pointer in pointers:
        value, kept = compact, [""]
        for step in pointer.split("/")[1:]:
            if step == "0" and not isinstance(value, list):
                continue
            kept.append(step)
            name = _unescaped(step)
            if isinstance(value, list):
                value = value[int(name)] if name.isdecimal() and int(name) < len(value) else None
            else:
                value = value.get(name) if isinstance(value, dict) else None
        made.append("/".join(kept))
    return made


def _take(source: Any, target: Any, steps: list[str], pointer: str) -> None:
    for depth, step in enumerate(steps):
        key: Any = int(step) if isinstance(source, list) and re.fullmatch(r"0|[1-9][0-9]{0,4}", step) else step
        try:
            source = source[key]
        except (KeyError, IndexError, TypeError) as error:
            raise ProofError(f"The pointer {pointer[:100]} does not point to a value.", code="sd-pointer") from error
        if isinstance(target, list):
            target.extend([None] * (key + 1 - len(target)))
        held = target[key] if isinstance(target, list) else target.get(key)
        if depth == len(steps) - 1:
            full = copy.deepcopy(source)
            target[key] = {**held, **full} if isinstance(held, dict) and isinstance(full, dict) else full
        elif held is None:
            target[key] = [] if isinstance(source, list) else _frame_of(source)
        target = target[key]


def _frame_of(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ProofError("A pointer leads into a value without members.", code="sd-pointer")
    made = {"id": value["id"]} if isinstance(value.get("id"), str) and not value["id"].startswith("_:") else {}
    return made | ({"type": copy.deepcopy(value["type"])} if "type" in value else {})


def _dense(value: Any) -> Any:
    if isinstance(value, list):
        return [_dense(one) for one in value if one is not None]
    return {name: _dense(one) for name, one in value.items()} if isinstance(value, dict) else value


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _read_base(proof: dict[str, Any]) -> tuple[bytes, bytes, bytes, list[bytes], list[str]]:
    value = from_multibase(proof.get("proofValue"), "proof value")
    parts = _unpacked(value, _BASE)
    base, public, hmac_key, signatures, mandatory = parts
    is_sound = _sizes([base, public, hmac_key], (_SIGNATURE, _MULTIKEY, _LABEL)) and _signatures(signatures)
    if not is_sound or not isinstance(mandatory, list) or not all(isinstance(one, str) for one in mandatory):
        raise ProofError("The base proof does not follow the cryptosuite.", code="sd-form")
    return base, public, hmac_key, signatures, mandatory


def _read_derived(value: bytes) -> tuple[bytes, bytes, list[bytes], dict[int, bytes], list[int]]:
    base, public, signatures, labels, places = _unpacked(value, _DERIVED)
    is_sound = _sizes([base, public], (_SIGNATURE, _MULTIKEY)) and _signatures(signatures)
    is_sound = is_sound and isinstance(labels, dict) and isinstance(places, list)
    is_sound = is_sound and all(_is_count(one) for one in [*labels, *places])
    if not is_sound or not _sizes(list(labels.values()), (_LABEL,) * len(labels)):
        raise ProofError("The derived proof does not follow the cryptosuite.", code="sd-form")
    return base, public, signatures, labels, places


def _unpacked(value: bytes, prefix: bytes) -> list[Any]:
    if value[:3] != prefix or len(value) > _MOST:
        raise ProofError("The proof value is not of this cryptosuite.", code="sd-form")
    try:
        parts = _cbor().loads(value[3:])
        is_same = isinstance(parts, list) and _cbor().dumps(parts) == value[3:]
    except SettingsError:
        raise
    except Exception as error:
        raise ProofError("The proof value is not CBOR.", code="sd-form") from error
    if not is_same or len(parts) != 5:
        raise ProofError("The proof value does not follow the cryptosuite.", code="sd-form")
    made: list[Any] = parts
    return made


def _sizes(values: list[Any], sizes: tuple[int, ...]) -> bool:
    return all(isinstance(one, bytes) and len(one) == size for one, size in zip(values, sizes, strict=True))


def _signatures(values: Any) -> bool:
    return isinstance(values, list) and _sizes(values, (_SIGNATURE,) * len(values))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 20


def _multikey_bytes(key: PublicKey) -> bytes:
    return from_multibase(key.multikey, "public key")


def _cbor() -> Any:
    try:
        import cbor2
    except ImportError as error:
        raise SettingsError(
            "This kind of proof needs cbor2, which is not installed.",
            problems=("the package cbor2 is missing",),
            hint="Install cocket[credentials].",
        ) from error
    return cbor2
