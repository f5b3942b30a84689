# SPDX-License-Identifier: Apache-2.0
"""Goods that another agency holds and that went on all the same: what the host, or whoever moves them, says after the hold began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from cocket.errors import CocketError
from cocket.model import Movement, ReleaseOrder, Response
from cocket.pipeline.base.agency_holds import How, KeptHold, LetGo, held_by
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection

#: Function of a notification that lets goods go: released, cleared, exit confirmed. Source: UK customs declarations API 3.0.
_LETS_GO: Final = frozenset(("08", "09", "16"))

#: Goods released. Source: UN/EDIFACT 7365.
_RELEASED: Final = "4"

#: Events of goods that left, or were released: DCSA (GTOT, CUSR), IATA (CCD, DLV), EPCIS (departing).
_LEFT: Final = frozenset(("GTOT", "DLV", "departing"))
#: Before anything was ever said of any goods.
_EVER: Final = datetime(1, 1, 2, tzinfo=UTC)

_CLEARED: Final = frozenset(("CUSR", "CCD"))

#: When goods were let go, how, who says so, and our id of the message.
_Saying = tuple[datetime, How, str, str]


def despite_holds(
    stores: Stores, connection: Connection, holds: Mapping[UUID, tuple[KeptHold, ...]]
) -> dict[UUID, LetGo]:
    """What lets goods go that are held, the first of each dossier; dossiers of which nobody says so are left out.

    Args:
        stores: The stores.
        connection: The transaction.
        holds: Agencies' words by dossier; those that do not stand are passed over.
    """
    standing = _standing(holds)
    since = {dossier: min(one.at for one in words) for dossier, words in standing.items()}
    return _first(_said(stores, connection, since), standing)


def ever_let_go(
    stores: Stores, connection: Connection, holds: Mapping[UUID, tuple[KeptHold, ...]]
) -> dict[UUID, LetGo]:
    """What first let goods go that are held, before the hold or after it; arguments and what is left out as for `despite_holds`."""
    standing = _standing(holds)
    return _first(_said(stores, connection, dict.fromkeys(standing, _EVER)), _always(standing))


def let_go_and_before(
    stores: Stores, connection: Connection, holds: Mapping[UUID, tuple[KeptHold, ...]]
) -> tuple[dict[UUID, LetGo], dict[UUID, LetGo]]:
    """What lets goods go that are held, and what let others go before anybody held them: each dossier in one of the two at most.

    Arguments and what is left out as for `despite_holds`; everything is read once.
    """
    standing = _standing(holds)
    said = _said(stores, connection, dict.fromkeys(standing, _EVER))
    despite, ever = _first(said, standing), _first(said, _always(standing))
    return despite, {dossier: one for dossier, one in ever.items() if dossier not in despite}


def _standing(holds: Mapping[UUID, tuple[KeptHold, ...]]) -> dict[UUID, tuple[KeptHold, ...]]:
    return {
        dossier: held for dossier, words in holds.items() if (held := tuple(one for one in words if one.hold.is_held))
    }


def _always(standing: Mapping[UUID, tuple[KeptHold, ...]]) -> dict[UUID, tuple[KeptHold, ...]]:
    """The same holds as if they had always been."""
    return {
        dossier: tuple(msgspec.structs.replace(one, at=_EVER) for one in words) for dossier, words in standing.items()
    }


def _first(said: Mapping[UUID, list[_Saying]], standing: Mapping[UUID, tuple[KeptHold, ...]]) -> dict[UUID, LetGo]:
    """What first lets goods go that somebody holds at that moment, by dossier."""
    made = {}
    for dossier, several in said.items():
        for at, how, by, source in sorted(several):
            agencies = held_by([one for one in standing[dossier] if one.at < at])
            if agencies and dossier not in made:
                made[dossier] = LetGo(agencies=agencies, how=how, by=by, at=at, message=source)
    return made


def _said(stores: Stores, connection: Connection, since: Mapping[UUID, datetime]) -> dict[UUID, list[_Saying]]:
    """What the host and messages say after a moment of each dossier that lets its goods go; two statements and what they name."""
    said: dict[UUID, list[_Saying]] = {dossier: [] for dossier in since}
    if not since:
        return said
    for dossier, host in stores.orders.host_decisions(connection, list(since)).items():
        if (host.override or host.lane) == "green" and host.decided is not None and host.decided > since[dossier]:
            said[dossier].append((host.decided, "lane", "host", ""))
    links = stores.consignments.messages_since(connection, since)
    messages = {one.id: one for one in stores.messages.get_many(connection, [message for _, message in links])}
    for dossier, message in links:
        stored = messages.get(message)
        if stored is None or stored.outcome != "accepted":
            continue
        try:
            documents = reading_of(stored).documents
        except (CocketError, msgspec.DecodeError):
            continue
        found: list[How] = [how for one in documents for how in _lets_go(one)]
        said[dossier] += [(stored.received, how, stored.sender, str(stored.id)) for how in found[:1]]
    return said


def _lets_go(document: object) -> Iterator[How]:
    """How a paper says that goods were let go; nothing where it does not."""
    if isinstance(document, Response):
        for one in (document, *document.further):
            states = one.statuses
            if one.function_code in _LETS_GO or any(each.code == _RELEASED or each.released for each in states):
                yield "release"
    elif isinstance(document, ReleaseOrder):
        yield "release"
    elif isinstance(document, Movement):
        for each in (document, *document.movements):
            code = (each.message_code or "").rpartition("/")[2].rpartition(":")[2].removeprefix("BizStep-")
            planned = (
                any(name == "classifier" for name, _ in each.statuses) and ("classifier", "ACT") not in each.statuses
            )
            if code in _LEFT and not planned:
                yield "gate-out"
            elif code in _CLEARED and not planned:
                yield "release"
