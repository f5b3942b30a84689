# SPDX-License-Identifier: Apache-2.0
"""Second factors: the second step of a sign-in, an officer's own, and taking them away where one is lost.

Each use is a sealed record, written before the session: a code, a challenge and a counter count once. Source: RFC 6238 §5.2;
OWASP ASVS 5.0.0, 6.5.1.
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any, Final

import msgspec

from cocket.errors import PolicyError, ProofError, SenderError, SettingsError, StoreError
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.factors import (
    UNKNOWN,
    Authenticator,
    Passkey,
    SecondFactors,
    app_address,
    code_step,
    factors_kept,
    factors_of,
    is_fresh,
    new_secret,
    read_step,
    with_code,
    wrapped_secret,
)
from cocket.pipeline.governance.passkeys import Site, creation_options, new_passkey, request_options, used_passkey
from cocket.pipeline.governance.sign_in import Factor, Officer, SignedIn, SignInService, SignOut, let_in
from cocket.stores.base.database import Connection
from cocket.stores.governance.people import OFFICERS, SIGN_OUT, account
from cocket.stores.governance.sign_in import SignIns

#: Codes of refusals.
STALE: Final = "second-factor-stale"
LOCKED: Final = "second-factor-locked"

#: Wrong codes and passkeys in a row after which an administrator has to take the second factors away (count).
#: Source: NIST SP 800-63B-4 §3.2.2.
_MOST_WRONG: Final = 100

#: Second factors that an officer may have (count), and the length of the name of one.
_MOST: Final = 10
_LONGEST_NAME: Final = 60

_SETUP_OF: Final = "second-factor set-up"
_CHALLENGE_BYTES: Final = 32
_STORE = SignIns()


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """What the second step of a sign-in can be.

    Attributes:
        officer: Sign-in name.
        has_app: Whether a code of an authenticator app counts.
        options: What the browser is asked for, to use a passkey; None where the officer has none for this address.
    """

    officer: str
    has_app: bool
    options: dict[str, Any] | None


class OwnFactors(msgspec.Struct, frozen=True, kw_only=True):
    """The second factors of an officer, as he sees them.

    Attributes:
        apps: Authenticator apps (0..n).
        passkeys: Passkeys (0..n).
        is_needed: Whether the role asks for one.
    """

    apps: tuple[Authenticator, ...]
    passkeys: tuple[Passkey, ...]
    is_needed: bool


class NewFactor(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor that is being added.

    Attributes:
        setup: What the browser brings with it, encrypted.
        secret: Shared secret for an authenticator app, base32; empty for a passkey.
        address: What such an app reads from the picture; empty for a passkey.
        options: What the browser is asked for, to make a passkey; None for an app.
    """

    setup: str
    secret: str = ""
    address: str = ""
    options: dict[str, Any] | None = None


class _Setup(msgspec.Struct, frozen=True, kw_only=True):
    officer: str
    session: str
    at: datetime
    secret: str = ""
    challenge: str = ""


