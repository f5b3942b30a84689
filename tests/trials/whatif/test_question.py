# SPDX-License-Identifier: Apache-2.0
"""Questions as files and forms, in many hands: read, or refused with the field that is wrong."""

from __future__ import annotations

import msgspec
import pytest

from cocket.errors import CocketError, SenderError
from cocket.trials.whatif import Question, Scanners, question_of, read_question
from tests.damage import VALUES


def test_a_file_and_a_form_say_the_same() -> None:
    made = read_question(
        b'examine = 0.04\noffices = ["XA1"]\nstaff = {examination = 2}\ncloses = "20:00"\nsince = 2026-01-01\n'
    )
    assert made == question_of(
        {
            "examine": "4 %",
            "offices": " XA1 ",
            "staff_examination": "+2",
            "closes": "20:00",
            "since": "2026-01-01",
            "rule": " ",
        }
    )
    assert read_question(msgspec.json.encode(made)) == made
    told = question_of(
        {"scanner_count": "1", "scanner_minutes": "12,5", "scanner_share": "50", "staff_documents": "\u22121"}
    )
    assert told.scanners == Scanners(count=1, minutes=12.5, share=0.5) and told.staff == {"documents": -1}


@pytest.mark.parametrize("text", ["-4 %", "101", "4000"])
def test_a_form_is_refused_in_the_unit_it_asks_in(text: str) -> None:
    with pytest.raises(SenderError) as refused:
        question_of({"examine": text})
    assert "a share is from 0 to 100 %" in refused.value.message and "from 0 to 1 " not in refused.value.message
    with pytest.raises(SenderError, match="share from 0 to 1"):
        read_question(b"examine = 4")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"examine = '4 %'",
        b'{"examine": 1e999}',
        b'{"examine": NaN}',
        b"examine = nan",
        b'{"nothing": 1}',
        b'{"examine": 0.1, "staff": {"cleaners": 2}}',
        b'{"since": "tomorrow"}',
        b"[" * 100_000,
        b'{"scanners": {"count": 0, "minutes": 1}}',
    ],
)
def test_a_file_that_is_no_question_is_refused(data: bytes) -> None:
    with pytest.raises(SenderError):
        read_question(data)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"examine": "four"}, "four is not a share"),
        ({"examine": "-4"}, "from 0 to 100 %"),
        ({"examine": "inf"}, "not a share"),
        ({"staff_examination": "two"}, "two is not a number"),
        ({"since": "1 May"}, "1 May is not a day"),
        ({"ignore_below": "-5"}, "number above 0"),
        ({"ignore_below": "5", "currency": "euro"}, "three letters"),
        ({"closes": "25:00"}, "written as 08:00"),
        ({"scanner_count": "1"}, "how many minutes"),
        ({"rule": "x", "rule_lane": "green"}, "red or yellow"),
        ({"examine": "4", "offices": "x" * 30}, "1 to 20 signs"),
        ({"since": "2026-02-01", "until": "2026-01-01", "examine": "4"}, "not after the last"),
        ({}, "say what would be otherwise"),
    ],
)
def test_a_form_that_does_not_hold_says_what_is_wrong(fields: dict[str, str], said: str) -> None:
    with pytest.raises(SenderError, match=said):
        question_of(fields)


def test_whatever_stands_in_a_field_only_our_errors_come() -> None:
    names = (
        *Question.__struct_fields__,
        "staff_examination",
        "staff_documents",
        "scanner_count",
        "scanner_minutes",
        "scanner_share",
    )
    for name in names:
        for value in VALUES:
            try:
                question_of({"examine": "4", name: str(value)})
            except CocketError:
                continue
