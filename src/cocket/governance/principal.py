# SPDX-License-Identifier: Apache-2.0
"""Who asks, for what, in which circumstances."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec

from cocket.errors import SenderError

#: Roles, each with the groups it belongs to in `policy.cedar`.
ROLES: Final[dict[str, tuple[str, ...]]] = {
    "analyst": ("customs",),
    "officer": ("customs", "examiner"),
    "supervisor": ("customs", "examiner"),
    "auditor": ("customs",),
    "internal-affairs": (),
    "host": (),
    "feed": (),
    "agency": (),
    "trader": (),
    "declarant": ("trader",),
    "carrier": ("trader",),
    "forwarder": ("trader",),
}

#: Roles of those who send: they see their own affairs and nothing else, by a key or by an account.
TRADERS: Final = tuple(role for role, groups in ROLES.items() if role == "trader" or "trader" in groups)

#: Roles of other agencies, whose people see what their agreement names and nothing else.
GUESTS: Final = ("agency",)

#: Roles of people who are not of customs and sign in here.
OUTSIDE: Final = (*TRADERS, *GUESTS)

#: Roles of the machines of customs, which come in by a key.
MACHINES: Final = ("host", "feed")

#: Roles of people of customs.
STAFF: Final = tuple(role for role in ROLES if role not in OUTSIDE and role not in MACHINES)

#: Actions that policy speaks of; any other is not allowed.
ACTIONS: Final = (
    "message:lodge",
    "message:read",
    "receipt:read",
    "proof:read",
    "dossier:read",
    "dossier:search",
    "lane:read",
    "assessment:read",
    "queue:read",
    "result:record",
    "lane:override",
    "link:correct",
    "order:release",
    "order:assign",
    "comment:add",
    "query:raise",
    "result:export",
    "result:export-identities",
    "intelligence:add",
    "intelligence:end",
    "intelligence:read-open",
    "intelligence:read-restricted",
    "intelligence:read-closed",
    "list:read",
    "list:import",
    "match:clear",
    "reasons:own",
    "rule:read",
    "rule:write",
    "rule:publish",
    "rule:end",
    "model:read",
    "model:set",
    "value:decide",
    "permit:register",
    "permit:read",
    "permit:use",
    "agency:hold",
    "agency:override",
    "hold:read",
    "guest:read",
    "guest:record",
    "appointment:read",
    "appointment:keep",
    "appointment:own",
    "payment:advise",
    "payment:read-own",
    "payment:take",
    "payment:assign",
    "key:grant",
    "account:read",
    "account:manage",
    "device:register",
    "settings:read",
    "instance:set",
    "duty:set",
    "rows:set-right",
    "subject:export",
    "agreement:read",
    "agreement:read-own",
    "agreement:keep",
    "agreement:end",
    "mirror:give",
    "mirror:read",
    "mirror:run",
    "source:keep",
    "source:read",
    "source:ask",
    "efti:register",
    "efti:ask",
    "lesson:read",
    "lesson:keep",
    "lesson:publish",
    "continuity:read",
    "continuity:keep",
    "retention:read",
    "retention:hold",
    "retention:release",
    "retention:erase",
    "draw:verify",
    "emergency:open",
    "emergency:read",
    "emergency:review",
    "log:read",
    "look:read",
    "set-aside:read",
    "set-aside:act",
    "threat:read",
    "threat:read-insider",
    "watch:read",
    "watch:act",
    "stats:read",
    "stats:read-officers",
    "review:run",
    "pilot:plan",
    "what-if:ask",
    "audit:read",
    "audit:plan",
    "audit:work",
    "standing:read",
    "standing:set",
    "contest:lodge",
    "contest:read-own",
    "contest:read",
    "contest:answer",
    "mandate:give",
    "question:ask",
    "question:read-own",
    "question:read",
    "question:answer",
    "self-assessment:keep",
    "webhook:keep-own",
    "webhook:keep",
    "event:subscribe",
    "title:follow",
    "title:enter",
    "journey:read",
    "journey:activate",
    "journey:discharge",
    "alert:read",
    "alert:handle",
    "alert:close",
    "device:read",
    "device:manage",
    "device:revoke",
    "guarantee:read",
    "guarantee:keep",
    "place:read",
    "place:put",
    "policy:read",
    "policy:draft",
    "policy:publish",
)

#: For what a look or an act may be made; the purpose stands in the sealed record of it.
PURPOSES: Final = (
    "control",
    "release",
    "audit",
    "analysis",
    "oversight",
    "investigation",
    "own-affairs",
    "host-exchange",
)

#: What stands for a purpose that is none of `PURPOSES`, where policy is asked.
UNKNOWN_PURPOSE: Final = "unknown"

#: Purposes that a person of customs may state; the first is that of work on the queue.
CUSTOMS_PURPOSES: Final = PURPOSES[:6]

#: Longest case that is named with a purpose (characters).
LONGEST_CASE: Final = 80

#: Actions by the purpose that they serve where none is stated; every other serves the control of goods.
_SERVED: Final[dict[str, tuple[str, ...]]] = {
    "release": ("order:release",),
    "audit": ("audit:read", "audit:plan", "audit:work"),
    "analysis": (
        "mirror:read", "lesson:read", "lesson:keep",
        "rule:read", "rule:write", "rule:publish", "rule:end", "model:read", "model:set", "review:run", "stats:read", "result:export",
        "pilot:plan",
        "what-if:ask",
        "result:export-identities", "intelligence:read-open", "intelligence:read-restricted", "intelligence:read-closed",
    ),
    "oversight": (
        "threat:read", "threat:read-insider", "account:read", "account:manage", "device:register", "settings:read",
        "key:grant", "look:read", "policy:read", "policy:draft", "policy:publish", "draw:verify", "stats:read-officers",
        "subject:export", "webhook:keep", "source:keep", "retention:read", "retention:hold", "retention:release", "retention:erase",
        "lesson:publish",
        "continuity:keep",
        "agreement:read", "agreement:keep", "agreement:end", "watch:read", "watch:act",
        "emergency:read", "emergency:review",
    ),
}  # fmt: skip
_PURPOSE_OF: Final = {action: purpose for purpose, actions in _SERVED.items() for action in actions}


def purpose_by_task(roles: tuple[str, ...], action: str) -> str:
    """The purpose of an act where nobody states one.

    Args:
        roles: Of whoever acts (0..n). Whoever has a role of customs works for customs, whatever else he is.
        action: One of `ACTIONS`.

    Returns:
        One of `PURPOSES`: of machines of the host, the exchange with it; of traders and agencies, their own affairs; of
        customs, what the action serves.
    """
    groups = {group for role in roles for group in (role, *ROLES.get(role, ()))}
    if "customs" not in groups and groups & {"host", "feed"}:
        return "host-exchange"
    if "customs" not in groups and groups & {"trader", "agency"}:
        return "own-affairs"
    return _PURPOSE_OF.get(action, "control")


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks.

    Attributes:
        id: Id of the key, or sign-in name of the officer.
        kind: Whether a machine's key or a person.
        roles: Names in `ROLES` (0..n); a name that is none gives no rights.
        senders: Senders this key may speak for (0..n).
        office: Office of an officer; None where bound to none.
        purpose: For what he says that he asks, one of `PURPOSES`; None where he says nothing, and then it is by task.
        case: Case that he names with it; None where he names none.
        scopes: Acts that a key is limited to (`message:lodge`), or all of a kind (`message:*`); none for all of its roles.
        clients: Those of the senders for whom it speaks by a mandate, and not by its own right (0..n).
        since: Client → from when on, UTC: of what was lodged for him before, this principal sees nothing (0..n).
        emergency: Id of the access in an emergency under which he looks; empty for none.
    """

    id: str
    kind: Literal["key", "officer"]
    roles: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    office: str | None = None
    purpose: str | None = None
    case: str | None = None
    scopes: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    emergency: str = ""
    since: tuple[tuple[str, datetime], ...] = ()

    @property
    def by_right(self) -> tuple[str, ...]:
        """Senders for whom it speaks by its own right (0..n)."""
        return tuple(one for one in self.senders if one not in self.clients)

    def speaks_for(self, sender: str | None, lodged: datetime | None) -> bool:
        """Whether it speaks for a sender in what was lodged at a moment; None for what is to be lodged yet."""
        begins = dict(self.since).get(sender or "")
        return sender is not None and sender in self.senders and (begins is None or lodged is None or lodged >= begins)


