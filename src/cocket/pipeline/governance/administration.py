# SPDX-License-Identifier: Apache-2.0
"""Giving access from the page of administration: accounts and keys, with a second person where the settings ask for one.

What takes access away is done at once; what gives it waits until another supervisor confirms it. A secret is made only then,
and shown once, to the one who confirms.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.governance import ROLES, Context, Principal, Resource
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.notices import SENDING, Notice, Sending, tell
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.proposals import (
    Proposal,
    Waiting,
    keep_proposal,
    waiting_proposal,
    waiting_proposals,
)
from cocket.pipeline.governance.sign_in import ROLES as STAFF_ROLES
from cocket.pipeline.governance.sign_in import SignInService, StaffMember
from cocket.stores.base.database import Connection

#: Signs of a temporary password, none of which looks like another; it has four groups of five.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _IN_GROUP = 4, 5

#: Notices that could not be sent which are shown (count).
_MOST_NOTICES: Final = 20

_KEY_NAME: Final = re.compile(r"[a-z0-9-]{1,40}")

#: Makes a key of its name, as its holder presents it.
MakeKey = Callable[[str], str]

#: Roles of keys that are not people's: of traders and machines.
KEY_ROLES = tuple(role for role in ROLES if role not in STAFF_ROLES)


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


class AccessView(msgspec.Struct, frozen=True, kw_only=True):
    """Who may come in.

    Attributes:
        staff: Everybody with an account, by name (0..n).
        keys: Every key, those that hold first (0..n).
        waiting: What waits for a second person (0..n).
        needs_second: Whether what gives access waits.
        others: Supervisors other than the reader who may sign in, so that somebody can confirm (count).
    """

    staff: tuple[StaffMember, ...]
    keys: tuple[KeyHolder, ...]
    waiting: tuple[Waiting, ...]
    needs_second: bool
    others: int


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an act.

    Attributes:
        proposal: The act.
        is_done: Whether it was done; else it waits.
        secret: The password or key that was made, to be shown once; None where none was.
    """

    proposal: Proposal
    is_done: bool
    secret: str | None = None


