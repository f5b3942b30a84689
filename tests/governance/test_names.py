# SPDX-License-Identifier: Apache-2.0
"""Names: which could be taken for one another."""

from __future__ import annotations

import pytest

from cocket.governance.names import clashes, folded, holder_of, mixes_lookalikes


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Anna", "anna"),
        ("anna", "ａｎｎａ"),
        ("rené", "rene\u0301"),
        ("STRASSE", "straße"),
        ("ada", "ada\ufe0f"),
        ("acme-1", "acme-①"),
        ("ΣΟΦΟΣ", "σοφος"),
        ("tina", "tіna"),
        ("TINA", "ТІNА"),
        ("axa", "аха"),
        ("BROKER1", "BRΟKER1"),
    ],
)
def test_case_and_form_make_no_difference(first: str, second: str) -> None:
    assert folded(first) == folded(second)
    assert holder_of(second, [first]) == first
    assert clashes([first, second]) == (tuple(sorted((first, second))),)


@pytest.mark.parametrize(("first", "second"), [("anna", "anne"), ("anna", "anna.b"), ("rené", "rene"), ("a-1", "a_1")])
def test_other_names_are_other_names(first: str, second: str) -> None:
    assert holder_of(second, [first]) is None
    assert clashes([first, second]) == ()


@pytest.mark.parametrize(
    ("name", "mixes"),
    [
        ("BRΟKER1", True),
        ("tіna", True),
        ("broker 1", False),
        ("Анна", False),
        ("Σοφία", False),
        ("مكتب A", False),
        ("ı", False),
    ],
)
def test_a_name_of_one_script_mixes_nothing(name: str, mixes: bool) -> None:
    assert mixes_lookalikes(name) is mixes


def test_what_the_house_does_under_its_own_name_is_nobody_elses() -> None:
    assert holder_of("CLI", []) == "cli"
    assert holder_of("Cli:root", []) == "cli:"
    assert clashes(["Tracker", "cli:ana"]) == (("Tracker",), ("cli:ana",))


def test_a_name_that_an_account_and_a_key_both_have_is_a_clash() -> None:
    assert clashes(["acme", "acme", "ben"]) == (("acme", "acme"),)