class SecondFactorService(Service):
    """Second factors.

    Args:
        stores: The stores of this process.
        accounts: Counts attempts.
    """

    def __init__(self, stores: Stores, accounts: SignInService) -> None:
        super().__init__(stores)
        self._accounts = accounts

    def second_step(self, step: str, site: Site | None) -> StepView | None:
        """What may follow a right password; None if this first step is over.

        Args:
            step: What the browser brings.
            site: For whom passkeys are good here; None where they cannot be used.
        """
        read = read_step(self._stores, step)
        if read is None:
            return None
        with self._stores.database.transaction() as connection:
            factors = factors_of(self._stores, connection, read.officer)
        if factors is None or not factors.count or not is_fresh(read.at, factors):
            return None
        can_sign = site is not None and factors.passkeys
        options = request_options(site, b64decode(read.challenge), factors.passkeys) if site and can_sign else None
        return StepView(officer=read.officer, has_app=bool(factors.apps), options=options)

    def finish_second(
        self, step: str, given: tuple[Factor, str], site: Site | None, where: tuple[str, str | None]
    ) -> tuple[str, SignedIn]:
        """Let in whose password was right, and who has the second factor too. Sealed.

        Args:
            step: What the browser brings from the first step.
            given: A code as typed, or the answer of the browser with a passkey, as JSON.
            site: For whom passkeys are good here; None where they cannot be used.
            where: Address of the request, and token by which this browser is known.

        Returns:
            Sign-in name and session.

        Raises:
            ProofError: The code or passkey is not right, or was used before.
            PolicyError: The first step is over, the account was changed, or too many codes were wrong.
            SignInDelayedError: Too many attempts have failed.
        """
        read = read_step(self._stores, step)
        if read is None:
            raise PolicyError("The first step of this sign-in is over.", code=STALE)
        address, browser = where
        officer, buckets = self._accounts.weigh(read.officer, address, browser)
        if officer is None or str(officer.record) != read.record:
            raise PolicyError("The account was changed.", code=STALE)
        now = datetime.now(UTC)
        kind, text = given
        try:
            with self._stores.database.transaction() as connection:
                if _STORE.unseen(connection, officer.id, "wrong code") >= _MOST_WRONG:
                    raise PolicyError("Too many codes were wrong.", code=LOCKED)
                factors = factors_of(self._stores, connection, officer.id, to_change=True)
                if factors is None or not is_fresh(read.at, factors):
                    raise PolicyError("The first step of this sign-in is over.", code=STALE)
                used = self._used(factors, kind, text, (site, b64decode(read.challenge)), now)
                self._keep(connection, msgspec.structs.replace(used, entered=read.at), officer.id)
        except ProofError:
            with self._stores.database.transaction() as connection:
                _STORE.count(connection, "wrong code", officer.id, address, now)
            raise
        signed = let_in(self._stores, self._access, officer, address, browser=browser, buckets=buckets, factor=kind)
        if signed is None:
            raise PolicyError("The account was changed.", code=STALE)
        return officer.id, signed

    def _used(
        self, factors: SecondFactors, kind: Factor, text: str, asked: tuple[Site | None, bytes], now: datetime
    ) -> SecondFactors:
        if kind == "code":
            return with_code(self._stores, factors, text, now)
        site, challenge = asked
        if site is None:
            raise ProofError("Passkeys cannot be used at this address.", code=UNKNOWN)
        passkeys = used_passkey(site, challenge, text, factors.passkeys, now)
        return msgspec.structs.replace(factors, passkeys=passkeys)

    def own_factors(self, officer: Officer) -> OwnFactors:
        """One's own second factors."""
        with self._stores.database.transaction() as connection:
            found = factors_of(self._stores, connection, officer.id) or SecondFactors(officer=officer.id)
        is_needed = officer.role in self._stores.settings.second_factor_for.split()
        return OwnFactors(apps=found.apps, passkeys=found.passkeys, is_needed=is_needed)

    def begin_app(self, officer: Officer) -> NewFactor:
        """Begin to add an authenticator app; nothing is kept before a code of it comes back."""
        secret = new_secret()
        issuer = f"Cocket {self._stores.settings.administration}".replace(":", " ")
        return NewFactor(
            setup=self._setup(officer, secret=secret),
            secret=secret,
            address=app_address(secret, officer.id, issuer),
        )

    def again(self, officer: Officer, setup: str) -> NewFactor | None:
        """An authenticator app that is being added, as it was begun; None if that is over."""
        read = self._read(officer, setup)
        if read is None or not read.secret:
            return None
        issuer = f"Cocket {self._stores.settings.administration}".replace(":", " ")
        return NewFactor(setup=setup, secret=read.secret, address=app_address(read.secret, officer.id, issuer))

    def add_app(self, officer: Officer, setup: str, name: str, code: str) -> None:
        """Add an authenticator app that shows the right code. Sealed.

        Raises:
            ProofError: The code is not right.
            SenderError: It was begun too long ago or in another session, has no name, or is one too many.
        """
        read = self._begun(officer, setup)
        now = datetime.now(UTC)
        step = code_step(read.secret, code, 0, now)
        app = Authenticator(
            id=str(new_id()),
            name=_name(name),
            secret=wrapped_secret(self._stores, officer.id, read.secret),
            counter=step,
            added=now,
            used=now,
        )
        with self._stores.database.transaction() as connection:
            factors = self._room(connection, officer)
            self._keep(connection, msgspec.structs.replace(factors, apps=(*factors.apps, app)), officer.id)

    def begin_passkey(self, officer: Officer, site: Site) -> NewFactor:
        """Begin to add a passkey."""
        challenge = token_bytes(_CHALLENGE_BYTES)
        with self._stores.database.transaction() as connection:
            found = factors_of(self._stores, connection, officer.id)
        handle = account(OFFICERS, officer.id).bytes
        options = creation_options(
            site, challenge, (officer.id, officer.name, handle), found.passkeys if found is not None else ()
        )
        setup = self._setup(officer, challenge=urlsafe_b64encode(challenge).decode())
        return NewFactor(setup=setup, options=options)

    def add_passkey(self, officer: Officer, setup: str, name: str, answer: str, site: Site) -> None:
        """Add the passkey that the browser made. Sealed.

        Raises:
            ProofError: The answer of the browser does not hold.
            SenderError: It was begun too long ago or in another session, has no name, is known already, or is one too many.
        """
        read = self._begun(officer, setup)
        now = datetime.now(UTC)
        made = new_passkey(site, urlsafe_b64decode(read.challenge), answer, _name(name), now)
        with self._stores.database.transaction() as connection:
            factors = self._room(connection, officer)
            if any(one.id == made.id for one in factors.passkeys):
                raise SenderError("This passkey was added already.", code="factor-known")
            self._keep(connection, msgspec.structs.replace(factors, passkeys=(*factors.passkeys, made)), officer.id)

    def remove(self, officer: Officer, factor: str) -> None:
        """Take one of one's own second factors away. Sealed.

        Raises:
            SenderError: There is none of this id, or it is the last one and the role asks for one.
        """
        with self._stores.database.transaction() as connection:
            found = factors_of(self._stores, connection, officer.id, to_change=True)
            if found is None or factor not in {app.id for app in found.apps} | {key.id for key in found.passkeys}:
                raise SenderError("There is no such second factor.", code="factor-unknown")
            if found.count == 1 and officer.role in self._stores.settings.second_factor_for.split():
                raise SenderError(
                    "Your role needs a second factor; add another one before you remove the last.", code="factor-last"
                )
            left = msgspec.structs.replace(
                found,
                apps=tuple(one for one in found.apps if one.id != factor),
                passkeys=tuple(one for one in found.passkeys if one.id != factor),
            )
            self._keep(connection, left, officer.id)

    def reset(self, by: str, officer_id: str, reason: str) -> int:
        """Take away all second factors of an officer who has lost them; his sessions end. Sealed.

        Returns:
            Sessions that were ended (count).

        Raises:
            SenderError: No reason is given.
            SettingsError: The officer has none.
        """
        if not reason.strip():
            raise SenderError("Give the reason; it is recorded under your name.", code="reason-missing")
        with self._stores.database.transaction() as connection:
            found = factors_of(self._stores, connection, officer_id, to_change=True)
            if found is None or not found.count:
                raise SettingsError(f"{officer_id} has no second factor.", code="factor-unknown")
            left = SecondFactors(officer=officer_id, entered=datetime.now(UTC), reset_by=by, reason=reason.strip())
            record = factors_kept(self._stores, connection, left, by)
            ended = self._stores.people.take_sessions_of(connection, officer_id)
            outs = [
                self._stores.sealer.record(SIGN_OUT, by, SignOut(name=officer_id, sign_in=one), about=one)
                for one in ended
            ]
            _STORE.take_unseen(connection, officer_id)
            self._access.seal(connection, *([record] if record is not None else []), *outs)
        return len(ended)

    def _keep(self, connection: Connection, factors: SecondFactors, by: str) -> None:
        record = factors_kept(self._stores, connection, factors, by)
        if record is not None:
            self._access.seal(connection, record)

    def _room(self, connection: Connection, officer: Officer) -> SecondFactors:
        """The factors of an officer, to which one more may be added."""
        found = factors_of(self._stores, connection, officer.id, to_change=True) or SecondFactors(officer=officer.id)
        if found.count >= _MOST:
            raise SenderError("There are ten second factors already; remove one first.", code="factor-many")
        return msgspec.structs.replace(found, reset_by=None, reason="")

    def _setup(self, officer: Officer, *, secret: str = "", challenge: str = "") -> str:
        setup = _Setup(
            officer=officer.id, session=officer.csrf, at=datetime.now(UTC), secret=secret, challenge=challenge
        )
        return urlsafe_b64encode(self._stores.secrets_box.wrap(_SETUP_OF, msgspec.json.encode(setup))).decode()

    def _read(self, officer: Officer, setup: str) -> _Setup | None:
        try:
            read = msgspec.json.decode(
                self._stores.secrets_box.unwrap(_SETUP_OF, urlsafe_b64decode(setup)), type=_Setup
            )
        except (StoreError, ValueError, msgspec.MsgspecError):
            return None
        is_own = read.officer == officer.id and read.session == officer.csrf
        return read if is_own and is_fresh(read.at) else None

    def _begun(self, officer: Officer, setup: str) -> _Setup:
        read = self._read(officer, setup)
        if read is None:
            raise SenderError("This was begun in another session, or too long ago. Begin again.", code="factor-stale")
        return read


def _name(name: str) -> str:
    plain = " ".join(name.split())
    if not 0 < len(plain) <= _LONGEST_NAME or not plain.isprintable():
        raise SenderError("Give it a name of at most 60 characters.", code="factor-name")
    return plain
