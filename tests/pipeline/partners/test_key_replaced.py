# SPDX-License-Identifier: Apache-2.0
"""The key by which an administration signs messages to others: replaced in two steps, and kept with the other secrets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from cocket.errors import PolicyError, SettingsError
from tests.messages import declaration
from tests.pipeline.partners.given import ANNA, SIONE, Side, agreed, agreement_text, two_houses
from tests.pipeline.queries.test_mirror import lodged

DAYS = date(2026, 3, 1), date(2026, 3, 31)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    with two_houses(tmp_path_factory.mktemp("partners")) as sides:
        lodged(sides[0].built, declaration("R1"))
        yield sides


def pushed(side: Side) -> str:
    [made] = side.exchange.push_records(SIONE, "XB", *DAYS)
    side.begin_again()
    side.send()
    return side.exchange.message(SIONE, made.id).state


def test_a_key_is_replaced_in_two_steps_and_nothing_waits_meanwhile(two: tuple[Side, Side]) -> None:
    one, other = two
    former, coming = one.exchange.rotate_key(SIONE)
    assert coming is not None and coming.key != former.key
    assert one.exchange.rotate_key(SIONE) == (former, coming), "asked again, the next key is the same"
    assert pushed(one) == "done", "nothing is changed yet"
    both = f'{former.key}", "{coming.key}'
    agreed(other.built, agreement_text("XB", one, key=both))
    assert pushed(one) == "done"
    assert one.exchange.rotate_key(SIONE, use_next=True) == (coming, None)
    assert pushed(one) == "done"
    agreed(other.built, agreement_text("XB", one))
    assert pushed(one) == "done", "the former is named no more"
    asked = other.exchange.query_records(SIONE, "XA", *DAYS)
    other.begin_again()
    other.send()
    assert other.exchange.message(SIONE, asked.id).state == "done", "answers are signed by it too"


def test_what_is_signed_by_a_key_that_no_agreement_names_waits_and_says_which(two: tuple[Side, Side]) -> None:
    one, other = two
    one.exchange.rotate_key(SIONE)
    now, _ = one.exchange.rotate_key(SIONE, use_next=True)
    [made] = one.exchange.push_records(SIONE, "XB", *DAYS)
    one.begin_again()
    one.send()
    assert one.exchange.message(SIONE, made.id).state == "waiting"
    said = one.exchange.exchanges(SIONE).sending["one-and-two"].problem
    assert f"no agreement names the key {now.key_id} that it says it is signed with" in said
    agreed(other.built, agreement_text("XB", one))
    one.begin_again()
    one.send()
    assert one.exchange.message(SIONE, made.id).state == "done"


def test_there_is_nothing_to_use_before_it_is_made_and_only_supervisors_do_it(two: tuple[Side, Side]) -> None:
    one, _ = two
    before = one.exchange.identity(SIONE)
    with pytest.raises(SettingsError, match="no next key"):
        one.exchange.rotate_key(SIONE, use_next=True)
    with pytest.raises(PolicyError):
        one.exchange.rotate_key(ANNA)
    assert one.exchange.identity(SIONE) == before
    assert not (one.built.settings.keys_folder / "exchange.next.key").exists()


def test_a_key_of_an_earlier_version_is_moved_to_the_other_secrets(two: tuple[Side, Side]) -> None:
    one, _ = two
    before, settings = one.exchange.identity(SIONE), one.built.settings
    former = settings.home / "partners" / "exchange.key"
    former.parent.mkdir()
    (settings.keys_folder / "exchange.key").rename(former)
    assert one.exchange.identity(SIONE) == before
    assert ((settings.keys_folder / "exchange.key").exists(), former.exists()) == (True, False)