class Administration(Service):
    """Accounts and keys.

    Args:
        stores: The stores of this process.
        accounts: Makes accounts and keys.
    """

    def __init__(self, stores: Stores, accounts: SignInService) -> None:
        super().__init__(stores)
        self._accounts = accounts

    def access(self, principal: Principal) -> AccessView:
        """Accounts, keys, and what waits; the look is sealed.

        Raises:
            PolicyError: The principal may not see them.
        """
        self._access.require(principal, "account:read", Resource())
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            staff = tuple(StaffMember(*one) for one in self._stores.people.staff(connection, now))
            keys = tuple(KeyHolder(*one) for one in self._stores.people.keys(connection))
            waiting = waiting_proposals(self._stores, connection)
            self._access.seal(connection, self._access.record(principal, "accounts", ("accounts",), "oversight"))
        able = [one for one in staff if one.role == "supervisor" and one.disabled is None and one.name != principal.id]
        needs_second = self._stores.settings.second_person_for_access
        return AccessView(staff=staff, keys=keys, waiting=waiting, needs_second=needs_second, others=len(able))

    def failed_notices(self, principal: Principal) -> tuple[Sending, ...]:
        """Notices to officers that were given up, the newest first (0..20).

        Raises:
            PolicyError: The principal may not see accounts.
        """
        self._access.require(principal, "account:read", Resource())
        with self._stores.database.transaction() as connection:
            files = self._stores.case_files.page(connection, (SENDING, "failed"), (), (0, _MOST_NOTICES))
        return tuple(msgspec.json.decode(file.body, type=Sending) for file in files)

    def propose(self, principal: Principal, wanted: Proposal, make_key: MakeKey) -> Given:
        """Give access, or propose it where a second person must confirm.

        Args:
            principal: Who does it.
            wanted: What; who and when are set here.
            make_key: Makes a key of a name, as its holder presents it.

        Raises:
            PolicyError: The principal may not, or it is about himself.
            SenderError: It cannot be done as it stands.
        """
        self._require(principal, wanted)
        now = datetime.now(UTC)
        wanted = msgspec.structs.replace(wanted, by=principal.id, proposed=now, state="waiting")
        identity = new_id()
        with self._stores.database.transaction() as connection:
            self._check(connection, wanted)
            record = keep_proposal(self._stores, connection, identity, wanted, (principal.id, now))
            if self._stores.settings.second_person_for_access:
                self._tell_others(connection, principal, wanted, now)
            self._access.seal(connection, record)
        if self._stores.settings.second_person_for_access:
            return Given(proposal=wanted, is_done=False)
        return self._do(principal, str(identity), make_key)

    def confirm(self, principal: Principal, proposal_id: str, make_key: MakeKey) -> Given:
        """Confirm what another proposed; it is done at once. `make_key` is as for `propose`.

        Raises:
            NotFoundError: There is no such proposal.
            PolicyError: The principal may not, proposed it, or it is about himself.
            SenderError: It no longer waits, or cannot be done any more.
        """
        self._access.require(principal, "account:manage", Resource())
        with self._stores.database.transaction() as connection:
            proposal = waiting_proposal(self._stores, connection, _identity(proposal_id))
        self._require(principal, proposal, Context(needs_second=True, second=proposal.by))
        return self._do(principal, proposal_id, make_key)

    def decline(self, principal: Principal, proposal_id: str, reason: str) -> Proposal:
        """Decline what waits; whoever proposed it may take it back so.

        Raises:
            NotFoundError: There is no such proposal.
            PolicyError: The principal may not.
            SenderError: It no longer waits, or no reason is given.
        """
        self._access.require(principal, "account:manage", Resource())
        if not reason.strip():
            raise SenderError("Give a reason; it is recorded under your name.", code="reason-missing")
        identity = _identity(proposal_id)
        with self._stores.database.transaction() as connection:
            proposal = waiting_proposal(self._stores, connection, identity)
            return self._decide(connection, (identity, proposal), "declined", principal, reason.strip())

    def disable(self, principal: Principal, officer_id: str) -> int:
        """Let an officer sign in no longer; his sessions end at once. How many they were (count).

        Raises:
            PolicyError: The principal may not, or it is about himself.
            SettingsError: There is no such officer.
        """
        self._access.require(principal, "account:manage", Resource(concerns=(officer_id,)))
        return self._accounts.enable_officer(principal.id, officer_id, is_enabled=False)

    def revoke(self, principal: Principal, key_id: str) -> None:
        """Revoke a key for ever.

        Raises:
            PolicyError: The principal may not.
            SenderError: There is none that is still good.
        """
        self._access.require(principal, "account:manage", Resource())
        self._access.require(principal, "key:grant")
        if not self._accounts.revoke_key(key_id, by=principal.id):
            raise SenderError(f"There is no valid key {key_id}.", code="key-unknown")

    def _require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        self._access.require(principal, "account:manage", Resource())
        action = "key:grant" if wanted.act in ("key", "senders") else "account:manage"
        about = () if action == "key:grant" else (wanted.name,)
        self._access.require(principal, action, Resource(concerns=about), context)

    def _tell_others(self, connection: Connection, principal: Principal, wanted: Proposal, now: datetime) -> None:
        """Give notice to every supervisor who may confirm what is proposed."""
        for name, _, role, office, disabled, _ in self._stores.people.staff(connection, now):
            other = Principal(id=name, kind="officer", roles=(role,), office=office)
            about = Resource(concerns=(wanted.name,))
            may = name != principal.id and disabled is None and self._access.may(other, "account:manage", about)
            if may:
                told = Notice(officer=name, kind="second", by=principal.id, at=now, path="/administration")
                tell(self._stores, connection, told)

    def _check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse what could not be done.

        Raises:
            SenderError: It could not.
        """
        staff = {one[0]: one for one in self._stores.people.staff(connection, datetime.now(UTC))}
        keys = {one[0]: one for one in self._stores.people.keys(connection)}
        if wanted.act == "account" and (len(wanted.roles) != 1 or wanted.roles[0] not in STAFF_ROLES):
            raise SenderError("Choose a role.", code="role")
        if wanted.act == "account" and not _is_name(wanted.name):
            raise SenderError("A sign-in name has no blanks and at most 60 characters.", code="officer-name")
        if wanted.act in ("password", "enable") and wanted.name not in staff:
            raise SenderError(f"There is no officer {wanted.name}.", code="officer-unknown")
        if wanted.act in ("account", "password") and wanted.name in staff and staff[wanted.name][4] is not None:
            raise SenderError("This account is disabled; enable it first.", code="officer-disabled")
        if wanted.act == "key" and (not wanted.roles or not set(wanted.roles) <= set(KEY_ROLES)):
            raise SenderError("Choose a role.", code="role")
        if wanted.act == "key" and wanted.name in keys:
            raise SenderError(f"There is a key {wanted.name} already.", code="key-known")
        if wanted.act == "key" and not _KEY_NAME.fullmatch(wanted.name):
            raise SenderError("A key's name is of small letters, digits and hyphens, at most 40.", code="key-name")
        if wanted.act == "senders" and (wanted.name not in keys or keys[wanted.name][6] is not None):
            raise SenderError(f"There is no valid key {wanted.name}.", code="key-unknown")

    def _do(self, principal: Principal, proposal_id: str, make_key: MakeKey) -> Given:
        """Do it, then seal that it was done; of two who confirm at once the later finds that it no longer waits."""
        identity = _identity(proposal_id)
        with self._stores.database.transaction() as connection:
            proposal = waiting_proposal(self._stores, connection, identity)
            self._check(connection, proposal)
            by = f"{proposal.by}, {principal.id}" if proposal.by != principal.id else principal.id
            secret = self._carry_out(proposal, by, make_key)
            self._decide(connection, (identity, proposal), "done", principal)
        return Given(proposal=proposal, is_done=True, secret=secret)

    def _carry_out(self, wanted: Proposal, by: str, make_key: MakeKey) -> str | None:
        """Do it; the secret that was made, if any."""
        if wanted.act == "key":
            presented = make_key(wanted.name)
            self._accounts.add_key(
                presented, wanted.shown or wanted.name, wanted.roles, wanted.senders, wanted.office, by=by
            )
            return presented
        if wanted.act == "senders":
            self._accounts.grant_senders(wanted.name, wanted.senders, by=by)
            return None
        if wanted.act == "enable":
            self._accounts.enable_officer(by, wanted.name, is_enabled=True)
            return None
        with self._stores.database.transaction() as connection:
            known = self._stores.people.officer(connection, wanted.name)
        if wanted.act == "account" and known is not None:
            shown = wanted.shown or known.name
            self._accounts.change_officer(by, wanted.name, shown, wanted.roles[0], wanted.office)
            return None
        password = temporary_password()
        role, office = (known.role, known.office) if known else (wanted.roles[0], wanted.office)
        shown = known.name if known else wanted.shown or wanted.name
        self._accounts.put_officer(wanted.name, shown, role, office, password, by=by, is_temporary=True)
        return password

    def _decide(
        self,
        connection: Connection,
        waiting: tuple[UUID, Proposal],
        state: Literal["done", "declined"],
        principal: Principal,
        reason: str = "",
    ) -> Proposal:
        identity, proposal = waiting
        now = datetime.now(UTC)
        decided = msgspec.structs.replace(proposal, state=state, decided_by=principal.id, decided=now, reason=reason)
        record = keep_proposal(self._stores, connection, identity, decided, (principal.id, now))
        self._access.seal(connection, record)
        return decided


def temporary_password() -> str:
    """A password to be changed at the first sign-in: 20 random signs in groups, about 99 bits."""
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(_IN_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _is_name(name: str) -> bool:
    return 0 < len(name) <= 60 and name.isprintable() and not any(map(str.isspace, name))


def _identity(text: str) -> UUID:
    identity = parse_id(text)
    if identity is None:
        raise NotFoundError("There is no such proposal.")
    return identity
