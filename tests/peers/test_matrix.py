# SPDX-License-Identifier: Apache-2.0
"""Verifiers that are not ours say of what we issue what they should, and what they cannot do stands on the page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from scripts.draw_verifiers import CANNOT, PAGE, STATES, drawn, table
from tests.cli.commands.test_people import cocket
from tests.peers.matrix import GOOD, Shown, altered, everything_shown, rows, stamps
from tests.peers.node_peers import fetch_packages

Rows = list[tuple[str, str, dict[str, str]]]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Shown]]:
    fetch_packages()
    place = {"COCKET_HOME": str(tmp_path_factory.mktemp("a")), "COCKET_LOG_ORIGIN": "customs-a.invalid/log"}
    assert cocket("init", "--log-origin", place["COCKET_LOG_ORIGIN"], **place).returncode == 0
    with EmbeddedPostgres(Path(place["COCKET_HOME"]) / "postgres", durable=False):  # so that no command starts it
        yield everything_shown(place, tmp_path_factory.mktemp("shown"))


@pytest.fixture(scope="module")
def found(shown: list[Shown], tmp_path_factory: pytest.TempPathFactory) -> Rows:
    folder = tmp_path_factory.mktemp("asked")
    return [*rows(shown, folder), *stamps(folder)]


def test_every_verifier_says_what_it_should_but_for_what_the_page_says_it_cannot(found: Rows) -> None:
    wrong = {
        (form, name, state): cell
        for form, name, cells in found
        for state, cell in cells.items()
        if cell not in ("accepts", "refuses")
    }
    names = {name for _, name, _ in found}
    assert wrong == {(form, name, state): cell for (form, name, state), cell in CANNOT.items() if name in names}


def test_the_table_of_the_page_is_what_they_say(found: Rows) -> None:
    assert len(found) >= 11
    assert {state for _, _, cells in found for state in cells} == set(STATES)
    if "OPENVC" not in os.environ:
        pytest.skip("OPENVC names no Python with openvc-core")
    if "COCKET_DRAW" in os.environ:
        PAGE.write_text(drawn(PAGE.read_text("utf-8"), found), "utf-8")
    assert table(found) in PAGE.read_text("utf-8"), "python scripts/draw_verifiers.py draws it anew"


def test_each_refusal_is_of_the_one_thing_that_is_wrong(shown: list[Shown], found: Rows) -> None:
    """The same certificate without what is wrong is accepted: no verifier refuses all, and none of ours accepts all."""
    by = {(one.form, one.state): one for one in shown}
    own = {form: cells for form, name, cells in found if name == "cocket"}
    assert all((cell == "accepts") == (state in GOOD) for cells in own.values() for state, cell in cells.items())
    for form in ("vc", "vc-selective", "sd-jwt"):
        assert by[form, "altered"].text == altered(by[form, "good"].text) != by[form, "good"].text
        assert by[form, "expired"].text == by[form, "good"].text
