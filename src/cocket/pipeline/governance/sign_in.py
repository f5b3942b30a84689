# SPDX-License-Identifier: Apache-2.0
"""The house towards people who sign in, and the making of their accounts and of keys."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal, cast
from uuid import UUID

import msgspec

from cocket.errors import PolicyError, RowDiffersError, SenderError, SettingsError
from cocket.governance import GUESTS, OUTSIDE, TRADERS
from cocket.pipeline.base.access import Access, Service
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.acts_for import ActsFor, check_senders, senders_kept, senders_of
from cocket.pipeline.governance.factors import SecondFactorNeededError, factors_of, step_for
from cocket.pipeline.governance.key_certificates import CertificateBinding
from cocket.pipeline.governance.key_terms import (
    KeyTerms,
    bound,
    check_scopes,
    every_terms,
    rotated,
    terms_kept,
    terms_of,
    unbound,
)
from cocket.pipeline.governance.mandates import clients_of
from cocket.pipeline.governance.names import require_free
from cocket.pipeline.governance.passwords import LINE, WeakPasswordError, check_password
from cocket.pipeline.governance.sign_in_limits import (
    REFILLED,
    Bucket,
    SignInDelayedError,
    buckets_of,
    give_back,
    network_of,
    take,
)
from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected
from cocket.stores.governance.people import (
    API_KEYS,
    OFFICERS,
    SIGN_OUT,
    TEMPORARY,
    UNSET,
    NewSession,
    StoredKey,
    StoredOfficer,
    account,
)
from cocket.stores.governance.sign_in import Failure, SignIns
from cocket.stores.ledger.leaves import NewRecord

Role = Literal[
    "analyst", "officer", "supervisor", "auditor", "internal-affairs", "trader", "declarant", "carrier", "forwarder", "agency"
]  # fmt: skip

Factor = Literal["code", "passkey"]

#: Roles of people of customs; people of traders have one of `cocket.governance.TRADERS`, those of other agencies `agency`.
ROLES: tuple[Role, ...] = ("analyst", "officer", "supervisor", "auditor", "internal-affairs")

#: How names begin of officers who sign in at the OpenID provider; no account of this instance may be named so.
PREFIX = "sso."

#: Kinds of place by which an officer is known.
_BROWSER, _ADDRESS = "browser", "address"

#: Code of the refusal of a temporary password that was not used in time.
PASSWORD_EXPIRED = "password-expired"

#: What is looked at of a name that is tried (characters).
_LONGEST_NAME = 200

_STORE = SignIns()


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """A person signed in: of customs at the workbench, or of a trader at his own pages.

    Attributes:
        id: Sign-in name.
        name: Name shown.
        role: One of `ROLES` or `OUTSIDE`.
        office: Office; None for all offices.
        csrf: Token that each form of this session carries.
        expires: When the session ends, UTC.
        must_change: Whether the password is a temporary one that another person knows, to be changed before anything else.
        is_external: Whether the officer signs in at an OpenID provider, and has no password here.
        needs_factor: Whether the role asks for a second factor and there is none, so that one is added before anything else.
        senders: Senders that a person of a trader acts for, with clients (0..n); none for people of customs.
        clients: Those of them for whom it is by mandate, each with since when, UTC (0..n).
    """

    id: str
    name: str
    role: Role
    office: str | None
    csrf: str
    expires: datetime
    must_change: bool = False
    is_external: bool = False
    needs_factor: bool = False
    senders: tuple[str, ...] = ()
    clients: tuple[tuple[str, datetime], ...] = ()

    @property
    def is_trader(self) -> bool:
        """Whether it is a person of a trader, carrier, forwarder or broker, who sees his own affairs alone."""
        return self.role in TRADERS

    @property
    def is_guest(self) -> bool:
        """Whether it is a person of another agency, who sees what its agreement names alone."""
        return self.role in GUESTS

    @property
    def is_outside(self) -> bool:
        """Whether it is a person who is not of customs."""
        return self.role in OUTSIDE


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of who was given, or lost, which access.

    Attributes:
        name: Key or officer.
        roles: Roles given (0..n).
        senders: Senders a key may speak for (0..n).
        office: Office it is limited to; None for none.
        secret: SHA-256 of the hash under which the secret is kept, in hexadecimal; None in records of before.
        group: Group of an OpenID provider that gave the role; None where a person did.
    """

    name: str
    roles: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    office: str | None = None
    secret: str | None = None
    group: str | None = None


