# SPDX-License-Identifier: Apache-2.0
"""Making a house and letting people in, as an operator does."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cocket.cli.base.instance_access import open_service, settings_of


def cocket(*words: str, entered: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COCKET_")}
    command = [sys.executable, "-m", "cocket", *words]
    return subprocess.run(
        command, input=entered, capture_output=True, text=True, check=False, env=clean | environment, timeout=120
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment of a house."""
    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    return {"COCKET_HOME": str(home)}


def test_init_makes_keys_only_its_account_can_read_and_can_be_run_again(tmp_path: Path) -> None:
    home = tmp_path / "house"
    first = cocket("init", "--home", str(home), "--log-origin", "test.invalid/log", "--json")
    assert first.returncode == 0, first.stderr
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (home / "keys").iterdir()}
    assert modes == {0o600}
    again = cocket("init", "--home", str(home), "--json")
    assert json.loads(again.stdout) == json.loads(first.stdout)
    assert "test.invalid/log" in json.loads(again.stdout)["log"]


def test_a_key_is_shown_once_and_can_be_granted_and_revoked(place: dict[str, str]) -> None:
    made = cocket("key", "add", "acme", "--role", "trader", "--sender", "ACME", "--json", **place)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["key"].startswith("cocket_acme_")
    assert cocket("key", "grant", "acme", "--sender", "ACME", "--sender", "OTHER", **place).returncode == 0
    assert cocket("key", "revoke", "acme", **place).returncode == 0
    gone = cocket("key", "revoke", "acme", **place)
    assert (gone.returncode, gone.stderr.strip()) == (2, "There is no valid key acme.")


def test_acts_on_keys_and_officers_are_told_as_json_too(place: dict[str, str]) -> None:
    assert cocket("key", "add", "broker-9", "--role", "trader", "--sender", "ACME", **place).returncode == 0
    granted = cocket("key", "grant", "broker-9", "--sender", "ACME", "--sender", "OTHER", "--json", **place)
    assert json.loads(granted.stdout) == {"name": "broker-9", "senders": ["ACME", "OTHER"]}
    revoked = cocket("key", "revoke", "broker-9", "--json", **place)
    assert json.loads(revoked.stdout) == {"name": "broker-9", "state": "revoked"}
    made = cocket(
        "officer", "add", "zoe", "--role", "analyst", "--json", entered="seal and cord on the quay\n", **place
    )
    assert json.loads(made.stdout) == {"name": "zoe", "shown": "zoe", "role": "analyst", "office": None}


def test_a_key_can_be_bound_to_an_office(place: dict[str, str]) -> None:
    words = ("key", "add", "harbour", "--role", "officer", "--sender", "HARBOUR", "--json")
    made = cocket(*words, "--office", "XA110000", **place)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["office"] == "XA110000"
    with open_service(settings_of(home=Path(place["COCKET_HOME"])), lambda one: one.intake.messages) as messages:
        bound = messages.principal_of_key(json.loads(made.stdout)["key"])
    assert bound is not None
    assert bound.office == "XA110000"


def test_an_unknown_role_is_told_with_those_there_are(place: dict[str, str]) -> None:
    done = cocket("key", "add", "x", "--role", "king", "--sender", "X", **place)
    assert done.returncode == 2
    assert "There is no role king." in done.stderr


def test_an_officer_needs_a_password_of_some_length(place: dict[str, str]) -> None:
    short = cocket("officer", "add", "anna", "--role", "officer", entered="short\n", **place)
    assert short.returncode == 2
    assert "12 characters" in short.stderr
    assert cocket("officer", "add", "anna", "--role", "officer", entered="long enough now\n", **place).returncode == 0


def test_without_a_house_a_command_says_how_to_make_one(tmp_path: Path) -> None:
    done = cocket("status", "--home", str(tmp_path / "none"))
    assert done.returncode == 2
    assert "cocket init" in done.stderr
    assert not (tmp_path / "none").exists()


def test_lodging_to_a_door_that_is_closed_is_told_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "message.xml"
    file.write_bytes(b"<a/>")
    done = cocket("lodge", str(file), "--to", "http://127.0.0.1:9", COCKET_KEY="cocket_x_y")
    assert done.returncode == 2
    assert "does not answer" in done.stderr
    assert "Traceback" not in done.stderr
    assert cocket("lodge", str(file), "--to", "http://127.0.0.1:9").returncode == 2


def test_an_officer_is_disabled_enabled_and_listed(place: dict[str, str]) -> None:
    added = cocket("officer", "add", "dora", "--role", "auditor", entered="seal and cord and wax\n", **place)
    assert added.returncode == 0, added.stderr
    done = cocket("officer", "disable", "dora", "--json", **place)
    assert json.loads(done.stdout) == {"officer": "dora", "is_enabled": False, "sessions_ended": 0}
    lines = [json.loads(line) for line in cocket("officer", "list", "--json", **place).stdout.splitlines()]
    assert [one["disabled"] is not None for one in lines if one["name"] == "dora"] == [True]
    assert cocket("officer", "enable", "dora", **place).stdout.strip() == "dora can sign in again."
    gone = cocket("officer", "disable", "nobody", **place)
    assert (gone.returncode, "There is no officer nobody." in gone.stderr) == (2, True)
    attempts = cocket("officer", "attempts", "--json", **place)
    assert (attempts.returncode, attempts.stdout) == (0, "")


def test_the_help_names_every_role_that_an_account_or_a_key_may_have() -> None:
    """By the words of the policy: a role that comes is listed by itself."""
    from cocket.governance import OUTSIDE, ROLES, STAFF

    for command, roles in ((("officer", "add"), (*STAFF, *OUTSIDE)), (("key", "add"), tuple(ROLES))):
        helped = cocket(*command, "--help", COLUMNS="300").stdout
        line = next(line for line in helped.splitlines() if "--role" in line and "analyst" in line)
        assert [role for role in roles if role not in line] == []
