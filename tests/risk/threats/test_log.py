# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random

import pytest

from cocket.errors import CocketError, UnreadableError
from cocket.risk.threats import find_threats, read_log
from cocket.simulation.threat_logs import make_threat_log

DECLARED = b'{"t":"2027-03-01T10:00:00+01:00","lrn":"L1","importer":"T1","weight":2.5,"lane":"RED","phone":"123"}'
ACT = b'{"t":"2027-03-01T08:00:00Z","actor":"o1","act":"view","obj":"K1","case":null,"label":"bulk-browse"}'


def test_rows_are_line_numbers_and_times_utc_and_the_order_is_that_of_time() -> None:
    log = read_log(b"\n".join((DECLARED, b"", ACT, ACT)))
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


def test_an_empty_log_holds_no_threat() -> None:
    assert find_threats(read_log(b"")) == ()
