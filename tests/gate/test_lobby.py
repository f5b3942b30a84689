# SPDX-License-Identifier: Apache-2.0
"""Who has a place among the connections, and who gives one up."""

from __future__ import annotations

from cocket.gate import Lobby


def enter(lobby: Lobby, address: str, count: int = 1) -> int:
    """How many of `count` connections of an address find a place."""
    return sum(lobby.enter(address) is not None for _ in range(count))


def test_an_address_has_so_many_places_and_no_more() -> None:
    lobby = Lobby(100, 3)
    assert enter(lobby, "10.0.0.1", 50) == 3
    assert enter(lobby, "10.0.0.2", 50) == 3


def test_a_place_given_up_is_free_again_and_counts_once() -> None:
    lobby = Lobby(2, 2)
    place = lobby.enter("10.0.0.1")
    assert place is not None
    place.leave()
    place.leave()
    assert len(lobby) == 0
    assert enter(lobby, "10.0.0.1", 5) == 2


def test_when_all_is_taken_the_biggest_holder_gives_up_the_oldest_that_is_idle() -> None:
    lobby, ended = Lobby(4, 4), []
    places = [lobby.enter("10.0.0.1") for _ in range(4)]
    for number, place in enumerate(places):
        assert place is not None
        place.is_idle = lambda number=number: number >= 1
        place.end = lambda number=number: ended.append(number)
    assert enter(lobby, "10.0.0.2") == 1
    assert ended == [1]
    assert len(lobby) == 4


def test_nobody_gives_up_a_place_for_one_who_holds_as_many_or_while_all_are_at_work() -> None:
    lobby = Lobby(4, 4)
    enter(lobby, "10.0.0.1", 2)
    enter(lobby, "10.0.0.2", 2)
    assert enter(lobby, "10.0.0.2") == 0
    busy = Lobby(2, 2)
    for _ in range(2):
        place = busy.enter("10.0.0.1")
        assert place is not None
        place.is_idle = lambda: False
    assert enter(busy, "10.0.0.2") == 0


def test_a_trusted_proxy_is_not_counted_and_gives_nothing_up() -> None:
    lobby = Lobby(10, 2, lambda address: address == "10.0.0.9")
    assert enter(lobby, "10.0.0.9", 8) == 8
    assert enter(lobby, "10.0.0.1", 5) == 2
    assert enter(lobby, "10.0.0.2") == 1  # from the two of 10.0.0.1


def test_without_a_limit_for_an_address_whoever_comes_first_stays() -> None:
    lobby = Lobby(5, 0)
    assert enter(lobby, "10.0.0.1", 9) == 5
    assert enter(lobby, "10.0.0.2") == 0


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    lobby = Lobby(100, 3)
    assert sum(enter(lobby, f"2001:db8:0:1::{number:x}") for number in range(20)) == 3
    assert enter(lobby, "2001:db8:0:2::1") == 1