class StaffMember(msgspec.Struct, frozen=True):
    """An account and how it stands.

    Attributes:
        name: Sign-in name.
        shown: Name shown on pages.
        role: Role.
        office: Office; None for all.
        disabled: Since when the officer may not sign in; None if he may.
        sessions: Open sessions (count).
    """

    name: str
    shown: str
    role: str
    office: str | None
    disabled: datetime | None
    sessions: int


class KeyHolder(msgspec.Struct, frozen=True):
    """A key without its secret.

    Attributes:
        id: Its name.
        shown: Who holds it.
        roles: Its roles.
        senders: Senders that it may speak for (0..n).
        office: Office it is limited to; None for none.
        since: Since when, UTC.
        revoked: Since when it is revoked, UTC; None if it holds.
    """

    id: str
    shown: str
    roles: tuple[str, ...]
    senders: tuple[str, ...]
    office: str | None
    since: datetime
    revoked: datetime | None


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a sign-in, or of the first attempt of a day that the brake turned away.

    Attributes:
        name: Sign-in name.
        address: From where.
        failed: Attempts for this account that failed since the sign-in before (count).
        issuer: OpenID provider that proved who it is; None for a password.
        factor: What followed the password: `code` or `passkey`; None for nothing.
    """

    name: str
    address: str
    failed: int = 0
    issuer: str | None = None
    factor: Factor | None = None


class SignOut(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a sign-out.

    Attributes:
        name: Sign-in name.
        sign_in: The record of the sign-in whose session ended.
    """

    name: str
    sign_in: UUID


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer who was let in gets.

    Attributes:
        token: The session's token, given once and kept hashed.
        browser: A new token by which this browser is known to the brake; it opens nothing.
        failed: Attempts for this account that failed since the last sign-in (count).
    """

    token: str
    browser: str
    failed: int = 0


class SignInService(Service):
    """Signing in and out, and giving access."""

    def sign_in(self, name: str, password: str, address: str, browser: str | None = None) -> SignedIn | None:
        """Let an officer in, if the brake on guessing lets this attempt pass.

        Args:
            name: Sign-in name.
            password: As typed.
            address: Where the request came from.
            browser: Token by which this browser is known, as it brought it; None without one.

        Returns:
            The session; None if name or password are wrong, which takes as long.

        Raises:
            SignInDelayedError: Too many attempts have failed, or too many are under way; the password was not looked at.
            SecondFactorNeededError: Name and password are right, and the officer has a second factor.
            PolicyError: The password is right, and a temporary one that was given too long ago.
            RowDiffersError: The second factors are not what was sealed last.
        """
        name = name[:_LONGEST_NAME].encode("utf-8", "replace").decode().replace("\0", "")
        with LINE.place(network_of(address), is_known=self._is_usual(name, address, browser)):
            officer, buckets = self.weigh(name, address, browser)
            kept = officer.password if officer else None
            is_right = LINE.is_right(kept, password, self._stores.settings.home)
            if officer is None or not is_right:
                with self._stores.database.transaction() as connection:
                    _STORE.count(connection, "wrong", officer.id if officer else "", address, datetime.now(UTC))
                return None
            with self._stores.database.transaction() as connection:
                since = self._stores.people.temporary_since(connection, officer.id)
                factors = factors_of(self._stores, connection, officer.id)
            hours = self._stores.settings.temporary_password_hours
            if since is not None and hours and datetime.now(UTC) - since > timedelta(hours=hours):
                raise PolicyError("The temporary password has expired.", code=PASSWORD_EXPIRED)
            if factors is not None and factors.count:
                self._give_back(buckets)
                raise SecondFactorNeededError(step_for(self._stores, officer))
            return let_in(self._stores, self._access, officer, address, browser=browser, buckets=buckets)

    def change_password(self, officer: Officer, present: str, wanted: str, address: str) -> SignedIn | None:
        """Change one's own password; all sessions of the officer end and a new one begins. Sealed.

        Returns:
            The new session; None if the present password is wrong.

        Raises:
            WeakPasswordError: The new password is not taken.
            SignInDelayedError: Too many attempts have failed.
        """
        if wanted == present:
            raise WeakPasswordError("The new password is the same as the current one.", code="password-same")
        check_password(wanted, self._about(officer.id, officer.name, officer.office))
        with LINE.place(network_of(address), is_known=True):
            found, buckets = self._own(officer, present, address)
            if found is None:
                return None
            password_hash = LINE.hash(wanted, self._stores.settings.home)
            grant = Grant(name=officer.id, secret=secret_digest(password_hash))
            record = self._changing(OFFICERS, "password", officer.id, grant)
            changed = msgspec.structs.replace(found, password_hash=password_hash, record=record.leaf.record)
            with self._stores.database.transaction() as connection:
                if self._stores.people.officer(connection, officer.id) != found:
                    return None  # changed or disabled meanwhile
                self._stores.people.end_sessions_of(connection, officer.id)
                _STORE.forget_all(connection, officer.id)
                self._stores.people.put_officer(connection, changed, datetime.now(UTC))
                self._access.seal(connection, record)
            return let_in(self._stores, self._access, changed, address, buckets=buckets)

    def confirm_password(self, officer: Officer, present: str, address: str) -> bool:
        """Whether somebody who is signed in knows the password of the account.

        Raises:
            SignInDelayedError: Too many attempts have failed.
        """
        with LINE.place(network_of(address), is_known=True):
            found, buckets = self._own(officer, present, address)
            if found is not None:
                self._give_back(buckets)
            return found is not None

    def _own(self, officer: Officer, present: str, address: str) -> tuple[StoredOfficer | None, tuple[Bucket, ...]]:
        """The account of somebody who is signed in, None if this is not its password; and what that was counted against."""
        found, buckets = self.weigh(officer.id, address, None, own=True)
        if found is None or not LINE.is_right(found.password, present, self._stores.settings.home):
            with self._stores.database.transaction() as connection:
                _STORE.count(connection, "wrong", officer.id, address, datetime.now(UTC))
            return None, buckets
        return found, buckets

    def sign_in_failures(self, days: int) -> list[Failure]:
        """Attempts of the last days that failed, counted by day, account and address, newest first."""
        with self._stores.database.transaction() as connection:
            return _STORE.failures(connection, days, datetime.now(UTC).date())

    def officer_of_session(self, token: str) -> Officer | None:
        """The officer of a session; None if it is unknown or over."""
        with self._stores.database.transaction() as connection:
            session = self._stores.people.session(connection, _digest(token), datetime.now(UTC))
            if session is None:
                return None
            officer = session.officer
            needs_factor = self._lacks_factor(connection, officer)
            try:
                own = senders_of(self._stores, connection, officer.id) if officer.role in OUTSIDE else ()
            except (SenderError, RowDiffersError):  # for whom he acts is gone or changed: he acts for nobody
                own = ()
            clients = clients_of(self._stores, connection, own) if own and officer.role in TRADERS else {}
        return Officer(
            id=officer.id,
            name=officer.name,
            role=cast(Role, officer.role),
            office=officer.office,
            csrf=session.csrf,
            expires=session.expires,
            must_change=session.is_temporary,
            is_external=officer.is_external,
            needs_factor=needs_factor,
            senders=(*own, *clients),
            clients=tuple(clients.items()),
        )

    def _lacks_factor(self, connection: Connection, officer: StoredOfficer) -> bool:
        """Whether the role asks for a second factor, and this officer has none."""
        if officer.is_external or officer.role not in self._stores.settings.second_factor_for.split():
            return False
        factors = factors_of(self._stores, connection, officer.id)
        return factors is None or factors.count == 0

    def sign_out(self, token: str) -> None:
        """End a session; sealed, so that its row is believed no more whoever puts it back."""
        with self._stores.database.transaction() as connection:
            ended = self._stores.people.end_session(connection, _digest(token))
            if ended is not None:
                officer, sign_in = ended
                told = SignOut(name=officer, sign_in=sign_in)
                self._access.seal(connection, self._stores.sealer.record(SIGN_OUT, officer, told, about=sign_in))

    def put_officer(
        self,
        officer_id: str,
        name: str,
        role: str,
        office: str | None,
        password: str,
        *,
        by: str = "cli",
        is_temporary: bool = False,
        senders: Sequence[str] = (),
    ) -> None:
        """Make an account, or change it, which ends its sessions; sealed.

        Args:
            officer_id: Sign-in name.
            name: Name shown.
            role: One of `ROLES`, or of `OUTSIDE` for a person of a trader or of another agency.
            office: Office; None for all.
            password: The password.
            by: Who does it.
            is_temporary: Whether another person knows the password, so that it must be changed at the first sign-in.
            senders: Senders that a person of a trader acts for, or the one agency (1..n); none for people of customs.

        Raises:
            SenderError: A person of a trader acts for nobody; or the account is new, and its name is another account's or key's.
            SettingsError: The role is unknown, the account is of the other side, or its name is one of officers who sign in
                at the OpenID provider.
            WeakPasswordError: The password is not taken.
        """
        named = _side(role, senders)
        check_password(password, self._about(officer_id, name, office))
        password_hash = LINE.hash(password, self._stores.settings.home)
        stored = StoredOfficer(id=officer_id, name=name, role=role, office=office, password_hash=password_hash)
        self._put(stored, TEMPORARY if is_temporary else "officer", by, named)

    def put_without_password(
        self,
        officer_id: str,
        name: str,
        role: str,
        office: str | None,
        *,
        by: str,
        shown_to: str,
        senders: Sequence[str] = (),
    ) -> None:
        """Make an account, or take its password away, which ends its sessions; nobody signs in yet. Sealed.

        Args:
            officer_id: Sign-in name.
            name: Name shown.
            role: One of `ROLES` or `OUTSIDE`.
            office: Office; None for all.
            by: Who does it.
            shown_to: Who may be shown a temporary password, once (`show_password`).
            senders: Senders that a person of a trader acts for, or the one agency (1..n); none for people of customs.

        Raises:
            SettingsError: As for `put_officer`.
            SenderError: As for `put_officer`.
        """
        named, credential = _side(role, senders), UNSET + shown_to
        self._put(
            StoredOfficer(id=officer_id, name=name, role=role, office=office, password_hash=credential),
            TEMPORARY,
            by,
            named,
        )

    def show_password(self, officer_id: str, password: str, *, to: str) -> bool:
        """Give an account that has none its temporary password, which one person sees this once. Sealed.

        Args:
            officer_id: Sign-in name.
            password: The password.
            to: Who sees it.

        Returns:
            Whether it was given; else it was shown before, another person may see it, or there is no such account.
        """
        with self._stores.database.transaction() as connection:
            found = self._stores.people.officer(connection, officer_id)
            senders = senders_of(self._stores, connection, officer_id)
        if found is None or found.password_hash != UNSET + to:
            return False
        password_hash = LINE.hash(password, self._stores.settings.home)
        given = msgspec.structs.replace(found, password_hash=password_hash, record=None)
        return self._put(given, TEMPORARY, to, senders, instead_of=found)

    def _put(
        self,
        officer: StoredOfficer,
        kind: str,
        by: str,
        senders: tuple[str, ...],
        *,
        instead_of: StoredOfficer | None = None,
    ) -> bool:
        """Keep an account, whose sessions end; sealed. False where it is no longer as it was read."""
        secret = secret_digest(officer.password_hash)
        grant = Grant(name=officer.id, roles=(officer.role,), senders=senders, office=officer.office, secret=secret)
        record = self._changing(OFFICERS, kind, by, grant)
        people = self._stores.people
        with self._stores.database.transaction() as connection:
            people.lock_names(connection)
            if instead_of is not None and people.officer(connection, officer.id) != instead_of:
                return False
            is_new = not people.is_taken(connection, officer.id)
            if people.is_external(connection, officer.id) or (is_new and officer.id.startswith(PREFIX)):
                raise SettingsError(
                    f"{officer.id} is a name of officers who sign in at the OpenID provider.",
                    code="officer-external",
                    hint="Their groups there give role and office; disable takes the account away here.",
                )
            if is_new:
                require_free(self._stores, connection, officer.id)
            self._same_side(connection, officer.id, officer.role)
            people.end_sessions_of(connection, officer.id)
            stored = msgspec.structs.replace(officer, record=record.leaf.record)
            people.put_officer(connection, stored, datetime.now(UTC))
            self._access.seal(connection, record, *self._acting_for(connection, officer.id, senders, by))
        return True

    def change_officer(
        self, by: str, officer_id: str, name: str, role: str, office: str | None, *, senders: Sequence[str] = ()
    ) -> None:
        """Change role, office, name shown or senders of an account, whose password stays; its sessions end. Sealed.

        Raises:
            SenderError: A person of a trader acts for nobody.
            SettingsError: The role is unknown, the account is of the other side, there is no such officer who may sign in,
                or he does so at the OpenID provider.
        """
        named = _side(role, senders)
        with self._stores.database.transaction() as connection:
            found = self._stores.people.officer(connection, officer_id)
            if found is None:
                raise SettingsError(f"There is no officer {officer_id} who may sign in.", code="officer-unknown")
            if found.is_external:
                raise SettingsError(
                    f"{officer_id} signs in at the OpenID provider; change the groups there.", code="officer-external"
                )
            secret = secret_digest(found.password_hash)
            kind = TEMPORARY if self._stores.people.has_temporary_password(connection, officer_id) else "officer"
            self._same_side(connection, officer_id, role)
            grant = Grant(name=officer_id, roles=(role,), senders=named, office=office, secret=secret)
            record = self._changing(OFFICERS, kind, by, grant)
            changed = msgspec.structs.replace(found, name=name, role=role, office=office, record=record.leaf.record)
            self._stores.people.end_sessions_of(connection, officer_id)
            self._stores.people.put_officer(connection, changed, datetime.now(UTC))
            self._access.seal(connection, record, *self._acting_for(connection, officer_id, named, by))

    def _acting_for(
        self, connection: Connection, account_id: str, senders: tuple[str, ...], by: str
    ) -> tuple[NewRecord, ...]:
        """Keep for whom an account acts, if it does; what is to be sealed (0..1)."""
        if not senders:
            return ()
        record = senders_kept(self._stores, connection, ActsFor(account=account_id, senders=senders), by)
        return (record,) if record is not None else ()

    def _same_side(self, connection: Connection, account_id: str, role: str) -> None:
        """Refuse to make a trader's account one of customs, or the other way round.

        Raises:
            SettingsError: It would be.
        """
        known = next(
            (one for one in self._stores.people.staff(connection, datetime.now(UTC)) if one[0] == account_id), None
        )
        if known is not None and side_of(known[2]) != side_of(role):
            raise SettingsError(
                f"{account_id} is an account of {_SIDES[side_of(known[2])]}.",
                code="officer-side",
                hint="Disable it, and make another under another name.",
            )

    def enable_officer(self, by: str, officer_id: str, *, is_enabled: bool) -> int:
        """Let an officer sign in or no longer, which ends his sessions at once; sealed.

        Args:
            by: Who does it.
            officer_id: Sign-in name.
            is_enabled: Whether he may sign in from now on.

        Returns:
            Sessions that were ended (count).

        Raises:
            SettingsError: There is no such officer.
        """
        kind = "officer-enabled" if is_enabled else "officer-disabled"
        record = self._changing(OFFICERS, kind, by, Grant(name=officer_id))
        disabled = None if is_enabled else record.leaf.at
        with self._stores.database.transaction() as connection:
            if not self._stores.people.enable_officer(connection, officer_id, disabled, record.leaf.record):
                raise SettingsError(f"There is no officer {officer_id}.", hint="List them with cocket officer list.")
            ended = self._stores.people.end_sessions_of(connection, officer_id)
            if not is_enabled:
                _STORE.forget_all(connection, officer_id)
            self._access.seal(connection, record)
        return ended

    def officers(self) -> list[StaffMember]:
        """Everybody with an account, by name, with the sessions that are open."""
        with self._stores.database.transaction() as connection:
            found = self._stores.people.staff(connection, datetime.now(UTC))
        return [StaffMember(*one) for one in found]

    def add_key(
        self,
        presented: str,
        name: str,
        roles: Sequence[str],
        senders: Sequence[str],
        office: str | None = None,
        *,
        by: str = "cli",
        scopes: Sequence[str] = (),
        until: datetime | None = None,
    ) -> None:
        """Keep a new API key, hashed; sealed.

        Args:
            presented: `cocket_<id>_<secret>`, as `cocket.gate.make_key` gives it.
            name: Who holds it, in words.
            roles: Its roles (1..n).
            senders: Senders it may speak for (0..n).
            office: Office it is limited to; None for none.
            by: Who does it.
            scopes: Acts it may ask for, as `cocket.pipeline.governance.key_terms` has them; none for all of its roles.
            until: Until when it is good, UTC; None for as long as it is not revoked.

        Raises:
            SenderError: A key or an account has this name, be it revoked or disabled; or a scope is none.
        """
        check_scopes(scopes)
        _, key_id, secret = presented.split("_")
        key = StoredKey(
            id=key_id, secret_hash=_digest(secret), name=name, roles=tuple(roles), senders=tuple(senders), office=office
        )
        record = self._changing(API_KEYS, "key", by, _grant(key))
        key = msgspec.structs.replace(key, record=record.leaf.record)
        with self._stores.database.transaction() as connection:
            self._stores.people.lock_names(connection)
            require_free(self._stores, connection, key_id)
            self._stores.people.add_key(connection, key, datetime.now(UTC))
            records = [record]
            if scopes or until is not None:
                terms = terms_kept(
                    self._stores, connection, KeyTerms(key=key_id, scopes=tuple(scopes), until=until), by
                )
                records += [terms] if terms is not None else []
            self._access.seal(connection, *records)

    def rotate_key(self, presented: str, overlap: timedelta, *, by: str = "cli") -> bool:
        """Give a key a second secret; the one it has is good for a while. Sealed. False if there is no such key.

        Args:
            presented: The key with its new secret, as `cocket.gate.make_key` gives it.
            overlap: How long the former secret is good.
            by: Who does it.

        Raises:
            SenderError: The key has expired, or has two secrets that are good.
        """
        _, key_id, secret = presented.split("_")
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            key = self._stores.people.key(connection, key_id)
            if key is None:
                return False
            known = terms_of(self._stores, connection, key_id, to_change=True)
            record = terms_kept(self._stores, connection, rotated(key, known, secret, now, overlap), by)
            if record is not None:
                self._access.seal(connection, record)
        return True

    def bind_key(self, key_id: str, binding: CertificateBinding, *, by: str = "cli") -> bool:
        """Bind a key to a certificate or a name; from then on it needs one. Sealed. False if there is no such key.

        Raises:
            SenderError: It is bound to that already, or to too many.
        """
        return self._change_terms(key_id, lambda terms: bound(terms, binding), by)

    def unbind_key(self, key_id: str, value: str, *, by: str = "cli") -> bool:
        """Take a certificate or name of a key away; it needs one all the same. Sealed. False if there is no such key.

        Raises:
            SenderError: It is not bound to that.
        """
        return self._change_terms(key_id, lambda terms: unbound(terms, value), by)

    def free_key(self, key_id: str, *, by: str = "cli") -> bool:
        """Let a key be good without any certificate again. Sealed. False if there is no such key."""
        return self._change_terms(
            key_id, lambda terms: msgspec.structs.replace(terms, needs_certificate=False, certificates=()), by
        )

    def _change_terms(self, key_id: str, change: Callable[[KeyTerms], KeyTerms], by: str) -> bool:
        with self._stores.database.transaction() as connection:
            if self._stores.people.key(connection, key_id) is None:
                return False
            known = terms_of(self._stores, connection, key_id, to_change=True) or KeyTerms(key=key_id)
            record = terms_kept(self._stores, connection, change(known), by)
            if record is not None:
                self._access.seal(connection, record)
        return True

    def keys(self) -> list[tuple[KeyHolder, KeyTerms | None]]:
        """Every key with what it is limited to, by name; secrets are not given."""
        with self._stores.database.transaction() as connection:
            terms = every_terms(self._stores, connection)
            return [(KeyHolder(*one), terms.get(one[0])) for one in self._stores.people.keys(connection)]

    def grant_senders(self, key_id: str, senders: Sequence[str], *, by: str = "cli") -> bool:
        """Let a key speak for these senders and no others; sealed. False if there is no such key."""
        with self._stores.database.transaction() as connection:
            key = self._stores.people.key(connection, key_id)
            if key is None:
                return False
            grant = _grant(msgspec.structs.replace(key, senders=tuple(senders)))
            record = self._changing(API_KEYS, "key", by, grant)
            if not self._stores.people.grant_senders(connection, key_id, senders, record.leaf.record):
                return False
            self._access.seal(connection, record)
        return True

    def revoke_key(self, key_id: str, *, by: str = "cli") -> bool:
        """Revoke a key; sealed. False if there is none that is still good."""
        record = self._changing(API_KEYS, "key-revoked", by, Grant(name=key_id))
        with self._stores.database.transaction() as connection:
            if not self._stores.people.revoke_key(connection, key_id, record.leaf.at, record.leaf.record):
                return False
            self._access.seal(connection, record)
        return True

    def _changing(self, accounts: Protected, kind: str, by: str, grant: Grant) -> NewRecord:
        """The record of a change of an account, which is about it: only the newest gives rights."""
        return self._stores.sealer.record(kind, by, grant, about=account(accounts, grant.name))

    def _give_back(self, buckets: tuple[Bucket, ...]) -> None:
        """Give the tokens of an attempt back that was right as far as it went."""
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            _STORE.lock(connection)
            levels = give_back(buckets, _STORE.levels(connection, [one.name for one in buckets]), now)
            _STORE.put_levels(connection, levels, now, now - REFILLED)

    def weigh(
        self, name: str, address: str, browser: str | None, *, own: bool = False
    ) -> tuple[StoredOfficer | None, tuple[Bucket, ...]]:
        """Take an attempt's tokens; whose account it is for, and what it was counted against.

        Raises:
            SignInDelayedError: There are none left. That is counted, and sealed once a day and officer.
        """
        now, refusal = datetime.now(UTC), None
        with self._stores.database.transaction() as connection:
            _STORE.lock(connection)
            officer = self._stores.people.officer(connection, name)
            buckets = self._buckets(connection, name, address, f"own {name}" if own else browser, own=own)
            try:
                levels = take(buckets, _STORE.levels(connection, [one.name for one in buckets]), now)
            except SignInDelayedError as error:
                refusal = error
                is_first = _STORE.count(connection, "braked", officer.id if officer else "", address, now)
                if officer is not None and is_first:
                    record = SignIn(name=officer.id, address=address)
                    self._access.seal(connection, self._stores.sealer.record("sign-in-braked", "", record))
            else:
                _STORE.put_levels(connection, levels, now, now - REFILLED)
        if refusal is not None:
            raise refusal
        return officer, buckets

    def _is_usual(self, name: str, address: str, browser: str | None) -> bool:
        """Whether this officer was let in from this browser or network before."""
        with self._stores.database.transaction() as connection:
            return (browser is not None and _STORE.is_known(connection, name, _BROWSER, _digest(browser))) or (
                _STORE.is_known(connection, name, _ADDRESS, _digest(network_of(address)))
            )

    def _buckets(
        self, connection: Connection, name: str, address: str, browser: str | None, *, own: bool
    ) -> tuple[Bucket, ...]:
        network, digest = network_of(address), _digest(browser) if browser else None
        is_browser = digest is not None and (own or _STORE.is_known(connection, name, _BROWSER, digest))
        is_usual = _STORE.is_known(connection, name, _ADDRESS, _digest(network))
        return buckets_of(name, network, digest if is_browser else None, is_usual=is_usual)

    def _about(self, officer_id: str, name: str, office: str | None) -> tuple[str, ...]:
        """Words that a stranger would try as this officer's password."""
        return officer_id, name, office or "", self._stores.settings.administration


