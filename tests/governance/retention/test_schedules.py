# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from cocket.errors import UnreadableError
from cocket.governance.retention import CLASSES, CONDITIONS, RetentionRule, read_schedule

RULE = """
[[rule]]
class = "consignment"
law = "Regulation (EU) No 952/2013, Article 51(1)"
from_event = "last-message"
from_end_of_year = true
period = "3 years"
on_end = "erase"
hold = ["open-order", "open-doubt"]
"""


def test_a_rule_is_read_as_it_is_written() -> None:
    assert read_schedule(RULE.encode()).rules == (
        RetentionRule(
            class_="consignment",
            law="Regulation (EU) No 952/2013, Article 51(1)",
            from_event="last-message",
            is_from_end_of_year=True,
            count=3,
            unit="year",
            on_end="erase",
            hold=("open-order", "open-doubt"),
        ),
    )


@pytest.mark.parametrize(
    ("what", "instead", "says"),
    [
        ('class = "consignment"', 'class = "consignments"', "class 'consignments' is none of consignment"),
        ('class = "consignment"', "", "rule 1: class must be words in quotes"),
        ('law = "Regulation (EU) No 952/2013, Article 51(1)"', 'law = " "', "rule 1: law must be words in quotes"),
        ('from_event = "last-message"', 'from_event = "release"', "from_event 'release' is none of first-message"),
        ('period = "3 years"', 'period = "0 years"', "is not one such as '3 years'"),
        ('period = "3 years"', 'period = "for ever"', "is not one such as '3 years'"),
        ('period = "3 years"', "period = 3", "rule 1: period must be words in quotes"),
        ('on_end = "erase"', 'on_end = "keep"', "neither erase nor review"),
        ('on_end = "erase"', "", "rule 1: on_end must be words in quotes"),
        ("from_end_of_year = true", 'from_end_of_year = "yes"', "true or false"),
        ('"open-doubt"]', '"appeal"]', "hold 'appeal' is none of open-order"),
        ('hold = ["open-order", "open-doubt"]', 'hold = "open-order"', "must be a list"),
        ('on_end = "erase"', 'on_end = "erase"\nperid = "3 years"', "the field perid, which is not known"),
    ],
)
def test_what_is_not_a_rule_is_refused_by_name(what: str, instead: str, says: str) -> None:
    assert what in RULE
    with pytest.raises(UnreadableError, match="This is not a retention schedule") as refused:
        read_schedule(RULE.replace(what, instead).encode())
    assert says in refused.value.message
    assert refused.value.code == "retention-schedule"


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[[rule", b"rule = []", b"rule = 3", b"[[rules]]\n", RULE.encode() * 201]
)
def test_what_is_not_a_schedule_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_schedule(content)


def test_conditions_are_of_classes_there_are() -> None:
    assert {name for classes in CONDITIONS.values() for name in classes} <= CLASSES.keys()
