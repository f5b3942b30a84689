# SPDX-License-Identifier: Apache-2.0
"""What an operator does about the book: erasing, changing its key, bringing leaves back from the tiles."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.lodging import Line
from tests.faults.reckoning import settle
from tests.faults.serving import COMMAND, Served, cocket, copy_home, make_home, settings, until
from tests.messages import declaration


@pytest.fixture(scope="module")
def lodged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home in which one message was lodged, assessed and signed; with its id."""
    home = make_home(tmp_path_factory.mktemp("book") / "home")
    with Served(home) as served:
        line = Line(served.address, served.key)
        message = line.lodge(declaration("ERASE1")).body["id"]
        settle(served)
        line.close()
    return home, message


@pytest.fixture
def home(lodged: tuple[Path, str], tmp_path: Path) -> Iterator[Path]:
    yield copy_home(lodged[0], tmp_path / "home")


def consignment_of(home: Path, message: str) -> str:
    """The consignment of a message, as the command names it."""
    part = cocket("erase", message, "--reason", "x", "--yes", home=home)
    found = re.search(r"part of consignment ([0-9a-f-]{36}): erase the consignment", part.stderr)
    assert found, part.stderr
    return found[1]


#: Approves a proposal as another person than the account of the test.
APPROVE = """
import sys
from cocket.cli.base import operator_principal
operator_principal.machine_account = lambda: "somebody-else"
from cocket.cli.app import main
sys.argv[0] = "cocket"
main()
"""


def test_what_is_erased_is_gone_and_the_log_still_holds(lodged: tuple[Path, str], home: Path) -> None:
    message, consignment = lodged[1], consignment_of(home, lodged[1])
    nobody = cocket("erase", consignment, "--reason", "order 17", "--yes", home=home)
    assert nobody.returncode == 2 and "No one else could approve this" in nobody.stderr
    added = subprocess.run(
        [*COMMAND, "officer", "add", "vea", "--role", "supervisor"], env=settings(home), input="seal and cord and wax\n",
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    done = cocket("erase", consignment, "--reason", "order 17", "--yes", "--json", home=home)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["after"]["messages"], told["after"]["dossiers"], told["needs"]) == ("1", "1", 1)
    own = cocket("proposals", "approve", told["id"], "--digest", told["digest"], home=home)
    assert own.returncode == 2 and "proposed this yourself" in own.stderr
    approve = ("proposals", "approve", told["id"], "--digest", told["digest"], "--home", str(home))
    approved = subprocess.run(
        [sys.executable, "-c", APPROVE, *approve],
        env=settings(home),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert approved.returncode == 0 and "applied" in approved.stdout, approved.stderr
    assert cocket("erase", consignment, "--reason", "again", "--yes", home=home).returncode == 2
    with Served(home) as served:
        line = Line(served.address, served.key)
        assert line.ask("GET", f"/v1/messages/{message}").status == 404
        line.close()
    assert cocket("ledger", "verify", str(home / "log"), home=home).returncode == 0


def test_an_erasure_is_asked_for_twice_and_needs_a_reason(lodged: tuple[Path, str], home: Path) -> None:
    consignment = consignment_of(home, lodged[1])
    assert cocket("erase", consignment, home=home).returncode == 2
    unsure = cocket("erase", consignment, "--reason", "x", home=home)
    assert (unsure.returncode, "1 dossiers, 1 messages" in unsure.stdout) == (1, True)
    refused = cocket("erase", consignment, "--reason", " ", "--yes", home=home)
    assert (refused.returncode, "Give the reason" in refused.stderr) == (2, True)


def test_a_key_is_changed_both_sign_and_the_former_is_destroyed(home: Path) -> None:
    first = (home / "log" / "key.vkey").read_text()
    assert cocket("ledger", "rotate-key", home=home).returncode == 0
    twice = cocket("ledger", "rotate-key", home=home)
    assert (twice.returncode, "still signs" in twice.stderr) == (2, True)
    with Served(home):
        until((home / "log" / "handover" / "1").is_file, "no handover is published")
        until(lambda: (home / "log" / "checkpoint").read_text().count("\n—") == 4, "one key signs alone")
    assert cocket("ledger", "verify", str(home / "log"), "--key", first.strip(), home=home).returncode == 0
    assert cocket("ledger", "prove", str(home / "log"), "0", home=home).returncode == 0
    ended = cocket("ledger", "rotate-key", "--end", home=home)
    assert (ended.returncode, "destroyed" in ended.stdout) == (0, True)
    assert not (home / "keys" / "checkpoint.former.key").exists()


def test_a_house_set_back_to_an_older_database_refuses_and_says_what_brings_it_back(
    lodged: tuple[Path, str], home: Path, tmp_path: Path
) -> None:
    before = copy_home(home, tmp_path / "before")
    with Served(home) as served:
        line = Line(served.address, served.key)
        message = line.lodge(declaration("LATER1")).body["id"]
        until(lambda: line.ask("GET", f"/v1/messages/{message}/proof").status == 200, "no proof comes")
        line.close()
    shutil.rmtree(home / "postgres")
    shutil.copytree(before / "postgres", home / "postgres", symlinks=True)
    refused = cocket("serve", home=home)
    assert (refused.returncode, "cocket ledger reimport" in refused.stderr) == (2, True), refused.stderr
    done = cocket("ledger", "reimport", home=home)
    assert (done.returncode, "restored" in done.stdout) == (0, True), done.stderr
    with Served(home) as served:
        line = Line(served.address, served.key)
        assert line.lodge(declaration("LATER2")).status == 202
        line.close()
    assert cocket("ledger", "verify", str(home / "log"), home=home).returncode == 0
