# SPDX-License-Identifier: Apache-2.0
"""Several HTTP doors on one database, racing the same contents and the same references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.lodging import ACCEPTED, CONFLICT, Answer, Line, sorted_json
from tests.faults.reckoning import reckon_on, settle_on
from tests.faults.serving import Served, copy_home, make_home
from tests.messages import declaration

pytestmark = pytest.mark.soak

CONTENTS, RIVALS, ROUNDS = 20, 6, 10


@contextmanager
def two_workers(home: Path) -> Iterator[list[Served]]:
    """One house with two processes behind one port."""
    with Served(home, api_workers=2) as served:
        yield [served]


@contextmanager
def two_machines(home: Path) -> Iterator[list[Served]]:
    """Two houses with the same keys, as if on two machines: one does everything, the other only opens its HTTP door."""
    with EmbeddedPostgres(home.parent / "given") as server, ExitStack() as stack:
        given = {"database_url": server.dsn, "subject_keys": home.parent / "first" / "keys" / "subjects"}
        made = make_home(home.parent / "first", **given)
        copied = copy_home(made, home.parent / "second")
        yield [
            stack.enter_context(Served(made, **given)),
            stack.enter_context(Served(copied, "api", **given)),
        ]


def race(doors: Sequence[Served], contents: Sequence[bytes]) -> list[Answer]:
    """Lodge all contents at once, each over a connection of its own, the doors taking turns."""
    lines = [Line(doors[number % len(doors)].address, doors[0].key) for number in range(len(contents))]
    with ThreadPoolExecutor(len(contents)) as pool:
        answers = list(pool.map(lambda line, content: line.lodge(content), lines, contents))
    for line in lines:
        line.close()
    return answers


@pytest.mark.parametrize("opened", [two_workers, two_machines])
def test_doors_that_race_agree_on_every_message(home: Path, opened: Callable[[Path], Iterator[list[Served]]]) -> None:
    with opened(home) as doors:  # type: ignore[attr-defined]
        if len(doors) == 1:
            assert {"api-1", "api-2"} <= doors[0].word()["roles"].keys()
        same_content_gets_one_receipt(doors)
        one_of_the_rivals_for_a_reference_is_accepted(doors)
        an_amendment_becomes_the_second_version(doors)
        crossing_batches_do_not_block_each_other(doors)
        with EmbeddedPostgres(database_of(doors)) as server, psycopg.connect(server.dsn, autocommit=True) as connection:
            settle_on(connection, doors[0].home)
            # An amendment that came in the same turn of the desk as its original is what was assessed.
            harmless = "accepted original without one assessment"
            assert [fault for fault in reckon_on(connection, (), doors[0].home) if not fault.startswith(harmless)] == []


def database_of(doors: Sequence[Served]) -> Path:
    """Folder of the database behind the doors."""
    own = doors[0].home / "postgres"
    return own if len(doors) == 1 else doors[0].home.parent / "given"


def same_content_gets_one_receipt(doors: Sequence[Served]) -> None:
    for number in range(ROUNDS):
        answers = race(doors, [declaration(f"same-{number}")] * RIVALS)
        assert {answer.status for answer in answers} == {ACCEPTED}
        assert len({answer.body["id"] for answer in answers}) == 1
        assert len({sorted_json(answer.body["receipt"]) for answer in answers}) == 1


def one_of_the_rivals_for_a_reference_is_accepted(doors: Sequence[Served]) -> None:
    for number in range(ROUNDS):
        contents = [declaration(f"rival-{number}", note=f"rival {rival}") for rival in range(RIVALS)]
        answers = race(doors, contents)
        assert Counter(answer.status for answer in answers) == {ACCEPTED: 1, CONFLICT: RIVALS - 1}
        assert {f["code"] for a in answers if a.status == CONFLICT for f in a.body["findings"]} == {
            "reference-conflict"
        }
        assert len({answer.body["receipt"]["promise"]["index"] for answer in answers}) == RIVALS
        again = race(doors, contents)
        assert [(a.status, a.body["id"], a.body["receipt"]) for a in again] == [
            (a.status, a.body["id"], a.body["receipt"]) for a in answers
        ]


def an_amendment_becomes_the_second_version(doors: Sequence[Served]) -> None:
    first = race(doors, [declaration("amended")])[0]
    amendments = [declaration("amended", sample="amendment", note=f"change {number}") for number in range(RIVALS)]
    answers = race(doors, amendments)
    assert [answer.status for answer in answers] == [ACCEPTED] * RIVALS, answers
    line = Line(doors[0].address, doors[0].key)
    views = [line.ask("GET", f"/v1/messages/{answer.body['id']}").body for answer in (first, *answers)]
    line.close()
    assert sorted(view["version"] for view in views) == list(range(1, RIVALS + 2))
    assert views[0]["version"] == 1


def crossing_batches_do_not_block_each_other(doors: Sequence[Served]) -> None:
    forth = [declaration(f"crossing-{number}", note="one") for number in range(CONTENTS)]
    back = [declaration(f"crossing-{number}", note="other") for number in reversed(range(CONTENTS))]
    mixed = [content for pair in zip(forth, back, strict=True) for content in pair]
    assert Counter(answer.status for answer in race(doors, mixed)) == {ACCEPTED: CONTENTS, CONFLICT: CONTENTS}
