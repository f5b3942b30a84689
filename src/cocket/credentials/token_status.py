# SPDX-License-Identifier: Apache-2.0
"""Token Status List: one signed token tells of many tokens whether they were suspended or withdrawn.

What a Bitstring Status List is for credentials in JSON, this is for SD-JWT VC: wallets and their verifiers read it. Both
lists of an issuer say the same; a list that is not at hand, or no longer current, leaves the status unknown.
Source: IETF draft-ietf-oauth-status-list (Token Status List), §4 to §8.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from cocket.credentials.encoding import from_base64url, to_base64url
from cocket.credentials.identity import UNRESOLVED, Resolver, find_key, resolve
from cocket.credentials.keys import IssuerKey, PublicKey
from cocket.credentials.status_list import FEWEST, MOST, StatusCheck
from cocket.credentials.tokens import Expected, read_token, sign_token
from cocket.errors import ProofError, UnreadableError
from cocket.ledger import Check
from cocket.standards.certificates import read_json

TokenState = Literal["valid", "suspended", "withdrawn"]

#: Values of an entry, by what they say (§7.1); each takes two bits here.
_VALUES: Final[dict[TokenState, int]] = {"valid": 0, "withdrawn": 1, "suspended": 2}
_STATES: Final = {value: state for state, value in _VALUES.items()}
_BITS: Final = 2
_TYPE: Final = "statuslist+jwt"
_MOST_LIST = 4 << 20


class TokenStatusList(msgspec.Struct, frozen=True, kw_only=True):
    """A list that holds.

    Attributes:
        address: Its address, by which tokens name it.
        issuer: Who signed it, a DID.
        since: When it was made, UTC.
        until: Until when it is current, UTC; None where it does not say.
        bits: Bits of an entry: 1, 2, 4 or 8.
        packed: The entries, the first one in the lowest bits of the first byte.
    """

    address: str
    issuer: str
    since: datetime
    until: datetime | None
    bits: int
    packed: bytes

    def __getitem__(self, index: int) -> int:
        """Value of an entry.

        Raises:
            ProofError: There is no such entry.
        """
        place = index * self.bits
        if index < 0 or place // 8 >= len(self.packed):
            raise ProofError("The status list has no such entry.", code="status-index", found=str(index)[:50])
        return self.packed[place // 8] >> place % 8 & (1 << self.bits) - 1


def is_token_list(data: bytes) -> bool:
    """Whether bytes are a token that calls itself a status list; whether it is one is another question.

    Source: RFC 7515 §3.1; draft-ietf-oauth-status-list §5.1.
    """
    head, *rest = data.strip()[: _MOST_LIST + 1].split(b".")
    if len(rest) != 2 or not head.isascii():
        return False
    try:
        header = read_json(from_base64url(head.decode("ascii"), "header"))
    except (ProofError, UnreadableError):
        return False
    return isinstance(header, dict) and header.get("typ") == _TYPE


def issue_token_list(
    states: Mapping[int, TokenState], address: str, by: IssuerKey, current: tuple[datetime, datetime]
) -> str:
    """A list as a signed token, to be published at its address as `application/statuslist+jwt`.

    Args:
        states: Entry → what is said of it; an entry that is left out is valid.
        address: HTTPS address.
        by: Who signs.
        current: From when to when it is current, UTC.

    Raises:
        ProofError: An entry is beyond the list.

    Source: draft-ietf-oauth-status-list §4.1, §4.2, §5.1.
    """
    packed = bytearray(FEWEST * _BITS // 8)
    for index, state in states.items():
        if not 0 <= index < FEWEST:
            raise ProofError("The status list has no such entry.", code="status-index", found=str(index)[:50])
        place = index * _BITS
        packed[place // 8] |= _VALUES[state] << place % 8
    first, last = (int(moment.timestamp()) for moment in current)
    claims = {
        "iss": by.issuer,
        "sub": address,
        "iat": first,
        "exp": last,
        "ttl": last - first,
        "status_list": {"bits": _BITS, "lst": to_base64url(zlib.compress(bytes(packed), 9))},
    }
    return sign_token({"typ": _TYPE, "kid": by.method}, claims, by.key)


def token_status_entry(address: str, index: int) -> dict[str, Any]:
    """What a token says of its place in a list (claim `status`).

    Source: draft-ietf-oauth-status-list §6.2.
    """
    return {"status_list": {"idx": index, "uri": address}}


def read_token_list(data: bytes, resolver: Resolver, now: datetime) -> TokenStatusList:
    """A list that is its issuer's, whole and current.

    Args:
        data: The token.
        resolver: Gives documents of issuers.
        now: The moment of reading, with its zone.

    Raises:
        ProofError: It does not hold, or is not current; `UNRESOLVED` where its issuer is not known here.
        UnreadableError: It is no token.

    Source: draft-ietf-oauth-status-list §5.1, §8.3.
    """
    if len(data) > _MOST_LIST or not data.isascii():
        raise UnreadableError("The status list is not a token.", code="status-list")

    signers: list[str] = []

    def key_of(header: dict[str, Any], claims: dict[str, Any]) -> PublicKey:
        signers.append(str(header.get("kid")).partition("#")[0])
        made = claims.get("iat")
        is_time = isinstance(made, int) and not isinstance(made, bool) and 0 <= made <= now.timestamp()
        return find_key(header.get("kid"), datetime.fromtimestamp(made or 0, UTC) if is_time else now, resolver)

    expected = Expected(types=(_TYPE,), needs_end=False, most=_MOST_LIST)
    claims = read_token(data.decode("ascii").strip(), key_of, expected, now)
    said, made, end = claims.get("status_list"), claims.get("iat"), claims.get("exp")
    if claims.get("iss", signers[0]) != signers[0]:
        raise ProofError("The status list is not signed by its stated issuer.", code="status-list")
    if not isinstance(said, dict) or said.get("bits") not in (1, 2, 4, 8) or made is None:
        raise ProofError("The token is not a status list.", code="status-list")
    bits: int = said["bits"]
    return TokenStatusList(
        address=claims["sub"],
        issuer=signers[0],
        since=datetime.fromtimestamp(made, UTC),
        until=None if end is None else datetime.fromtimestamp(end, UTC),
        bits=bits,
        packed=_unpacked(said.get("lst"), bits),
    )


def stated_address(data: bytes) -> str:
    """The address that a list gives itself, its signature not looked at.

    Raises:
        ProofError: It is not Base64url.
        UnreadableError: It is no token, or has no address.

    Source: draft-ietf-oauth-status-list §5.1 (`sub`).
    """
    address = stated_claims(data).get("sub")
    if not isinstance(address, str):
        raise UnreadableError("The status list has no address, so it cannot be referred to.", code="status-list")
    return address


def stated_date(data: bytes) -> datetime | None:
    """When a list says that it was made, its signature not looked at; None where it does not say.

    Raises:
        ProofError: It is not Base64url.
        UnreadableError: It is no token.

    Source: draft-ietf-oauth-status-list §5.1 (`iat`).
    """
    made = stated_claims(data).get("iat")
    return datetime.fromtimestamp(made, UTC) if isinstance(made, int) and 0 <= made < 1 << 36 else None


def check_token_status(status: Any, issuer: str, resolver: Resolver, now: datetime) -> Check:
    """Whether a token is suspended or withdrawn, as far as its list is at hand.

    Args:
        status: Its claim `status`.
        issuer: Who issued it, a DID.
        resolver: Gives lists by their address, and documents of issuers.
        now: The moment of asking, with its zone.

    Returns:
        `failed` where the list says so; `not-checked` where it is not at hand, not current, not that of the issuer, or says
        what is not known here; else `passed`.

    Source: draft-ietf-oauth-status-list §8.3.
    """
    try:
        index, address = _entry(status)
        found = read_token_list(resolve(address, resolver, _MOST_LIST), resolver, now)
        if found.address != address or found.issuer != issuer:
            raise ProofError("The status list is not that of the token's issuer.", code="status-list")
        state = _STATES.get(found[index])
    except (ProofError, UnreadableError) as error:
        says = "Its status list has expired; a current one is needed." if error.code == "token-ended" else error.message
        return Check("status", "not-checked", says)
    if state is None:
        return Check("status", "not-checked", "The status list says what is not known here.")
    if state == "valid":
        return Check("status", "passed", "Neither suspended nor withdrawn by the issuer's current list.")
    age = found.since.strftime("%Y-%m-%dT%H:%M:%SZ")
    return StatusCheck("status", "failed", f"It was {state} by its issuer (list of {age}).", state)


def stated_claims(data: bytes) -> dict[str, Any]:
    """What a list says, its signature not looked at.

    Raises:
        ProofError: It is not Base64url.
        UnreadableError: It is no token.

    Source: RFC 7519 §7.2.
    """
    parts = data.strip().decode("ascii", "replace").split(".")
    claims = read_json(from_base64url(parts[1], "token"), _MOST_LIST) if len(parts) == 3 else None
    if not isinstance(claims, dict):
        raise UnreadableError("The status list is not a token.", code="status-list")
    return claims


def _entry(status: Any) -> tuple[int, str]:
    """Place and address of a token's status."""
    entry = status.get("status_list") if isinstance(status, dict) else None
    if not isinstance(entry, dict):
        raise ProofError("A status of this type is not supported.", code=UNRESOLVED)
    index, address = entry.get("idx"), entry.get("uri")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0 or not isinstance(address, str):
        raise ProofError("The status list entry is of an unsupported type.", code="status-entry")
    return index, address


def _unpacked(text: Any, bits: int) -> bytes:
    if not isinstance(text, str):
        raise ProofError("The token is not a status list.", code="status-list")
    unpacker, most = zlib.decompressobj(), MOST * bits // 8
    try:
        packed = unpacker.decompress(from_base64url(text, "status list"), most + 1)
    except zlib.error as error:
        raise ProofError("The status list cannot be unpacked.", code="status-list") from error
    if len(packed) > most:
        raise ProofError("The status list is too large when unpacked.", code="status-list", found=f"more than {most}")
    if not unpacker.eof or unpacker.unused_data:
        raise ProofError("The status list is truncated, or followed by extra data.", code="status-list")
    return packed
