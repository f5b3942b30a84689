# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import random

import pytest

from cocket.errors import CocketError, UnreadableError
from cocket.risk.threats import find_threats, read_log
from cocket.simulation.threat_logs import make_threat_log

DECLARED = b'{"t":"2027-03-01T10:00:00+01:00","lrn":"L1","importer":"T1","weight":2.5,"lane":"RED","phone":"123"}'
ACT = b'{"t":"2027-03-01T08:00:00Z","actor":"o1","act":"view","obj":"K1","case":null,"label":"bulk-browse"}'


def test_rows_are_line_numbers_and_times_utc_and_the_order_is_that_of_time() -> None:
    log = read_log(b"\n".join((DECLARED, b"", ACT, ACT.replace(b"K1", b"K2"))))
    assert [one.row for one in log.acts] == [3, 4]
    (one,) = log.declared
    assert (one.row, one.at.isoformat(), one.lane, one.mass_kg) == (1, "2027-03-01T09:00:00+00:00", "red", 2.5)
    assert one.identities == (("phone", "123"),)


def test_what_is_not_told_is_none_and_not_zero() -> None:
    (one,) = read_log(DECLARED).declared
    assert (one.value, one.consignee, one.mirror_value) == (None, None, None)
    assert not read_log(ACT).acts[0].is_assigned


def test_a_label_in_a_log_is_not_looked_at() -> None:
    log = make_threat_log("bulk-browse", 3)
    relabelled = log.content.replace(b'"role":"officer"', b'"label":"ok","role":"officer"')
    assert relabelled != log.content
    assert find_threats(read_log(relabelled)) == find_threats(read_log(log.content))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "Line 2 is not a log event"),
        (b'{"t":"2027-03-01T08:00:00Z"}', "Line 2 is neither a declaration nor an act"),
        (b'{"t":"2027-03-01T08:00:00","lrn":"L1"}', "Line 2 has a time without an offset"),
        (b'{"t":"yesterday","lrn":"L1"}', "Line 2 is not a log event"),
        (b"\xff\xfe", "Line 2 is not a log event"),
    ],
)
def test_a_line_that_is_none_is_named(line: bytes, says: str) -> None:
    with pytest.raises(UnreadableError, match=says):
        read_log(DECLARED + b"\n" + line)


def test_damaged_logs_raise_errors_of_ours_alone() -> None:
    source = random.Random(5)
    sound = DECLARED + b"\n" + ACT
    for _ in range(2000):
        damaged = bytearray(sound)
        for _ in range(source.randrange(1, 4)):
            damaged[source.randrange(len(damaged))] = source.randrange(256)
        try:
            find_threats(read_log(bytes(damaged)))
        except CocketError:
            continue


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_log_is_said_to_be_empty(content: bytes) -> None:
    with pytest.raises(UnreadableError, match="The log is empty"):
        read_log(content)


@pytest.mark.parametrize("number", ["-5", "1e400", "-0.01"])
@pytest.mark.parametrize("field", ["value", "weight", "duty_rate", "mirror_value"])
def test_a_number_out_of_range_is_named_with_its_line(field: str, number: str) -> None:
    line = f'{{"t":"2027-03-01T08:00:00Z","lrn":"L1","{field}":{number}}}'.encode()
    with pytest.raises(UnreadableError, match=r"Line 2(: .* is out of range| is not a log event)"):
        read_log(DECLARED + b"\n" + line)


def test_a_line_that_says_a_thing_twice_is_refused() -> None:
    line = b'{"t":"2027-03-01T08:00:00Z","lrn":"L1","value":5,"value":5000,"more":{"a":1}}'
    with pytest.raises(UnreadableError, match="Line 1 says value twice"):
        read_log(line)


def test_a_row_that_stands_there_twice_counts_once_and_is_counted() -> None:
    log = read_log(b"\n".join((DECLARED, ACT, DECLARED, ACT + b"\r", ACT)))
    assert ([one.row for one in log.declared], [one.row for one in log.acts]) == ([1], [2])
    assert log.passed.repeated == 3


def _lane(actor: str, minute: int, **told: str) -> bytes:
    line = {"t": f"2027-03-01T08:{minute:02d}:00Z", "actor": actor, "act": "lane-set", "obj": f"L{minute}", **told}
    return json.dumps(line).encode()


def test_lanes_of_a_system_and_what_nobody_knows_are_counted_as_passed_over() -> None:
    lines = [
        _lane("engine", 1, lane="red"),
        _lane("ASYCUDA", 2, lane="red"),
        _lane("AG1", 3, lane="red", role="system"),
        _lane("AG2", 4, lane="orange"),
        _lane("AG2", 5, lane="green"),
        b'{"t":"2027-03-01T09:00:00Z","actor":"AG2","act":"sing","obj":"L5"}',
    ]
    told = read_log(b"\n".join(lines), systems=("asycuda",)).passed
    assert (told.by_systems, told.lanes_unknown, told.acts_unknown, told.rows) == (3, 1, 1, 5)
    assert told.systems == ("AG1", "ASYCUDA", "engine")
