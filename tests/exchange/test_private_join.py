# SPDX-License-Identifier: Apache-2.0
"""Names in common are found, and a transcript tells no other."""

from __future__ import annotations

import base64
from hashlib import sha256
from random import Random
from secrets import token_bytes

import pytest

from cocket.errors import UnreadableError
from cocket.exchange.private_join import (
    LEAST,
    commitment,
    in_common,
    new_session,
    padded_size,
    points_of,
    raise_again,
    written,
)


def run(mine: set[str], theirs: set[str]) -> tuple[frozenset[str], frozenset[str], list[str]]:
    """Both sides through all three messages: what each learns, and all that went between them."""
    session, one, other = new_session(), token_bytes(32), token_bytes(32)
    my_points, their_points = points_of(mine, session, one), points_of(theirs, session, other)
    opening, reply = [written(p) for p in my_points], [written(p) for p in their_points]
    mine_again = raise_again(opening, other, 10_000)
    theirs_again = raise_again(reply, one, 10_000)
    mine_learn = in_common(my_points, mine_again, theirs_again)
    they_learn = in_common(their_points, theirs_again, mine_again)
    told = [session, *opening, *reply, *map(written, mine_again), *map(written, theirs_again)]
    return mine_learn, they_learn, told


def names(seed: int, many: int) -> set[str]:
    dice = Random(seed)
    return {f"UCR 6XA{dice.randrange(10**9):09d}" for _ in range(many)}


@pytest.mark.parametrize(("own", "other", "both"), [(0, 0, 0), (5, 0, 0), (0, 5, 0), (70, 200, 31), (1, 1, 1)])
def test_both_sides_learn_what_a_plain_join_would_find(own: int, other: int, both: int) -> None:
    shared = names(1, both)
    mine, theirs = shared | names(2, own - both), shared | names(3, other - both)
    mine_learn, they_learn, _ = run(mine, theirs)
    assert mine_learn == they_learn == mine & theirs
    assert len(mine_learn) == both


def test_a_transcript_holds_no_name_and_no_digest_of_one() -> None:
    mine, theirs = names(4, 40), names(5, 40)
    *_, told = run(mine, theirs)
    session, raw = told[0], {base64.b64decode(one) for one in told[1:]}
    for name in mine | theirs:
        assert name not in "".join(told)
        for text in (name, session + name, name + session):
            assert sha256(text.encode()).digest() not in raw


def test_whoever_knows_every_possible_name_cannot_tell_which_were_sent_without_the_secret() -> None:
    space = [f"EQUIPMENT TSTU{n:06d}" for n in range(300)]
    session, secret = new_session(), token_bytes(32)
    sent = set(points_of(space[:20], session, secret))
    for _ in range(5):
        assert not sent & set(points_of(space, session, token_bytes(32)))
    assert len(sent & set(points_of(space, session, secret))) == 20  # with it, he could: the control


def test_no_two_runs_send_the_same_points() -> None:
    secret = token_bytes(32)
    assert not set(points_of(names(6, 9), new_session(), secret)) & set(points_of(names(6, 9), new_session(), secret))


def test_sizes_are_padded() -> None:
    for count in (0, 1, 63, 64):
        assert len(points_of(names(7, count), "s", token_bytes(32))) == LEAST
    assert [padded_size(n) for n in (65, 128, 129)] == [128, 128, 256]


@pytest.mark.parametrize(
    "points",
    [
        [],
        ["AAAA"],
        ["not base64!"],
        [written(bytes(32))],
        [written((1).to_bytes(32, "little"))],
        [written((2**255 - 19 + 9).to_bytes(32, "little"))],
        [written((2).to_bytes(32, "little"))],  # on the twist
        [written((9).to_bytes(32, "little"))] * 2,
        [written((9).to_bytes(32, "little"))] * 11,
    ],
)
def test_points_that_are_none_or_too_many_are_refused(points: list[str]) -> None:
    with pytest.raises(UnreadableError):
        raise_again(points, token_bytes(32), 10)


def test_points_that_do_not_all_come_back_are_refused() -> None:
    own = points_of({"a"}, "s", token_bytes(32))
    with pytest.raises(UnreadableError):
        in_common(own, (), ())


def test_what_is_put_in_is_sealed_beforehand_and_tells_nothing() -> None:
    secret = token_bytes(32)
    assert commitment({"a", "b"}, "s", secret) == commitment({"b", "a"}, "s", secret)
    assert commitment({"a"}, "s", secret) not in {
        commitment({"b"}, "s", secret),
        commitment({"a"}, "s", token_bytes(32)),
    }
