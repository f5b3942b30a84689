# SPDX-License-Identifier: Apache-2.0
"""The contract suite of the device adapters: every one in `ADAPTERS`, over messages of ours."""

from __future__ import annotations

import json

import msgspec
import pytest

from cocket.errors import SenderError, UnreadableError
from cocket.tracking import Frame
from cocket.tracking.adapters import ADAPTERS, Adapter, read
from tests.contracts.device_adapter import (
    CONTEXT,
    RECEIVED,
    is_sound,
    splits_mutations,
    survives_boundary_values,
    survives_mutations,
)
from tests.house.source import ROOT
from tests.tracking.device_messages import MESSAGES, OSMAND_JSON

EACH = [pytest.param(adapter, id=adapter.name) for adapter in ADAPTERS]
FRAMED = [pytest.param(adapter, id=adapter.name) for adapter in ADAPTERS if adapter.framing]


def test_every_adapter_has_messages_and_a_name_of_its_own() -> None:
    assert sorted(MESSAGES) == sorted({adapter.name for adapter in ADAPTERS})


@pytest.mark.parametrize("adapter", EACH)
def test_an_adapter_is_on_the_page_of_devices(adapter: Adapter) -> None:
    assert f"| `{adapter.name}` |" in (ROOT / "docs" / "standards" / "devices.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("adapter", EACH)
def test_messages_of_ours_give_sound_events(adapter: Adapter) -> None:
    events = [event for payload in MESSAGES[adapter.name] for event in adapter.read(payload, CONTEXT)]
    assert events
    assert all(event.device and event.received_at.tzinfo for event in events)
    assert not [event.doubts for event in events if event.doubts]
    is_sound(events)


@pytest.mark.parametrize("adapter", EACH)
def test_a_message_gives_the_same_events_again_whenever_it_comes(adapter: Adapter) -> None:
    for payload in MESSAGES[adapter.name]:
        first = adapter.read(payload, CONTEXT)
        later = adapter.read(payload, msgspec.structs.replace(CONTEXT, received_at=RECEIVED.replace(year=2027)))
        assert [event.id for event in first] == [event.id for event in later]
        assert len({event.id for event in first}) == len(first)


@pytest.mark.parametrize("adapter", EACH)
def test_two_thousand_mutations_raise_only_errors_of_the_sender(adapter: Adapter) -> None:
    survives_mutations(adapter, MESSAGES[adapter.name], 2000, seed=8)


@pytest.mark.parametrize("adapter", EACH)
def test_boundary_values_anywhere_give_sound_events(adapter: Adapter) -> None:
    survives_boundary_values(adapter, MESSAGES[adapter.name], seed=10)


def test_texts_that_cannot_be_stored_are_shown_by_their_code_and_doubted() -> None:
    payload = b"/?id=phone-7&lat=-4.03&lon=39.66&timestamp=1795158930&" + b"gate=A%00B&n%01=x&long=" + b"y" * 5000
    event = read("osmand", payload, received_at=RECEIVED)[0]
    assert event.attributes["gate"] == "A\\u0000B"
    assert event.attributes["n\\u0001"] == "x"
    assert len(str(event.attributes["long"])) == 4096
    assert "text-impossible" in event.doubts
    is_sound([event])


def test_attributes_past_the_bound_are_doubted() -> None:
    told = json.loads(OSMAND_JSON)
    told["location"]["extras"] = {f"k{number}": 1 for number in range(1500)}
    payload = json.dumps(told).encode()
    event = read("osmand", payload, received_at=RECEIVED)[0]
    assert len(event.attributes) == 1000
    assert "attributes-too-many" in event.doubts


@pytest.mark.parametrize("adapter", EACH)
def test_the_empty_message_is_unreadable(adapter: Adapter) -> None:
    with pytest.raises(SenderError):
        adapter.read(b"", CONTEXT)


@pytest.mark.parametrize("adapter", FRAMED)
def test_two_thousand_broken_streams_raise_only_errors_of_the_sender(adapter: Adapter) -> None:
    splits_mutations(adapter, MESSAGES[adapter.name], 2000, seed=9)


@pytest.mark.parametrize("adapter", FRAMED)
def test_a_stream_gives_the_same_frames_however_it_is_cut(adapter: Adapter) -> None:
    framing = adapter.framing
    assert framing is not None
    stream = b"".join(payload for payload in MESSAGES[adapter.name])
    whole, rest = framing.split(stream)
    assert not rest
    for step in (1, 3, 7, 64):
        frames: list[Frame] = []
        buffer = b""
        for at in range(0, len(stream), step):
            done, buffer = framing.split(buffer + stream[at : at + step])
            frames += done
        assert [frame.payload for frame in frames] == [frame.payload for frame in whole], step
        assert not buffer


@pytest.mark.parametrize("adapter", FRAMED)
def test_a_stream_without_an_end_is_cut_off(adapter: Adapter) -> None:
    framing = adapter.framing
    assert framing is not None
    start = MESSAGES[adapter.name][0][:1]
    with pytest.raises(UnreadableError):
        framing.split(start + b"1" * (framing.longest + 100))


def test_an_unknown_adapter_is_told_with_those_there_are() -> None:
    with pytest.raises(SenderError) as caught:
        read("jt999", b"", received_at=RECEIVED)
    assert caught.value.code == "adapter-unknown"
    assert "jt600" in str(caught.value.expected)


# ── Controls: an adapter that breaks a promise is found ──────────────────────────────────────────────────────────────


def test_an_adapter_that_lets_a_foreign_error_out_is_found() -> None:
    careless = Adapter(name="careless", title="", read=lambda payload, _: (payload[99],), source="")  # type: ignore[arg-type,return-value]
    with pytest.raises(AssertionError, match="IndexError"):
        survives_mutations(careless, [b"abc"], 10, seed=1)


def test_an_event_at_an_impossible_place_is_found() -> None:
    event = read("osmand", b"/?id=1&lat=1&lon=2", received_at=RECEIVED)[0]
    assert event.position is not None
    wrong = msgspec.structs.replace(event, position=msgspec.structs.replace(event.position, lat=91.0))
    with pytest.raises(AssertionError):
        is_sound([wrong])
