# SPDX-License-Identifier: Apache-2.0
"""What every device adapter promises, as functions that raise `AssertionError` where it does not keep it."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from cocket.errors import SenderError
from cocket.tracking import TrackingEvent
from cocket.tracking.adapters import Adapter, Context, named
from tests.damage import VALUES, with_value

RECEIVED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
LONGEST, MOST_ATTRIBUTES = 4096, 1000
CONTEXT = Context(received_at=RECEIVED, device="door-7")


def survives_mutations(adapter: Adapter, samples: Sequence[bytes], count: int, seed: int) -> None:
    """Whatever is done to a message, reading gives sound events or an error of the sender's, and nothing else."""
    for number, mutant in enumerate(mutants(samples, count, seed)):
        try:
            events = adapter.read(mutant, CONTEXT)
        except SenderError:
            continue
        except Exception as error:
            raise AssertionError(f"mutant {number} {mutant!r} raised {error!r}") from error
        is_sound(events)


def splits_mutations(adapter: Adapter, samples: Sequence[bytes], count: int, seed: int) -> None:
    """Whatever comes in a stream, its framing gives frames and answers or an error of the sender's, and nothing else."""
    framing = adapter.framing
    assert framing is not None
    for number, mutant in enumerate(mutants(samples, count, seed)):
        try:
            frames, rest = framing.split(mutant)
            for frame in frames:
                framing.reply_for(frame)
        except SenderError:
            continue
        except Exception as error:
            raise AssertionError(f"mutant {number} {mutant!r} raised {error!r}") from error
        assert mutant.endswith(rest), f"the rest of mutant {number} is not its end"


def is_sound(events: Sequence[TrackingEvent]) -> None:
    """Values are possible, times are UTC, and the events can be written as JSON."""
    for event in events:
        for place in (event.position, event.last_position):
            if place is not None:
                assert -90 <= place.lat <= 90 and -180 <= place.lon <= 180
                assert (place.lat, place.lon) != (0, 0)
        assert event.time is None or event.time.utcoffset() is not None
        assert event.course_deg is None or 0 <= event.course_deg < 360
        assert event.battery_percent is None or 0 <= event.battery_percent <= 100
        assert all(not isinstance(v, float) or math.isfinite(v) for v in event.attributes.values())
        assert len(event.attributes) <= MOST_ATTRIBUTES
        for text in texts_of(event):
            assert len(text) <= LONGEST
            assert "\0" not in text
            assert not any("\ud800" <= mark <= "\udfff" for mark in text)
        assert msgspec.json.decode(msgspec.json.encode(event), type=TrackingEvent) == event
        msgspec.json.encode(named(event))


def texts_of(event: TrackingEvent) -> Iterator[str]:
    """Every text that comes from the message."""
    seal = event.seal
    yield from filter(None, (event.device, event.equipment, seal and seal.number, seal and seal.opened_by))
    for name, value in event.attributes.items():
        yield name
        if isinstance(value, str):
            yield value


def survives_boundary_values(adapter: Adapter, samples: Sequence[bytes], seed: int) -> None:
    """Whatever boundary value is put in the place of another, reading gives sound events or an error of the sender's."""
    draw = random.Random(seed)
    values = [value for several in VALUES.values() for value in several]
    for number, value in enumerate(values * 6):
        mutant = with_value(draw, draw.choice(samples), value)
        try:
            events = adapter.read(mutant, CONTEXT)
        except SenderError:
            continue
        except Exception as error:
            raise AssertionError(f"value {number} in {mutant[:2000]!r} raised {error!r}") from error
        is_sound(events)


def mutants(samples: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Messages with bytes changed, lost, added, doubled, moved, or joined to another's (`count`)."""
    draw = random.Random(seed)
    for _ in range(count):
        data = bytearray(draw.choice(samples))
        for _ in range(draw.choice((1, 1, 1, 2, 4, 16))):
            _mutate(draw, data, samples)
        yield bytes(data)


def _mutate(draw: random.Random, data: bytearray, samples: Sequence[bytes]) -> None:
    at = draw.randrange(len(data) + 1)
    length = draw.choice((1, 1, 2, 4, 8, 32))
    match draw.randrange(8):
        case 0 if at < len(data):
            data[at] ^= 1 << draw.randrange(8)
        case 1 if at < len(data):
            data[at] = draw.choice((0, 0x7F, 0x80, 0xFF, 0x2D, 0x39, draw.randrange(256)))
        case 2:
            del data[at : at + length]
        case 3:
            del data[at:]
        case 4:
            data[at:at] = draw.randbytes(length)
        case 5:
            data[at:at] = data[at : at + length]
        case 6:
            other = draw.choice(samples)
            data[at:] = other[draw.randrange(len(other)) :]
        case _:
            digits = [place for place, byte in enumerate(data) if 0x30 <= byte <= 0x39]
            if digits:
                place = draw.choice(digits)
                data[place : place + 1] = draw.choice((b"9" * 40, b"-1", b"1e999", b"", b"\xd9\xa3", b"NaN", b"null"))
