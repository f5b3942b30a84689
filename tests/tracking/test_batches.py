# SPDX-License-Identifier: Apache-2.0
"""What becomes of signed batches, whatever order batch and messages came in."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
import pytest

from cocket.tracking import TrackingEvent
from cocket.tracking.adapters import Context, open_e_seal
from cocket.tracking.adapters.open_e_seal import BatchPart, Message
from cocket.tracking.adapters.open_e_seal_proof import batch_root
from cocket.tracking.adapters.open_e_seal_write import chained
from cocket.tracking.admission import admit
from cocket.tracking.judge import judge
from cocket.tracking.thresholds import Thresholds
from tests.tracking.making import START

COUNT = 12


def _message(number: int, **fields: object) -> Message:
    at = int((START + timedelta(minutes=number)).timestamp() * 1000)
    return Message(v=1, dev="dev-1", boot=1 + number // 10, seq=1 + number % 10, t=at, **fields)  # type: ignore[arg-type]


def _contents(end: int = COUNT - 1, **wrong: object) -> list[bytes]:
    """Messages, and behind them the batch over those up to the end."""
    plain = chained([_message(number, pos=(0, number * 1000, 5)) for number in range(COUNT)], "json")
    ends = [(1 + number // 10, 1 + number % 10) for number in (0, end)]
    stated = BatchPart(first=ends[0], last=ends[1], n=end + 1, root=batch_root(plain[: end + 1]))
    batch = _message(COUNT, batch=msgspec.structs.replace(stated, **wrong))
    messages = [_message(number, pos=(0, number * 1000, 5)) for number in range(COUNT)]
    return chained([*messages, batch], "json")


def _events(contents: list[bytes]) -> list[TrackingEvent]:
    context = Context(received_at=START + timedelta(days=1), device="dev-1")
    return [event for content in contents for event in open_e_seal.read(content, context)]


def _outcome(events: list[TrackingEvent]) -> tuple[str, int | None]:
    (batch,) = admit(events, Thresholds()).batches
    return batch.outcome, batch.missing


def _kinds(events: list[TrackingEvent]) -> set[str]:
    return {alert.kind for alert in judge(events) if alert.kind.startswith("batch")}


@pytest.mark.parametrize("end", [0, 4, 6, COUNT - 1])
def test_a_batch_holds_in_any_order_and_across_starts(end: int) -> None:
    events = _events(_contents(end))
    for seed in range(5):
        random.Random(seed).shuffle(events)
        assert _outcome(events) == ("holds", 0)
        assert _kinds(events) == set()


def test_what_has_not_come_is_missing_and_what_comes_late_completes_the_batch() -> None:
    events = _events(_contents())
    lacking = [event for number, event in enumerate(events) if number not in (4, 5, 11)]
    assert _outcome(lacking) == ("incomplete", 3)
    (alert,) = [one for one in judge(lacking) if one.kind.startswith("batch")]
    assert (alert.kind, alert.severity, alert.measured["missing"]) == ("batch-incomplete", "amber", 3)
    late = events[4]
    assert alert.since < late.time < alert.until, "so that its withdrawal can say what came"  # type: ignore[operator]
    assert _outcome([*lacking, events[5]]) == ("incomplete", 2)
    assert _outcome([*lacking, events[11], events[5], late]) == ("holds", 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"root": bytes(32)},
        {"n": COUNT - 1},
        {"first": (1, 2), "n": COUNT - 2},
        {"last": (1, 9)},
        {"first": (2, 2), "last": (1, 1)},
    ],
)
def test_a_batch_over_other_messages_is_contradicted(wrong: dict[str, object]) -> None:
    events = _events(_contents(**wrong))
    assert _outcome(events) == ("contradicted", None)
    assert _kinds(events) == {"batch-contradicted"}


def test_a_batch_that_reaches_before_what_is_looked_at_is_unknown() -> None:
    events = _events(_contents())[3:]
    assert _outcome(events) == ("unknown", None)
    assert _kinds(events) == set()


def test_messages_kept_before_leaves_were_make_a_batch_unknown() -> None:
    events = _events(_contents())
    old = {name: value for name, value in events[2].attributes.items() if name != "leaf"}
    events[2] = msgspec.structs.replace(events[2], attributes=old)
    assert _outcome(events) == ("unknown", None)


def test_a_message_in_dispute_makes_a_batch_unknown_unless_the_chain_says_which_is_true() -> None:
    contents = _contents()
    copy = chained([_message(5, tmp=(1,))], "json")
    assert _outcome(_events([*contents, *copy])) == ("holds", 0), "the next message names the true one"
    without_next = [*contents[:6], *contents[7:], *copy]
    assert _outcome(_events(without_next)) == ("incomplete", 1)


def test_other_fields_cannot_pass_for_a_batch_or_a_leaf() -> None:
    plain = _message(0, ext={"batch_root": "00", "leaf": "zz", "digest": "x", "mine": 7})
    (event,) = _events(chained([plain], "json"))
    assert event.doubts == ("ext-name-taken",)
    assert event.attributes["mine"] == 7 and "batch_root" not in event.attributes
    assert len(str(event.attributes["leaf"])) == 64
    old = msgspec.structs.replace(event, attributes={**event.attributes, "batch_root": "00", "leaf": "zz"})
    assert admit([old], Thresholds()).batches == ()
    assert _outcome([old, *_events(_contents())[1:]]) == ("unknown", None)
