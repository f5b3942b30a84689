# SPDX-License-Identifier: Apache-2.0
"""Passkeys: what a browser is asked for, and what its answer proves.

Each answer is for one challenge, one host and one address of ours, and the authenticator must have verified who uses it, by a
PIN or a finger. Source: W3C Web Authentication Level 3, §7.1 and §7.2.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from cocket.errors import ProofError
from cocket.pipeline.governance.factors import UNKNOWN, WRONG, Passkey

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

#: Codes of refusals.
CLONED: Final = "passkey-cloned"

_LONGEST_ANSWER: Final = 16_384
_WAIT_MS: Final = 120_000


class Site(msgspec.Struct, frozen=True):
    """For whom a passkey is good.

    Attributes:
        origin: Address at which officers reach the workbench, such as `https://cocket.customs.example`.
        host: Its host, to which passkeys are bound.
    """

    origin: str
    host: str


def site_of(address: str) -> Site:
    """For whom passkeys are good that are used at an address of ours."""
    parts = urlsplit(address)
    return Site(f"{parts.scheme}://{parts.netloc}", parts.hostname or "")


def creation_options(
    site: Site, challenge: bytes, officer: tuple[str, str, bytes], known: Sequence[Passkey]
) -> dict[str, Any]:
    """What a browser is asked to make a passkey by.

    Args:
        site: For whom.
        challenge: Random, used once (32 bytes).
        officer: Sign-in name, name shown, and what the authenticator knows the account by (16 bytes).
        known: Passkeys that the officer has (0..n); none of their authenticators is taken again.
    """
    from webauthn import generate_registration_options, options_to_json  # loads much, and few processes need any of it
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    name, shown, handle = officer
    options = generate_registration_options(
        rp_id=site.host,
        rp_name="Cocket",
        user_name=name,
        user_display_name=shown,
        user_id=handle,
        challenge=challenge,
        timeout=_WAIT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_named(known),
    )
    return _plain(options_to_json(options))


def request_options(site: Site, challenge: bytes, known: Sequence[Passkey]) -> dict[str, Any]:
    """What a browser is asked to use one of these passkeys by."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        timeout=_WAIT_MS,
        allow_credentials=_named(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options_to_json(options))


def new_passkey(site: Site, challenge: bytes, answer: str, name: str, now: datetime) -> Passkey:
    """The passkey that a browser made.

    Raises:
        ProofError: The answer does not hold.
    """
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        made = verify_registration_response(
            credential=_answer(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise ProofError(f"The passkey does not hold: {error}", code=WRONG) from error
    return Passkey(
        id=bytes_to_base64url(made.credential_id),
        name=name,
        key=b64encode(made.credential_public_key).decode(),
        counter=made.sign_count,
        is_backed_up=made.credential_backed_up,
        added=now,
        used=now,
    )


def used_passkey(
    site: Site, challenge: bytes, answer: str, known: Sequence[Passkey], now: datetime
) -> tuple[Passkey, ...]:
    """The passkeys of an officer after one of them was used.

    Raises:
        ProofError: The answer does not hold, is of none of them, or its counter shows that there is a copy of the key.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        read = _answer(answer)
        one = next((one for one in known if one.id == read.get("id")), None)
        if one is None:
            raise ProofError("There is no such passkey.", code=UNKNOWN)
        done = verify_authentication_response(
            credential=read,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=b64decode(one.key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise ProofError(f"The passkey does not hold: {error}", code=WRONG) from error
    if (done.new_sign_count or one.counter) and done.new_sign_count <= one.counter:
        raise ProofError("The counter of the passkey went back: there is a copy of it.", code=CLONED, found=one.name)
    used = msgspec.structs.replace(one, counter=done.new_sign_count, is_backed_up=done.credential_backed_up, used=now)
    return tuple(used if other.id == one.id else other for other in known)


def _named(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.id)) for one in known]


def _answer(answer: str) -> dict[str, Any]:
    if len(answer) > _LONGEST_ANSWER:
        raise ValueError("the answer is too long")
    read = json.loads(answer)
    if not isinstance(read, dict):
        raise TypeError("the answer is not an object")
    return read


def _plain(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found
