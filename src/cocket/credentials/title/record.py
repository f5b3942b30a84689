# SPDX-License-Identifier: Apache-2.0
"""Which title a document speaks of: the registry and token that TradeTrust documents name.

Only where the title is kept is read here. Whether the document is whole and whose it is, is for the rest of the room.
Source: TradeTrust, Transferable Records (credential status `TransferableRecords`; Open Attestation v2 `tokenRegistry`,
v3 proof method `TOKEN_REGISTRY`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from cocket.credentials.title.abi import AbiError, address_of
from cocket.standards.certificates import read_wrapped, version_of

_TOKEN = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")


class TransferableRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Where the title of a document is kept.

    Attributes:
        form: Form of the document.
        registry: Address of the registry contract.
        token_id: The title, as 64 hex digits in lower case.
        chain_id: EIP-155 number of the chain; None where the document does not say.
        number: Number of the bill of lading; None where the document has none in the usual places.
    """

    form: Literal["w3c-vc", "open-attestation-2", "open-attestation-3"]
    registry: str
    token_id: str
    chain_id: int | None = None
    number: str | None = None

    @property
    def name(self) -> str:
        """Name of the title everywhere, such as `eip155:1/0x…/…`; an unknown chain is `?`."""
        return f"eip155:{self.chain_id or '?'}/{self.registry}/{self.token_id}"


def transferable_record(document: Any) -> TransferableRecord | None:
    """The title a document speaks of.

    Args:
        document: The document as JSON values.

    Returns:
        Where its title is kept; None if it is no transferable record, or does not say so in an orderly way.
    """
    if not isinstance(document, Mapping):
        return None
    for read in (_of_credential, _of_version_2, _of_version_3):
        try:
            record = read(document)
        except (AbiError, AttributeError, KeyError, IndexError, TypeError, ValueError):
            continue
        if record is not None:
            return record
    return None


def _of_credential(document: Mapping[str, Any]) -> TransferableRecord | None:
    given, subject = document["credentialStatus"], document.get("credentialSubject")
    statuses = [one for one in _list(given) if one.get("type") == "TransferableRecords"]
    if len(statuses) != 1:
        return None
    return TransferableRecord(
        form="w3c-vc",
        registry=address_of(statuses[0]["tokenRegistry"]),
        token_id=_token(statuses[0]["tokenId"]),
        chain_id=_chain(statuses[0].get("tokenNetwork")),
        number=_number(_list(subject)[0]),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _of_version_2(document: Mapping[str, Any]) -> TransferableRecord | None:
    if version_of(document) != "oa-v2":
        return None
    wrapped = read_wrapped(dict(document))
    data = wrapped.data
    registries = {address_of(issuer["tokenRegistry"]) for issuer in data["issuers"] if "tokenRegistry" in issuer}
    if len(registries) != 1:
        return None
    return TransferableRecord(
        form="open-attestation-2",
        registry=registries.pop(),
        token_id=_token(wrapped.root),
        chain_id=_chain(data.get("network")),
        number=_number(data),
    )


def _of_version_3(document: Mapping[str, Any]) -> TransferableRecord | None:
    metadata = document["openAttestationMetadata"]
    method = metadata["proof"]
    if method["method"] != "TOKEN_REGISTRY":
        return None
    return TransferableRecord(
        form="open-attestation-3",
        registry=address_of(method["value"]),
        token_id=_token(document["proof"]["merkleRoot"]),
        chain_id=_chain(document.get("network")),
        number=_number(document.get("credentialSubject")),
    )


def _token(text: Any) -> str:
    match = _TOKEN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise AbiError("A token is identified by 32 bytes in hex.", found=str(text)[:100])
    return match[1].lower()


def _chain(network: Any) -> int | None:
    given = network.get("chainId") if isinstance(network, Mapping) else None
    if given is None:
        return None
    if int(given) < 1:
        raise AbiError("A chain has a number above zero.", found=str(given)[:100])
    return int(given)


def _number(subject: Any) -> str | None:
    """Number of the bill of lading, as TradeTrust's own bill of lading context and its samples spell it."""
    if not isinstance(subject, Mapping):
        return None
    found = (subject.get(name) for name in ("blNumber", "documentNumber", "transportDocumentReference"))
    return next((text for text in found if isinstance(text, str) and text), None)
