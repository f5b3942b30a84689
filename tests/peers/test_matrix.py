# SPDX-License-Identifier: Apache-2.0
"""Verifiers that are not ours say of what we issue what they should, and what they cannot do stands on the page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from scripts.draw_verifiers import CANNOT, PAGE, STATES, drawn, table
from tests.cli.commands.test_people import cocket
from tests.peers.matrix import GOOD, STAMP, VERIFIERS, Shown, altered, asked, everything_shown, row, stamps
from tests.peers.node_peers import fetch_packages

Row = Callable[[str, str], dict[str, str]]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Shown]]:
    fetch_packages()
    place = {"COCKET_HOME": str(tmp_path_factory.mktemp("a")), "COCKET_LOG_ORIGIN": "customs-a.invalid/log"}
    assert cocket("init", "--log-origin", place["COCKET_LOG_ORIGIN"], **place).returncode == 0
    with EmbeddedPostgres(Path(place["COCKET_HOME"]) / "postgres", durable=False):  # so that no command starts it
        yield everything_shown(place, tmp_path_factory.mktemp("shown"))


@pytest.fixture(scope="module")
def of(shown: list[Shown], tmp_path_factory: pytest.TempPathFactory) -> Row:
    """A row of the table, asked for once."""
    folder = tmp_path_factory.mktemp("asked")

    @cache
    def found(form: str, name: str) -> dict[str, str]:
        return stamped()[name] if form == STAMP else row(shown, form, name, folder)

    @cache
    def stamped() -> dict[str, dict[str, str]]:
        return stamps(folder)

    return found


def test_what_is_altered_or_expired_is_the_good_one_but_for_that(shown: list[Shown]) -> None:
    """The same certificate without what is wrong is accepted: no verifier refuses all."""
    by = {(one.form, one.state): one for one in shown}
    for form in ("vc", "vc-selective", "sd-jwt"):
        assert by[form, "altered"].text == altered(by[form, "good"].text) != by[form, "good"].text
        assert by[form, "expired"].text == by[form, "good"].text


@pytest.mark.parametrize(("form", "name"), asked())
def test_a_verifier_says_what_it_should_but_for_what_the_page_says_it_cannot(form: str, name: str, of: Row) -> None:
    cells = of(form, name)
    wrong = {(form, name, state): cell for state, cell in cells.items() if cell not in ("accepts", "refuses")}
    assert wrong == {key: cell for key, cell in CANNOT.items() if key[:2] == (form, name)}
    assert set(cells) <= set(STATES)
    assert set(cells) & GOOD
    assert set(cells) - GOOD


def test_the_table_of_the_page_is_what_they_say(of: Row) -> None:
    if "OPENVC" not in os.environ:
        pytest.skip("OPENVC names no Python with openvc-core")
    found = [(form, name, of(form, name)) for form, name in asked()]
    assert {state for _, _, cells in found for state in cells} == set(STATES)
    if "COCKET_DRAW" in os.environ:
        PAGE.write_text(drawn(PAGE.read_text("utf-8"), found), "utf-8")
    assert table(found) in PAGE.read_text("utf-8"), "python scripts/draw_verifiers.py draws it anew"


def test_every_cannot_is_of_a_verifier_that_is_asked() -> None:
    known = {(form, name) for form, verifiers in VERIFIERS.items() for name in verifiers}
    assert {(form, name) for form, name, _ in CANNOT} <= known
