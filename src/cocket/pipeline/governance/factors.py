# SPDX-License-Identifier: Apache-2.0
"""Second factors of an officer: how they are kept, and what shows that he has one.

They are one document for each officer, sealed whenever it changes. A secret lies in it encrypted under a key of the home.
"""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import pyotp

from cocket.errors import PolicyError, ProofError, StoreError
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.governance.people import StoredOfficer

#: Kind of the document, and of the sealed record of each change of it.
FACTORS: Final = "second-factor"

#: Codes of refusals.
WRONG: Final = "second-factor-wrong"
USED: Final = "second-factor-used"
UNKNOWN: Final = "second-factor-unknown"

#: How long the second step of a sign-in, or making a factor, may take (minutes).
STEP_MINUTES: Final = 5.0

_STEP_OF: Final = "second step"
_CHALLENGE_BYTES: Final = 32

#: Codes of one time step before and after the present one count, for clocks that are not right.
#: Source: RFC 6238 §5.2.
_STEP_SECONDS: Final = 30
_DRIFT: Final = 1
_CODE: Final = re.compile(r"[0-9]{6}")


class Authenticator(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticator app.

    Attributes:
        id: Its id here.
        name: What its officer calls it.
        secret: Its shared secret, encrypted under a key of the home; base64.
        counter: Time step of the last code that was taken; none up to it is taken again.
        added: Since when, UTC.
        used: When a code of it was last taken, UTC.
    """

    id: str
    name: str
    secret: str
    counter: int
    added: datetime
    used: datetime


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey: a key pair of an authenticator, of which the private key never leaves it.

    Attributes:
        id: Id of the credential, base64url.
        name: What its officer calls it.
        key: Its public key (COSE), base64.
        counter: How often it was used, as it said last; 0 for those that do not count.
        is_backed_up: Whether it is kept on several devices.
        added: Since when, UTC.
        used: When it was last used, UTC.
    """

    id: str
    name: str
    key: str
    counter: int
    is_backed_up: bool
    added: datetime
    used: datetime


class SecondFactors(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The second factors of an officer; also the sealed record of each change and use.

    Attributes:
        officer: Whose.
        apps: Authenticator apps (0..n).
        passkeys: Passkeys (0..n).
        entered: When the first step of the last sign-in with one was taken, UTC; an earlier one is not taken any more.
        reset_by: Who took all of them away; None where the officer changed them.
        reason: Why; empty where the officer changed them.
    """

    officer: str
    apps: tuple[Authenticator, ...] = ()
    passkeys: tuple[Passkey, ...] = ()
    entered: datetime | None = None
    reset_by: str | None = None
    reason: str = ""

    @property
    def count(self) -> int:
        """How many there are (count)."""
        return len(self.apps) + len(self.passkeys)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in of which the password was right, and the second factor is still to come. The browser has it, encrypted.

    Attributes:
        officer: Sign-in name.
        record: Record on which the account rested; an account that was changed since is not let in.
        at: When, UTC.
        challenge: What a passkey is to sign, base64.
    """

    officer: str
    record: str
    at: datetime
    challenge: str


class SecondFactorNeededError(PolicyError):
    """The password is right, and a second factor is to follow.

    Attributes:
        step: What the browser brings with it.
    """

    code = "second-factor-needed"

    def __init__(self, step: str) -> None:
        super().__init__("A second factor is needed.")
        self.step = step


def step_for(stores: Stores, officer: StoredOfficer) -> str:
    """The first step of an officer whose password was right, as his browser keeps it."""
    step = Step(
        officer=officer.id,
        record=str(officer.record),
        at=datetime.now(UTC),
        challenge=b64encode(secrets.token_bytes(_CHALLENGE_BYTES)).decode(),
    )
    return urlsafe_b64encode(stores.secrets_box.wrap(_STEP_OF, msgspec.json.encode(step))).decode()


def read_step(stores: Stores, step: str) -> Step | None:
    """A first step that a browser brings; None if it is none of ours, or too old."""
    try:
        read = msgspec.json.decode(stores.secrets_box.unwrap(_STEP_OF, urlsafe_b64decode(step)), type=Step)
    except (StoreError, ValueError, msgspec.MsgspecError):
        return None
    return read if is_fresh(read.at) else None


def factors_of(
    stores: Stores, connection: Connection, officer: str, *, to_change: bool = False
) -> SecondFactors | None:
    """The second factors of an officer; None if there never was one.

    Args:
        stores: The stores.
        connection: The transaction.
        officer: Sign-in name.
        to_change: Whether others wait until the transaction ends.

    Raises:
        SenderError: There was one, and its row was removed from the database.
        RowDiffersError: The row is not what was sealed last.
    """
    return DocumentFiles(stores).read_sealed(connection, FACTORS, officer, SecondFactors, to_change=to_change)


def counted_factors(stores: Stores, connection: Connection) -> dict[str, int]:
    """Sign-in name → second factors of those who have any (count)."""
    every = DocumentFiles(stores).every(connection, FACTORS, SecondFactors)
    return {one.officer: one.count for one in every if one.count}


def factors_kept(stores: Stores, connection: Connection, factors: SecondFactors, by: str) -> NewRecord | None:
    """Write the second factors of an officer down; the record to seal, None where nothing changed."""
    return DocumentFiles(stores).write(connection, FACTORS, factors.officer, (factors, by))


def new_secret() -> str:
    """A shared secret for an authenticator app (160 bits, base32). Source: RFC 4226 §4, R6."""
    return pyotp.random_base32()


def app_address(secret: str, officer: str, issuer: str) -> str:
    """What an authenticator app reads from the picture: `otpauth://totp/…`."""
    return pyotp.TOTP(secret).provisioning_uri(name=officer, issuer_name=issuer)


def wrapped_secret(stores: Stores, officer: str, secret: str) -> str:
    """A shared secret as it may lie in the database, bound to its officer."""
    return b64encode(stores.secrets_box.wrap(f"{FACTORS} {officer}", secret.encode())).decode()


def code_step(secret: str, code: str, last: int, now: datetime) -> int:
    """The time step of a code that is right and was not taken before.

    Args:
        secret: Shared secret, base32.
        code: As typed; blanks do not matter.
        last: Time step of the last code that was taken.
        now: The present moment, UTC.

    Raises:
        ProofError: It is wrong, or was taken before.

    Source: RFC 6238 §5.2: a code is accepted once.
    """
    typed = "".join(code.split())
    present = int(now.timestamp()) // _STEP_SECONDS
    steps = range(present - _DRIFT, present + _DRIFT + 1)
    if not _CODE.fullmatch(typed):
        raise ProofError("The code is not right.", code=WRONG)
    generator = pyotp.TOTP(secret)
    right = [step for step in steps if hmac.compare_digest(generator.generate_otp(step), typed)]
    if not right:
        raise ProofError("The code is not right.", code=WRONG)
    if max(right) <= last:
        raise ProofError("The code was used before.", code=USED)
    return max(right)


def with_code(stores: Stores, factors: SecondFactors, code: str, now: datetime) -> SecondFactors:
    """The second factors after a code of one of the apps was taken.

    Raises:
        ProofError: It is a code of none, or was taken before.
    """
    refusal = ProofError("There is no authenticator app.", code=UNKNOWN)
    for one in factors.apps:
        secret = stores.secrets_box.unwrap(f"{FACTORS} {factors.officer}", b64decode(one.secret)).decode()
        try:
            step = code_step(secret, code, one.counter, now)
        except ProofError as error:
            refusal = error
            continue
        used = msgspec.structs.replace(one, counter=step, used=now)
        apps = tuple(used if other.id == one.id else other for other in factors.apps)
        return msgspec.structs.replace(factors, apps=apps)
    raise refusal


def is_fresh(at: datetime, factors: SecondFactors | None = None) -> bool:
    """Whether a step is young enough, and none begun later has led in."""
    is_young = timedelta(0) <= datetime.now(UTC) - at <= timedelta(minutes=STEP_MINUTES)
    return is_young and (factors is None or factors.entered is None or at > factors.entered)
