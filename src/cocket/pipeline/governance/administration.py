# SPDX-License-Identifier: Apache-2.0
"""Giving access from the page of administration: accounts and keys.

What takes access away is done at once; what gives it goes through `cocket.pipeline.governance.second_person`.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.governance import OUTSIDE, ROLES, Context, Principal, Resource
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.notices import SENDING, Sending
from cocket.pipeline.base.proposals import MakeKey, needs_second
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.acts_for import check_senders, every_senders, senders_of
from cocket.pipeline.governance.factors import counted_factors
from cocket.pipeline.governance.key_terms import KeyTerms, every_terms
from cocket.pipeline.governance.names import require_free
from cocket.pipeline.governance.second_factors import SecondFactorService
from cocket.pipeline.governance.sign_in import PREFIX, KeyHolder, SignInService, StaffMember, side_of
from cocket.pipeline.governance.sign_in import ROLES as STAFF_ROLES
from cocket.stores.base.database import Connection

#: Signs of a temporary password, none of which looks like another; it has four groups of five.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _IN_GROUP = 4, 5

#: Notices that could not be sent which are shown (count).
_MOST_NOTICES: Final = 20

_KEY_NAME: Final = re.compile(r"[a-z0-9-]{1,40}")

#: Roles of keys that are not people's: of traders and machines.
KEY_ROLES = tuple(role for role in ROLES if role not in STAFF_ROLES)


class AccessView(msgspec.Struct, frozen=True, kw_only=True):
    """Who may come in.

    Attributes:
        staff: Everybody with an account, by name (0..n).
        keys: Every key, those that hold first (0..n).
        needs_second: Whether what gives access waits.
        others: Supervisors other than the reader who may sign in, so that somebody can confirm (count).
        factors: Sign-in name → second factors of those who have any (count).
        terms: Name of a key → what it is limited to, of those that have any such terms.
        acts_for: Sign-in name → senders that a person of a trader acts for.
        unset: Sign-in name of an account that has no password yet → who may be shown a temporary one, once.
    """

    staff: tuple[StaffMember, ...]
    keys: tuple[KeyHolder, ...]
    needs_second: bool
    others: int
    factors: dict[str, int] = {}
    terms: dict[str, KeyTerms] = {}
    acts_for: dict[str, tuple[str, ...]] = {}
    unset: dict[str, str] = {}


class Administration(Service):
    """Accounts and keys.

    Args:
        stores: The stores of this process.
        accounts: Makes accounts and keys.
        factors: Takes second factors away.
    """

    def __init__(self, stores: Stores, accounts: SignInService, factors: SecondFactorService) -> None:
        super().__init__(stores)
        self._accounts = accounts
        self._factors = factors

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
            unset = self._stores.people.without_password(connection)
            factors, terms = counted_factors(self._stores, connection), every_terms(self._stores, connection)
            acting = every_senders(self._stores, connection)
            self._access.seal(connection, self._access.record(principal, "accounts", ("accounts",)))
        able = [one for one in staff if one.role == "supervisor" and one.disabled is None and one.name != principal.id]
        asks = needs_second(self._stores, "account")
        return AccessView(
            staff=staff,
            keys=keys,
            needs_second=asks,
            others=len(able),
            factors=factors,
            terms=terms,
            acts_for=acting,
            unset=unset,
        )

    def failed_notices(self, principal: Principal) -> tuple[Sending, ...]:
        """Notices to officers that were given up, the newest first (0..20).

        Raises:
            PolicyError: The principal may not see accounts.
        """
        self._access.require(principal, "account:read", Resource())
        with self._stores.database.transaction() as connection:
            files = self._stores.case_files.page(connection, (SENDING, "failed"), (), (0, _MOST_NOTICES))
        return tuple(msgspec.json.decode(file.body, type=Sending) for file in files)

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

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may give such access, and not to himself; raises `PolicyError`."""
        self._access.require(principal, "account:manage", Resource())
        action = "key:grant" if wanted.kind in ("key", "senders") else "account:manage"
        about = () if action == "key:grant" else (wanted.subject,)
        self._access.require(principal, action, Resource(concerns=about), context)

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """The account or key as it stands."""
        if wanted.kind in ("key", "senders"):
            keys = {one[0]: one for one in self._stores.people.keys(connection)}
            if (key := keys.get(wanted.subject)) is None:
                return {"key": "none"}
            return {"key": "valid" if key[6] is None else "revoked", "senders": " ".join(sorted(key[3]))}
        staff = {one[0]: one for one in self._stores.people.staff(connection, datetime.now(UTC))}
        if (known := staff.get(wanted.subject)) is None:
            return {"account": "none"}
        return {
            "account": "enabled" if known[4] is None else "disabled",
            "shown": known[1],
            "roles": known[2],
            "office": known[3] or "",
            **(
                {"senders": " ".join(acting)}
                if (acting := senders_of(self._stores, connection, wanted.subject))
                else {}
            ),
        }

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse what could not be done.

        Raises:
            SenderError: It could not.
        """
        staff = {one[0]: one for one in self._stores.people.staff(connection, datetime.now(UTC))}
        keys = {one[0]: one for one in self._stores.people.keys(connection)}
        roles = _words(wanted, "roles")
        if wanted.kind == "account":
            _check_side(wanted, roles, staff.get(wanted.subject))
        if wanted.kind == "account" and not is_sign_in_name(wanted.subject):
            raise SenderError("A sign-in name has no blanks and at most 60 characters.", code="officer-name")
        if wanted.kind in ("account", "password") and (
            self._stores.people.is_external(connection, wanted.subject)
            or (wanted.subject not in staff and wanted.subject.startswith(PREFIX))
        ):
            raise SenderError(
                "This is an account of the OpenID provider: role and office follow from the groups there.",
                code="officer-external",
            )
        if wanted.kind in ("password", "enable", "factor") and wanted.subject not in staff:
            raise SenderError(f"There is no officer {wanted.subject}.", code="officer-unknown")
        if wanted.kind == "factor" and not counted_factors(self._stores, connection).get(wanted.subject):
            raise SenderError(f"{wanted.subject} has no second factor.", code="factor-unknown")
        if wanted.kind == "factor" and not wanted.reason.strip():
            raise SenderError("Give the reason; it is recorded under your name.", code="reason-missing")
        if wanted.kind in ("account", "password") and wanted.subject in staff and staff[wanted.subject][4] is not None:
            raise SenderError("This account is disabled; enable it first.", code="officer-disabled")
        if wanted.kind == "key" and (not roles or not set(roles) <= set(KEY_ROLES)):
            raise SenderError("Choose a role.", code="role")
        if wanted.kind == "key" and not _KEY_NAME.fullmatch(wanted.subject):
            raise SenderError("A key's name is of small letters, digits and hyphens, at most 40.", code="key-name")
        if wanted.kind == "key" or (wanted.kind == "account" and wanted.subject not in staff):
            require_free(self._stores, connection, wanted.subject)
        if wanted.kind == "senders" and (wanted.subject not in keys or keys[wanted.subject][6] is not None):
            raise SenderError(f"There is no valid key {wanted.subject}.", code="key-unknown")

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Do it; the secret that was made, if any."""
        by, name = ", ".join(wanted.persons), wanted.subject
        given, roles, senders = wanted.after.get("shown", ""), _words(wanted, "roles"), _words(wanted, "senders")
        office = wanted.after.get("office") or None
        if wanted.kind == "key":
            presented = make_key(name)
            self._accounts.add_key(presented, given or name, roles, senders, office, by=by)
            return presented
        if wanted.kind == "senders":
            self._accounts.grant_senders(name, senders, by=by)
            return None
        if wanted.kind == "factor":
            self._factors.reset(by, name, wanted.reason)
            return None
        if wanted.kind == "enable":
            self._accounts.enable_officer(by, name, is_enabled=True)
            return None
        with self._stores.database.transaction() as connection:
            known = self._stores.people.officer(connection, name)
        if wanted.kind == "account" and known is not None:
            self._accounts.change_officer(by, name, given or known.name, roles[0], office, senders=senders)
            return None
        role, at = (known.role, known.office) if known else (roles[0], office)
        shown = known.name if known else given or name
        if known is not None and role in OUTSIDE:
            with self._stores.database.transaction() as connection:
                senders = senders_of(self._stores, connection, name)
        if wanted.needs:
            self._accounts.put_without_password(name, shown, role, at, by=by, shown_to=wanted.proposer, senders=senders)
            return None
        password = temporary_password()
        self._accounts.put_officer(name, shown, role, at, password, by=by, is_temporary=True, senders=senders)
        return password

    def show_password(self, principal: Principal, officer_id: str) -> str:
        """Make the temporary password of an account that another person approved; it is shown to its proposer, once.

        Raises:
            PolicyError: The principal may not give access, or it is about himself.
            SenderError: It was shown before, another person proposed it, or there is no such account.
        """
        self._access.require(principal, "account:manage", Resource(concerns=(officer_id,)))
        password = temporary_password()
        if not self._accounts.show_password(officer_id, password, to=principal.id):
            raise SenderError(
                "There is no temporary password to show you: it was shown before, or another person proposed it.",
                code="password-shown",
                hint="Propose a new temporary password.",
            )
        return password


