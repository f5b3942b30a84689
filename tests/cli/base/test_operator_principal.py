# SPDX-License-Identifier: Apache-2.0
"""Who works at this machine: the account that the system knows, whatever the environment says."""

from __future__ import annotations

import os
import pwd
import re
from pathlib import Path

import pytest

import cocket
from cocket.cli.base.operator_principal import machine_account, operator


def test_the_environment_makes_nobody_another_person(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody.else")
    account = pwd.getpwuid(os.getuid()).pw_name
    assert (machine_account(), operator().id) == (account, f"cli:{account}")


def test_an_account_without_a_name_stands_under_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "somebody.else")
    monkeypatch.setattr("cocket.cli.base.operator_principal.os.getuid", lambda: 4_000_000_001)
    assert operator().id == "cli:4000000001"


def test_no_other_place_asks_who_is_at_the_machine() -> None:
    asks = re.compile(r"\bgetpass\b|\bgetlogin\b|[\"'](LOGNAME|USER|USERNAME|SUDO_USER)[\"']")
    sources = Path(cocket.__file__).parent.rglob("*.py")
    assert [file.name for file in sources if asks.search(file.read_text("utf-8"))] == []
