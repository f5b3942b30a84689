# SPDX-License-Identifier: Apache-2.0
"""Policies of witnesses, as an administration keeps them: one file, or a folder with one for each stretch of time."""

from __future__ import annotations

from pathlib import Path

from cocket.errors import ProofError, SettingsError
from cocket.ledger.witness_policy import Policy, read_policy


def read_policies(place: str) -> tuple[Policy, ...]:
    """The policies of a file, or of all `*.policy` files of a folder, by their names; none if no place is given.

    Raises:
        SettingsError: One cannot be read, or is none; `problems` lists everything at once.
    """
    if not place:
        return ()
    path = Path(place)
    paths = sorted(path.glob("*.policy")) if path.is_dir() else [path]
    problems: list[str] = []
    policies = []
    for one in paths:
        try:
            policies.append(read_policy(one.read_bytes()))
        except OSError as error:
            problems.append(f"{one} cannot be read: {error.strerror}")
        except ProofError as error:
            problems.append(f"{one}: {error.message}")
    if not paths:
        problems.append(f"{place} contains no *.policy file")
    if problems:
        raise SettingsError(
            f"The witness policy is not valid: {'; '.join(problems).rstrip('.')}.", problems=tuple(problems)
        )
    return tuple(policies)
