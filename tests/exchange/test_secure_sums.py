# SPDX-License-Identifier: Apache-2.0
"""Sums of tables that show no table: exact together, noise apart, and nothing where one is missing."""

from __future__ import annotations

import base64
import secrets
from collections import Counter
from collections.abc import Sequence
from random import Random

import msgspec
import pytest

from cocket.errors import SenderError, UnreadableError
from cocket.exchange.secure_sums import (
    SumMasked,
    SumOpening,
    check_parties,
    digest_of_openings,
    mask,
    open_key,
    read_numbers,
    sum_of,
)

PARTIES = ("XA", "XB", "XC", "XD")
ROUND = "5d" * 32


def masked_of(tables: Sequence[Sequence[int]], draw: Random | None = None) -> dict[str, SumMasked]:
    """Every party's message on the wire, as JSON written and read again."""
    keys = {party: draw.randbytes(32) if draw else secrets.token_bytes(32) for party in PARTIES[: len(tables)]}
    openings = {party: open_key(keys[party], ROUND, party) for party in keys}
    made = {party: mask(keys[party], party, openings, table) for party, table in zip(keys, tables, strict=True)}
    return {party: msgspec.json.decode(msgspec.json.encode(one), type=SumMasked) for party, one in made.items()}


@pytest.mark.parametrize("number", [2, 3, 4])
def test_sums_are_exact(number: int) -> None:
    draw = Random(number)
    tables = [[draw.randrange(2**39) for _ in range(500)] for _ in range(number)]
    assert sum_of(PARTIES[:number], masked_of(tables), 500) == [sum(each) for each in zip(*tables, strict=True)]


def test_one_message_alone_is_spread_evenly_and_the_same_for_any_table() -> None:
    draw = Random(7)
    size = 20_000
    for table in ([0] * size, [2**39] * size, list(range(size))):
        content = base64.b64decode(masked_of([table, [1] * size, [2] * size], draw)["XA"].numbers)
        counts = Counter(content)
        expected = len(content) / 256
        chi = sum((counts[value] - expected) ** 2 / expected for value in range(256))
        assert 170 < chi < 350  # 255 degrees of freedom: both ends are one in 100,000
        bits = sum(value.bit_count() for value in content)
        assert abs(bits - 4 * len(content)) < 5 * (2 * len(content)) ** 0.5
        assert len(set(read_numbers(masked_of([table, [1] * size, [2] * size], draw)["XA"], size))) == size


def test_a_mask_that_is_left_off_would_be_seen_by_that_test() -> None:
    content = b"".join(number.to_bytes(8, "little") for number in range(20_000))
    counts, expected = Counter(content), len(content) / 256
    assert sum((counts[value] - expected) ** 2 / expected for value in range(256)) > 10_000


def test_all_but_one_together_still_see_noise_of_whoever_is_missing() -> None:
    size = 5_000
    made = masked_of([[5] * size, [6] * size, [7] * size, [8] * size])
    part = [sum(each) % 2**64 for each in zip(*(read_numbers(made[one], size) for one in PARTIES[:3]), strict=True)]
    assert 18 not in part and len(set(part)) == size
    with pytest.raises(SenderError, match="no sum without XD") as caught:
        sum_of(PARTIES, {party: made[party] for party in PARTIES[:3]}, size)
    assert caught.value.code == "sum-missing"


def test_two_rounds_of_the_same_table_have_nothing_in_common() -> None:
    table = [3] * 1000
    one, other = (read_numbers(masked_of([table] * 3)["XB"], 1000) for _ in range(2))
    assert not set(one) & set(other)


def test_two_parties_are_refused_unless_it_is_said_to_be_known() -> None:
    with pytest.raises(SenderError, match="shows each the table of the other") as caught:
        check_parties(("XB", "XA"))
    assert caught.value.code == "sum-two"
    assert check_parties(("XB", "XA"), is_two_allowed=True) == ("XA", "XB")
    for wrong in (("XA",), (), ("XA", "XA", "XB"), ("xa", "XB", "XC"), tuple(f"X{chr(65 + n)}" for n in range(26)) * 2):
        with pytest.raises(SenderError):
            check_parties(wrong, is_two_allowed=True)


def test_what_does_not_fit_together_is_refused_in_words() -> None:
    keys = {party: secrets.token_bytes(32) for party in PARTIES[:3]}
    openings = {party: open_key(keys[party], ROUND, party) for party in keys}
    good = {party: mask(keys[party], party, openings, [1, 2]) for party in keys}
    assert sum_of(PARTIES[:3], good, 2) == [3, 6]
    with pytest.raises(SenderError, match="another key"):
        mask(bytes(32), "XA", openings, [1])
    for counts in ([-1], [2**40], []):
        with pytest.raises(SenderError, match="counts"):
            mask(keys["XA"], "XA", openings, counts)
    for key in ("", "!!", base64.b64encode(bytes(31)).decode(), base64.b64encode(bytes(32)).decode()):
        wrong = {**openings, "XB": SumOpening(round=ROUND, party="XB", key=key)}
        with pytest.raises(UnreadableError):
            mask(keys["XA"], "XA", wrong, [1])
    with pytest.raises(UnreadableError, match="3 numbers"):
        sum_of(PARTIES[:3], good, 3)
    other = msgspec.structs.replace(good["XC"], openings=digest_of_openings({"XA": openings["XA"]}))
    with pytest.raises(SenderError, match="same keys"):
        sum_of(PARTIES[:3], {**good, "XC": other}, 2)
    noise = msgspec.structs.replace(good["XC"], numbers=base64.b64encode(secrets.token_bytes(16)).decode())
    with pytest.raises(SenderError, match="do not cancel"):
        sum_of(PARTIES[:3], {**good, "XC": noise}, 2)
    with pytest.raises(UnreadableError, match="base64"):
        sum_of(PARTIES[:3], {**good, "XC": msgspec.structs.replace(good["XC"], numbers="é")}, 2)