def _check_side(wanted: Proposal, roles: tuple[str, ...], known: tuple[object, ...] | None) -> None:
    """Refuse an account without one role, one of a trader who acts for nobody, and one that would change sides.

    Raises:
        SenderError: It is one of these.
    """
    if len(roles) != 1 or roles[0] not in (*STAFF_ROLES, *OUTSIDE):
        raise SenderError("Choose a role.", code="role")
    if known is not None and side_of(str(known[2])) != side_of(roles[0]):
        raise SenderError(
            "An account of customs is never made one of a trader or of another agency, nor the other way round. Choose another name.",
            code="officer-side",
        )
    if roles[0] in OUTSIDE:
        check_senders(_words(wanted, "senders"))
    elif _words(wanted, "senders"):
        raise SenderError("Only a person of a trader or of another agency acts for senders.", code="officer-side")


def _words(wanted: Proposal, name: str) -> tuple[str, ...]:
    return tuple(wanted.after.get(name, "").split())


def temporary_password() -> str:
    """A password to be changed at the first sign-in: 20 random signs in groups, about 99 bits."""
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(_IN_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def is_sign_in_name(name: str) -> bool:
    """Whether an account may be named so: no blanks, nothing that cannot be seen, at most 60 characters."""
    return 0 < len(name) <= 60 and name.isprintable() and not any(map(str.isspace, name))
