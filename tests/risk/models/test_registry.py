# SPDX-License-Identifier: Apache-2.0
"""Roles follow from acts alone, and no act can be taken out or changed."""

from __future__ import annotations

import pytest

from cocket.errors import ProofError, SettingsError
from cocket.risk.models.registry import Kind, ModelAct, next_act, read_acts, roles_after, write_act


def add(log: bytes, kind: Kind, version: str) -> bytes:
    act = ModelAct(kind=kind, version=version, sha256="0" * 64, data_root="1" * 64, code_version="1", at="2026-11-28T00:00:00+00:00",
        by="A", reason="a test")  # fmt: skip
    return log + write_act(next_act(log, act))


def log_of(*acts: tuple[Kind, str]) -> bytes:
    log = b""
    for kind, version in acts:
        log = add(log, kind, version)
    return log


def test_the_champion_before_speaks_again_after_a_rollback() -> None:
    log = log_of(("registered", "a"), ("champion", "a"), ("registered", "b"), ("champion", "b"))
    assert roles_after(read_acts(log)).champion == "b"
    roles = roles_after(read_acts(add(log, "rolled-back", "a")))
    assert (roles.champion, roles.past) == ("a", ())


def test_a_challenger_that_becomes_champion_is_challenger_no_more() -> None:
    roles = roles_after(
        read_acts(
            log_of(("registered", "a"), ("champion", "a"), ("registered", "b"), ("challenger", "b"), ("champion", "b"))
        )
    )
    assert (roles.champion, roles.challenger, roles.past) == ("b", None, ("a",))


def test_a_line_changed_taken_out_or_unreadable_breaks_the_register() -> None:
    log = log_of(("registered", "a"), ("champion", "a"), ("registered", "b"))
    lines = log.splitlines(keepends=True)
    for broken in (log.replace(b"a test", b"a tesT", 1), lines[0] + lines[2], log + b"{}\n"):
        with pytest.raises(ProofError):
            read_acts(broken)
    assert len(read_acts(log)) == 3


@pytest.mark.parametrize(
    ("kind", "version"),
    [
        ("champion", "unknown"),
        ("registered", "a"),
        ("champion", "a"),
        ("shadow", "a"),
        ("rolled-back", "b"),
        ("retired", "a"),
    ],
)
def test_an_act_that_makes_no_sense_is_refused(kind: Kind, version: str) -> None:
    log = log_of(("registered", "a"), ("registered", "b"), ("champion", "a"))
    with pytest.raises(SettingsError):
        add(log, kind, version)