def stating(principal: Principal, purpose: str, case: str = "") -> Principal:
    """A principal who states for what he asks, and in which case.

    Args:
        principal: Who asks.
        purpose: One of `PURPOSES`; empty for none, and then it is by task. Whether it goes with what he asks, policy decides.
        case: As the administration numbers its cases; empty for none.

    Raises:
        SenderError: There is no such purpose, or the case is too long or does not print.
    """
    case = case.strip()
    if purpose and purpose not in PURPOSES:
        raise SenderError(
            "There is no such purpose.", code="purpose-unknown", expected=", ".join(PURPOSES), found=purpose[:40]
        )
    if len(case) > LONGEST_CASE or not case.isprintable():
        raise SenderError(f"A case is named in at most {LONGEST_CASE} printable characters.", code="case-form")
    return msgspec.structs.replace(principal, purpose=purpose or None, case=case or None)


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What it is about, as far as policy cares.

    Where an object belongs is a fact that is stated, never one that is missing: it belongs to offices, or to the whole
    house by decision. What says neither belongs to an office that is not known, and is for those bound to no office.

    Attributes:
        sender: Who sent the message concerned; None where there is none, and then it is nobody's own.
        lodged: When that was received, UTC; None for what is to be lodged yet, and for what is about a sender as such.
        offices: Offices that it belongs to (0..n); several for a message with goods of several, or for a journey.
        is_house_wide: Whether it deliberately belongs to every office alike, such as a register or a list of the house.
        concerns: Whom it is about: officers and keys (0..n).
    """

    sender: str | None = None
    lodged: datetime | None = None
    offices: tuple[str, ...] = ()
    is_house_wide: bool = False
    concerns: tuple[str, ...] = ()


#: What belongs to every office alike: the asking itself, and registers of the whole house.
HOUSE_WIDE: Final = Resource(is_house_wide=True)


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """In which circumstances.

    Attributes:
        purpose: For what, one of `PURPOSES`, where the task says it; what the actor states himself goes before, and
            without either it is by action (`purpose_by_task`).
        reason: Why, in words; None where none is given.
        needs_second: Whether the house asks for a second person in this act.
        second: Id of the second person who agreed; None where nobody did.
    """

    purpose: str | None = None
    reason: str | None = None
    needs_second: bool = False
    second: str | None = None
