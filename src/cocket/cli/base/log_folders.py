# SPDX-License-Identifier: Apache-2.0
"""A log folder on disk, and the verdict on it; offline, with the core install."""

from __future__ import annotations

from pathlib import Path

import msgspec

from cocket import ledger

#: How often a log that is being written is read again before its state is believed.
_ATTEMPTS = 5


def settled_verdict(folder: Path, vkey: str | None) -> ledger.LogVerdict:
    """The verdict on the newest log of a folder, with what is wrong in those before it."""
    family = settled_family(folder, [vkey] if vkey else [])
    before = (problem for _, verdict in family.logs[:-1] for problem in verdict.problems)
    newest = family.logs[-1][1]
    return msgspec.structs.replace(newest, problems=(*family.problems, *before, *newest.problems))


def settled_family(folder: Path, vkeys: list[str]) -> ledger.FamilyVerdict:
    """The verdict on the logs of a folder; one that the book writes meanwhile is read again."""
    for _ in range(_ATTEMPTS):
        state = _state(folder)
        family = ledger.verify_family(lambda path: read_below(folder, path), state[1].copy, vkeys)
        if family.holds or state == _state(folder):
            break
    return family


def _state(folder: Path) -> tuple[list[bytes | None], list[str]]:
    paths = paths_below(folder)
    return [read_below(folder, path) for path in paths if path.endswith(ledger.CHECKPOINT_FILE)], paths


def read_below(folder: Path, path: str) -> bytes | None:
    """Content of a file of the folder; None if it is absent or no file."""
    file = folder / path
    return file.read_bytes() if file.is_file() else None


def paths_below(folder: Path) -> list[str]:
    """Every path below the folder that is not a folder itself; a link is not followed but listed."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()
    )
