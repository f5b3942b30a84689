# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path

import pytest

from cocket.control import commit_seed, draw_number, verify_draw
from cocket.errors import ProofError, SettingsError

SEED, OTHER = bytes(range(32)), bytes(range(1, 33))


def test_a_draw_is_hmac_sha_256_of_the_consignment_alone() -> None:
    digest = hmac.new(SEED, b"cocket draw v1\x00consignment-1", hashlib.sha256).digest()
    assert draw_number(SEED, "consignment-1") == (int.from_bytes(digest[:8], "big") // 2**11) / 2**53


def test_draws_are_spread_evenly_and_differ_by_seed_and_consignment() -> None:
    numbers = [draw_number(SEED, f"c{n}") for n in range(20_000)]
    assert min(numbers) >= 0 and max(numbers) < 1
    for cut in (0.02, 0.25, 0.5, 0.9):
        share = sum(number < cut for number in numbers) / len(numbers)
        assert share == pytest.approx(cut, abs=4 * (cut * (1 - cut) / len(numbers)) ** 0.5)
    assert draw_number(OTHER, "c1") != draw_number(SEED, "c1") != draw_number(SEED, "c2")


def test_a_true_draw_is_verified_with_its_reasons() -> None:
    checked = verify_draw(SEED, commit_seed(SEED), "c1", draw_number(SEED, "c1"))
    assert (checked.consignment, checked.number, checked.commitment) == (
        "c1",
        draw_number(SEED, "c1"),
        commit_seed(SEED),
    )


def test_another_seed_is_caught_by_the_commitment() -> None:
    with pytest.raises(ProofError) as caught:
        verify_draw(OTHER, commit_seed(SEED), "c1", draw_number(OTHER, "c1"))
    assert caught.value.code == "seed-other"


@pytest.mark.parametrize("consignment, off", [("c2", 0.0), ("c1", 1e-9)])
def test_another_consignment_or_number_is_caught(consignment: str, off: float) -> None:
    with pytest.raises(ProofError) as caught:
        verify_draw(SEED, commit_seed(SEED), consignment, draw_number(SEED, "c1") + off)
    assert caught.value.code == "draw-other"


def test_a_commitment_hides_the_seed_and_is_no_plain_hash_of_it() -> None:
    assert SEED.hex() not in commit_seed(SEED)
    assert commit_seed(SEED) != hashlib.sha256(SEED).hexdigest()


def test_a_short_seed_is_refused() -> None:
    with pytest.raises(SettingsError):
        commit_seed(b"guessable")


def test_the_recipe_of_the_decision_gives_the_same_numbers() -> None:
    page = Path(__file__).parents[2] / "docs" / "decisions" / "0008-commit-the-draw-beforehand.md"
    recipe = re.search(r"`(\(int\.from_bytes\(hmac.*?)`", page.read_text("utf-8"))
    assert recipe is not None
    seed = bytes(range(32))
    for id in ("01a219f8-56dd-78f9-b212-b186f93f5fdf", "c1", "ü"):
        assert eval(recipe[1], {"hmac": hmac, "seed": seed, "id": id}) == draw_number(seed, id)
    assert "`cocket draw seed v1`, a zero byte" in page.read_text("utf-8")
    assert commit_seed(seed) == hashlib.sha256(b"cocket draw seed v1\0" + seed).hexdigest()
