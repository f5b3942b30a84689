# SPDX-License-Identifier: Apache-2.0
"""Policies from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cocket.cli.app import app
from cocket.cli.base import operator_principal
from cocket.errors import SenderError
from cocket.governance import policy_digest
from tests.cli.commands.test_people import cocket


def draft(folder: Path, before: str, after: str) -> Path:
    """A file with the shipped policy, some of its words replaced."""
    text = cocket("policy", "show").stdout
    assert before in text
    path = folder / "draft.cedar"
    path.write_text(text.replace(before, after))
    return path


def test_the_policy_that_comes_with_it_is_printed_checked_and_no_different(tmp_path: Path) -> None:
    shown = cocket("policy", "show")
    file = tmp_path / "same.cedar"
    file.write_text(shown.stdout)
    checked = cocket("policy", "check", str(file), "--json")
    assert json.loads(checked.stdout)["digest"] == policy_digest()
    same = cocket("policy", "compare", "shipped", str(file))
    assert (same.returncode, "Both allow the same" in same.stdout) == (0, True)
    assert 'entity Role enum ["analyst"' in cocket("policy", "show", "--schema").stdout


def test_a_difference_is_told_in_words_and_as_json(tmp_path: Path) -> None:
    file = draft(tmp_path, 'permit (principal in Role::"customs", action == Action::"list:read", resource);',
                 'permit (principal in Role::"supervisor", action == Action::"list:read", resource);')  # fmt: skip
    found = cocket("policy", "compare", "shipped", str(file))
    assert found.returncode == 1
    assert "Allowed by the second alone: nothing." in found.stdout
    assert "analyst, officer, auditor" in " ".join(found.stdout.split())
    said = json.loads(cocket("policy", "compare", "shipped", str(file), "--json").stdout)
    assert [one["role"] for one in said["narrowed"]] == ["analyst", "officer", "auditor"]
    assert said["widened"] == []


def test_a_policy_that_names_no_role_of_ours_is_refused(tmp_path: Path) -> None:
    file = draft(tmp_path, 'Role::"auditor"', 'Role::"auditr"')
    refused = cocket("policy", "check", str(file))
    assert refused.returncode == 2
    assert "auditr" in refused.stderr
    assert cocket("policy", "compare", "shipped", str(file)).returncode == 2
    assert cocket("policy", "check", str(tmp_path / "none.cedar")).returncode == 2


@pytest.fixture
def unstated() -> Iterator[None]:
    yield
    for name in ("purpose", "case"):
        operator_principal.state(name, None)


@pytest.mark.usefixtures("unstated")
def test_what_the_command_line_states_is_what_the_operator_states() -> None:
    run = CliRunner().invoke(app, ["--purpose", "investigation", "--case", "2026/17", "policy", "check", "shipped"])
    assert run.exit_code == 0
    operator = operator_principal.operator_of("cli")
    assert (operator.id, operator.purpose, operator.case) == ("cli", "investigation", "2026/17")
    CliRunner().invoke(app, ["policy", "check", "shipped"])
    assert operator_principal.operator_of("cli").purpose is None
    CliRunner().invoke(app, ["--purpose", "curiosity", "policy", "check", "shipped"])
    with pytest.raises(SenderError, match="no such purpose"):
        operator_principal.operator_of("cli")
