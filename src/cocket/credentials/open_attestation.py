# SPDX-License-Identifier: Apache-2.0
"""OpenAttestation documents, versions 2 and 3: each value is salted and hashed, and the hashes give one root.

The root tells whether the document was altered since it was wrapped. Who wrapped it, and whether it still stands, is
written in the DNS and on a chain; of those nothing can be said here, and that is said.
Source: OpenAttestation documentation (document integrity); TradeTrust's published documents.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from cocket.credentials.encoding import canonical
from cocket.credentials.keccak import keccak256
from cocket.errors import ProofError, UnreadableError
from cocket.ledger import Check
from cocket.standards.certificates import read_json, version_of

_HASH = re.compile(r"[0-9a-f]{64}")
_MOST_HASHES = 20_000


def check_wrapped(document: dict[str, Any]) -> Check:
    """Whether a document is as it was wrapped.

    Returns:
        `failed` with what does not fit, else `passed`.

    Source: OpenAttestation documentation (document integrity, versions 2 and 3).
    """
    version = version_of(document)
    try:
        if version == "oa-v2":
            target, uncovered = _digest_v2(document), 0
            tree = document["signature"]
            siblings = tree.get("proof", [])
        elif version == "oa-v3":
            target, uncovered = _digest_v3(document)
            tree = document["proof"]
            siblings = tree.get("proofs", [])
        else:
            return Check("integrity", "failed", "This is not an OpenAttestation document of version 2 or 3.")
        if tree.get("targetHash") != target:
            return Check("integrity", "failed", "A value was altered, added or taken away since it was wrapped.")
        if tree.get("merkleRoot") != _root(target, siblings):
            return Check("integrity", "failed", "Its hash does not lead to the stated root.")
    except (ProofError, UnreadableError) as error:
        return Check("integrity", "failed", error.message)
    said = "No value was changed after wrapping."
    if uncovered:
        said = (
            f"No value was changed after wrapping, but {uncovered} empty, zero or false values are covered by no hash."
        )
    return Check("integrity", "passed", said)


def _digest_v2(document: dict[str, Any]) -> str:
    privacy = _dict(document.get("privacy"))
    hashes = _hashes(privacy.get("obfuscatedData", []))
    for path, value in _leaves(document["data"], ""):
        hashes.append(keccak256(canonical({path: value})).hex())
    return _digest(hashes)


def _digest_v3(document: dict[str, Any]) -> tuple[str, int]:
    """The hash, and how many values it does not cover: version 3 leaves out what JavaScript takes for false."""
    proof = document["proof"]
    salts = _salts(proof.get("salts"))
    values = dict(_paths({name: value for name, value in document.items() if name != "proof"}, ""))
    if set(salts) != set(values):
        raise ProofError("A value was added or taken away since it was wrapped.", code="oa-salts")
    hashes = _hashes(_dict(proof.get("privacy")).get("obfuscated", []))
    covered = {path: value for path, value in values.items() if value not in (None, False, 0, "")}
    for path, value in covered.items():
        said = value if isinstance(value, str) else canonical(value).decode()
        hashes.append(keccak256(canonical({path: f"{salts[path]}:{said}"})).hex())
    return _digest(hashes), len(values) - len(covered)


def _digest(hashes: list[str]) -> str:
    if len(hashes) > _MOST_HASHES:
        raise ProofError("The document has too many values.", code="oa-large", found=str(len(hashes)))
    return keccak256(canonical(sorted(hashes))).hex()


def _root(target: str, siblings: Any) -> str:
    node = bytes.fromhex(target)
    for sibling in _hashes(siblings):
        node = keccak256(b"".join(sorted((node, bytes.fromhex(sibling)))))
    return node.hex()


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Path → value as version 2 names them; an empty object or list is a value of its own."""
    if isinstance(value, dict | list) and value:
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if "." in str(name):
                raise ProofError("A name in the document contains a point.", code="oa-name", found=str(name)[:100])
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif path:
        yield path, value


def _paths(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Path → value as version 3 names them; an empty object or list is nothing."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if set(name) & set(".[]"):
                raise ProofError(
                    "A name in the document contains a point or bracket.", code="oa-name", found=name[:100]
                )
            yield from _paths(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, f"{path}[{index}]")
    else:
        yield path, value


def _salts(text: Any) -> dict[str, str]:
    """Path → salt."""
    try:
        decoded = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError) as error:
        raise ProofError("The salts are not Base64.", code="oa-salts") from error
    entries = read_json(decoded)
    salts: dict[str, str] = {}
    for entry in _list(entries):
        path, salt = (entry.get("path"), entry.get("value")) if isinstance(entry, dict) else (None, None)
        if not isinstance(path, str) or not isinstance(salt, str) or len(salt) != 64 or path in salts:
            raise ProofError("There is not one salt for each value.", code="oa-salts")
        salts[path] = salt
    return salts


def _hashes(values: Any) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(one, str) and _HASH.fullmatch(one) for one in values):
        raise ProofError("The hashes in the document are not valid.", code="oa-hash")
    if len(values) > _MOST_HASHES:
        raise ProofError("The document has too many hashes.", code="oa-large", found=str(len(values)))
    return list(values)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
