# SPDX-License-Identifier: Apache-2.0
"""One trader's bad message never makes another's fail: the committer refuses the culprit, and keeps the others."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import StoreError
from cocket.model import Envelope, Reading
from cocket.pipeline.intake.messages import Answer, Committer, Intake, Prepared, prepare, read_envelope
from tests.houses import Built, build, envelope, officer
from tests.messages import declaration


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    yield made
    made.house.close()


def prepared(built: Built, name: str, sender: str = "ACME") -> Prepared:
    one = envelope(declaration(name), sender)
    return prepare(one, read_envelope(one), built.stores.sealer)


def spoilt(one: Prepared, reference: str) -> Prepared:
    """A message whose reference no index or text of the database takes."""
    return Prepared(msgspec.structs.replace(one.message, reference=reference), one.digest, one.reading)


def commit(built: Built, batch: list[Prepared]) -> list[Answer | BaseException]:
    """What each of many waiting at once is answered."""

    async def run() -> list[Answer | BaseException]:
        intake = Intake(built.stores.messages, built.stores.sealer, threading.Event())
        committer = Committer(intake, 0.3)
        try:
            return await asyncio.gather(*map(committer.take, batch), return_exceptions=True)
        finally:
            await asyncio.to_thread(committer.close)

    return asyncio.run(run())


def outcomes(answers: list[Answer | BaseException]) -> Counter[str]:
    return Counter(one.outcome if isinstance(one, Answer) else type(one).__name__ for one in answers)


@pytest.mark.parametrize("reference", ["NUL\0", "\ud800", "X" * 3 + "".join(map(str, range(9_000)))])
def test_a_hundred_good_neighbours_are_kept_and_the_bad_message_is_refused(built: Built, reference: str) -> None:
    good = [prepared(built, f"R{n}", f"T{n % 7}") for n in range(100)]
    bad = spoilt(prepared(built, "BAD", "BADLY"), reference)
    answers = commit(built, [*good[:60], bad, *good[60:]])
    assert outcomes(answers) == {"accepted": 100, "refused": 1}
    culprit = answers[60]
    assert isinstance(culprit, Answer)
    assert [one.code for one in culprit.findings] == ["cannot-be-kept"]
    assert not culprit.is_unreadable
    assert culprit.receipt is not None
    (line,) = built.house.operations.set_aside.set_aside_list(officer("supervisor")).lines
    assert (line.role, line.message, line.can_retry) == ("intake", culprit.id, False)
    desk = built.desk()
    assert not desk.turn()


def test_what_was_refused_so_is_read_anew_when_it_is_sent_again(built: Built) -> None:
    one = prepared(built, "R1")
    assert outcomes(commit(built, [spoilt(one, "A\0")])) == {"refused": 1}
    (again,) = commit(built, [prepared(built, "R1")])
    assert isinstance(again, Answer)
    assert (again.outcome, again.is_repeat) == ("accepted", False)


def test_in_an_outage_nobody_is_acknowledged_and_nobody_is_refused(built: Built) -> None:
    built.stores.database.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            type(built.stores.database),
            "transaction",
            lambda _: (_ for _ in ()).throw(StoreError("The database does not answer.")),
        )
        answers = commit(built, [prepared(built, f"R{n}") for n in range(10)])
    assert outcomes(answers) == {"StoreError": 10}
    assert outcomes(commit(built, [prepared(built, f"R{n}") for n in range(10)])) == {"accepted": 10}
    assert built.house.operations.set_aside.set_aside_list(officer("supervisor")).total == 0


def read_together(built: Built, names: list[str], **given: Any) -> tuple[list[Answer | BaseException], list[int]]:
    """What each of many that come at once is answered, one of the name BAD failing in its reading, and in which turn of the loop
    each was read."""
    turns: list[int] = []

    async def run() -> list[Answer | BaseException]:
        loop, turn = asyncio.get_running_loop(), 0

        def count() -> None:
            nonlocal turn
            turn += 1
            loop.call_soon(count)

        def read(name: str, one: Envelope) -> Reading:
            turns.append(turn)
            if name == "BAD":
                raise ValueError(name)
            return read_envelope(one)

        loop.call_soon(count)
        intake = Intake(built.stores.messages, built.stores.sealer, threading.Event())
        committer = Committer(intake, 0.05, **given)
        envelopes = {name: envelope(declaration(name)) for name in names}
        try:
            reading = [committer.read(one, partial(read, name, one)) for name, one in envelopes.items()]
            return await asyncio.gather(*reading, return_exceptions=True)
        finally:
            await asyncio.to_thread(committer.close)

    return asyncio.run(run()), turns


def test_one_whose_reading_fails_fails_alone(built: Built) -> None:
    answers, turns = read_together(built, ["R1", "BAD", "R2"])
    assert outcomes(answers) == {"accepted": 2, "ValueError": 1}
    assert isinstance(answers[1], ValueError)
    assert len(set(turns)) == 1


def test_between_large_messages_the_loop_looks_at_its_connections(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.pipeline.intake.messages._GROUP_BYTES", 1)
    answers, turns = read_together(built, ["R1", "BAD", "R2", "R3"])
    assert outcomes(answers) == {"accepted": 3, "ValueError": 1}
    assert sorted(set(turns)) == turns


def test_more_than_there_is_room_for_are_turned_away_unread(built: Built) -> None:
    answers, turns = read_together(built, [f"R{n}" for n in range(5)], most_waiting=3)
    assert outcomes(answers) == {"accepted": 3, "OverloadedError": 2}
    assert len(turns) == 3


def test_without_bisecting_the_neighbours_fail_too(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: what the first test shows is the work of the bisecting."""
    monkeypatch.setattr("cocket.pipeline.intake.messages.culprits", lambda items, attempt: attempt(items) or [])
    batch = [prepared(built, "R1"), spoilt(prepared(built, "BAD"), "A\0"), prepared(built, "R2")]
    assert outcomes(commit(built, batch)) == {"RefusedDataError": 3}
