# SPDX-License-Identifier: Apache-2.0
"""Open connections of one process by address, so that no address can keep all others out."""

from __future__ import annotations

from collections.abc import Callable

from cocket.pipeline.governance.sign_in_limits import network_of


def _yes() -> bool:
    return True


def _nothing() -> None:
    return None


class Place:
    """One open connection.

    Attributes:
        network: Whose it is.
        is_idle: Whether nothing would be lost if it ended now: no whole request has come, or all are answered.
        end: Ends it at once.
    """

    def __init__(self, lobby: Lobby, network: str) -> None:
        self._lobby = lobby
        self.network = network
        self.is_idle: Callable[[], bool] = _yes
        self.end: Callable[[], None] = _nothing

    def leave(self) -> None:
        """The connection is gone; a second time changes nothing."""
        self._lobby.leave(self)


class Lobby:
    """Counts connections and says who may come in.

    Args:
        most: Open connections (count).
        each: Of one address, or of the first 64 bits of an IPv6 address (count); 0 counts no address, and whoever comes
            first stays.
        is_exempt: Whether an address stands for many others, as a trusted proxy does: it is not counted.
    """

    def __init__(self, most: int, each: int, is_exempt: Callable[[str], bool] = lambda address: False) -> None:
        self._most = most
        self._each = each
        self._is_exempt = is_exempt
        self._count = 0
        self._places: dict[str, dict[Place, None]] = {}
        self._exempt: set[str] = set()

    def __len__(self) -> int:
        return self._count

    def enter(self, address: str) -> Place | None:
        """A place for one more connection; None if there is none.

        When all are taken, the address that holds most gives up the oldest that is idle, if it holds more than the
        newcomer does.
        """
        network = network_of(address)
        mine = len(self._places.get(network, ()))
        if self._is_exempt(address):
            self._exempt.add(network)
        elif self._each and mine >= self._each:
            return None
        if self._count >= self._most and not (self._each and self._make_room(mine)):
            return None
        place = Place(self, network)
        self._places.setdefault(network, {})[place] = None
        self._count += 1
        return place

    def leave(self, place: Place) -> None:
        """A connection is gone."""
        held = self._places.get(place.network, {})
        if place not in held:
            return
        del held[place]
        self._count -= 1
        if not held:
            del self._places[place.network]
            self._exempt.discard(place.network)

    def _make_room(self, mine: int) -> bool:
        counted = (network for network in self._places if network not in self._exempt)
        biggest = max(counted, key=lambda network: len(self._places[network]), default=None)
        if biggest is None or len(self._places[biggest]) <= mine:
            return False
        for place in self._places[biggest]:
            if place.is_idle():
                place.end()
                place.leave()
                return True
        return False