def let_in(
    stores: Stores,
    access: Access,
    officer: StoredOfficer,
    address: str,
    *,
    browser: str | None = None,
    buckets: tuple[Bucket, ...] = (),
    issuer: str | None = None,
    factor: Factor | None = None,
) -> SignedIn | None:
    """Open a session, give the attempt's tokens back, and know this browser and network from now on. Sealed.

    Args:
        stores: The stores of this process.
        access: What seals.
        officer: Who has proved who he is.
        address: Where the request came from.
        browser: Token by which this browser was known; None without one.
        buckets: What the attempt was counted against (0..n).
        issuer: OpenID provider that proved it; None for a password.
        factor: What followed the password; None for nothing.

    Returns:
        The session; None if the account was changed or disabled while the proof was looked at.
    """
    token, known = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    until = now + timedelta(hours=stores.settings.session_hours)
    with stores.database.transaction() as connection:
        _STORE.lock(connection)
        if stores.people.officer(connection, officer.id) != officer:
            return None
        levels = give_back(buckets, _STORE.levels(connection, [one.name for one in buckets]), now)
        _STORE.put_levels(connection, levels, now, now - REFILLED)
        if browser:
            _STORE.forget(connection, officer.id, _BROWSER, _digest(browser))
        _STORE.remember(connection, officer.id, _BROWSER, _digest(known), now)
        _STORE.remember(connection, officer.id, _ADDRESS, _digest(network_of(address)), now)
        failed = _STORE.take_unseen(connection, officer.id)
        told = SignIn(name=officer.id, address=address, failed=failed, issuer=issuer, factor=factor)
        record = stores.sealer.record("sign-in", officer.id, told)
        session = NewSession(
            token_hash=_digest(token),
            officer=officer.id,
            csrf=secrets.token_urlsafe(24),
            created=now,
            expires=until,
            record=record.leaf.record,
        )
        stores.people.add_session(connection, session)
        access.seal(connection, record)
    return SignedIn(token=token, browser=known, failed=failed)


