# SPDX-License-Identifier: Apache-2.0
"""What agencies say of permits and goods, as an operator enters it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from tests.cli.commands.test_people import cocket

NAME = ("trade", "C400", "XALIC77")
NOWHERE = "01a21032-dbd8-7236-9320-ac0953c99041"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    with EmbeddedPostgres(home / "postgres", durable=False):  # so that no command starts it
        yield {"COCKET_HOME": str(home)}


def test_a_permit_is_registered_suspended_and_shown(place: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "permits.csv"
    file.write_text("agency,type,number,quantity,unit\ntrade,C400,XALIC77,4000,KGM\n")
    done = cocket("permit", "register", str(file), **place)
    assert (done.returncode, done.stdout.strip()) == (0, "trade C400 XALIC77, line 1: valid; 0 uses."), done.stderr
    suspended = cocket("permit", "status", *NAME, "suspended", "--reason", "forged seal", **place)
    assert suspended.stdout.strip() == "trade C400 XALIC77, line 1: suspended; 0 uses."
    shown = json.loads(cocket("permit", "show", *NAME, "--json", **place).stdout)
    assert (shown["permit"]["status"], shown["permit"]["quantity"]) == ("suspended", "4000")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "trade", "C400", "NONE"), "There is no such permit."),
        (("status", *NAME, "lost", "--reason", "x"), "lost is not a permit status."),
        (("register", "none.csv"), "none.csv cannot be read"),
        (("register", __file__), "is not TOML, JSON or CSV."),
        (("register-licence", NOWHERE, *NAME), "There is no such message."),
        (("hold", NOWHERE, "food", "--reason", "sample taken"), "There is no such consignment."),
        (("holds", NOWHERE), "There is no such consignment."),
    ],
)
def test_what_cannot_be_done_is_said(place: dict[str, str], words: tuple[str, ...], says: str) -> None:
    done = cocket("permit", *words, **place)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
