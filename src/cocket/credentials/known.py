# SPDX-License-Identifier: Apache-2.0
"""Documents that are handed in, each by the name that it gives itself: of several status lists of one name the newest counts.

An older list would hide a suspension, in whatever order the files are given. Documents that contradict each other, with
nothing that says which came later, are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from cocket.credentials.identity import Resolver
from cocket.credentials.instants import instant
from cocket.credentials.status_list import issuer_of
from cocket.credentials.token_status import is_token_list, stated_address, stated_claims, stated_date
from cocket.errors import UnreadableError
from cocket.standards.certificates import read_json


class KnownDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it describes itself; its signature is looked at by who uses it.

    Attributes:
        name: What others refer to it by: a DID, or the address of a list.
        issuer: Who it says made it; None where it does not say.
        is_list: Whether it is a status list, of which a newer one takes the place of an older one.
        made: When a list says it was made, with zone; None where it does not say.
        says: What it says, without its proof.
        data: The document, byte for byte.
    """

    name: str
    issuer: str | None
    is_list: bool
    made: datetime | None
    says: dict[str, Any]
    data: bytes

    def replaces(self, other: KnownDocument) -> bool:
        """Whether it is a later list of the same issuer and name."""
        is_same = self.is_list and other.is_list and (self.name, self.issuer) == (other.name, other.issuer)
        return is_same and self.made is not None and other.made is not None and self.made > other.made


def read_known(data: bytes) -> KnownDocument:
    """What a document says of itself.

    Raises:
        ProofError: It is a token, and not Base64url.
        UnreadableError: It cannot be read, or gives itself no name (`known`).

    Source: W3C Bitstring Status List 1.0 §2.2; draft-ietf-oauth-status-list §5.1; W3C Decentralized Identifiers 1.0 §5.1.1.
    """
    if is_token_list(data):
        claims = stated_claims(data)
        issuer = claims.get("iss")
        return KnownDocument(
            name=stated_address(data),
            issuer=issuer if isinstance(issuer, str) else None,
            is_list=True,
            made=stated_date(data),
            says=claims,
            data=data,
        )
    document = read_json(data)
    name = document.get("id") if isinstance(document, dict) else None
    if not isinstance(name, str):
        raise UnreadableError("It has no id, so it cannot be referred to.", code="known")
    types = document.get("type")
    return KnownDocument(
        name=name,
        issuer=issuer_of(document),
        is_list="BitstringStatusListCredential" in (types if isinstance(types, list) else [types]),
        made=instant(document.get("validFrom", document.get("issuanceDate"))),
        says={key: value for key, value in document.items() if key != "proof"},
        data=data,
    )


def newest(documents: Iterable[KnownDocument], now: datetime) -> KnownDocument:
    """The one that counts among documents of one name (1..n).

    Args:
        documents: The documents, in any order.
        now: The moment of judging, with its zone: a list made after it counts only where there is no other.

    Raises:
        UnreadableError: They contradict each other, and nothing says which came later (`known-contradicts`).

    Source: W3C Bitstring Status List 1.0 §3.2; draft-ietf-oauth-status-list §8.3 (the current list is that which counts).
    """
    given = list(documents)
    timely = [one for one in given if one.made is None or one.made <= now] or given
    best = max(timely, key=lambda one: (one.made is not None, one.made or now))
    for other in timely:
        if other.says != best.says and not best.replaces(other):
            raise UnreadableError(
                f"Two documents of {best.name[:200]} contradict each other, and neither is the newer.",
                code="known-contradicts",
                found=best.name[:200],
            )
    return best


def resolver_from(documents: Iterable[KnownDocument], now: datetime) -> Resolver:
    """Gives documents that were handed in, by their names.

    Raises:
        UnreadableError: Two of one name contradict each other (`known-contradicts`).
    """
    by_name: dict[str, list[KnownDocument]] = {}
    for one in documents:
        by_name.setdefault(one.name, []).append(one)
    found = {name: newest(together, now).data for name, together in by_name.items()}
    return found.get