def side_of(role: str) -> Literal["customs", "trader", "agency"]:
    """Whose people have a role: no account ever changes from one of these to another."""
    return "trader" if role in TRADERS else "agency" if role in GUESTS else "customs"


_SIDES = {"customs": "customs", "trader": "a trader", "agency": "another agency"}


def _side(role: str, senders: Sequence[str]) -> tuple[str, ...]:
    """Senders of an account, as its role asks for them (0..n).

    Raises:
        SenderError: A person of a trader acts for nobody.
        SettingsError: There is no such role, or one of customs would act for senders.
    """
    every = (*ROLES, *OUTSIDE)
    if role not in every:
        raise SettingsError(f"There is no role {role}.", expected=", ".join(every), found=role)
    if role in OUTSIDE:
        return check_senders(senders)
    if senders:
        raise SettingsError(f"The role {role} acts for no sender.", code="officer-side", expected=", ".join(OUTSIDE))
    return ()


def _grant(key: StoredKey) -> Grant:
    return Grant(
        name=key.id, roles=key.roles, senders=key.senders, office=key.office, secret=secret_digest(key.secret_hash)
    )


def secret_digest(kept: str | bytes) -> str:
    """What a sealed grant says of a secret that is kept hashed: SHA-256 of that hash, in hexadecimal."""
    return sha256(kept.encode() if isinstance(kept, str) else kept).hexdigest()


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
