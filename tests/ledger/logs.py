# SPDX-License-Identifier: Apache-2.0
"""Small logs in memory, grown as the book grows them, for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterable

from cocket.ledger import (
    CHECKPOINT_FILE,
    KEY_FILE,
    Checkpoint,
    Growth,
    Opening,
    Signer,
    Tree,
    seal_leaf,
    sign_checkpoint,
)

ORIGIN = "customs.example/log/2026"
SIGNER = Signer.from_bytes(ORIGIN, bytes(range(32)))

Folder = dict[str, bytes]


def entry(index: int) -> bytes:
    """The public entry of a made-up record."""
    opening = Opening(
        type="message", time="2026-11-24T10:00:00Z", actor="sender-7", subject="", content=f"{index:064x}"
    )
    return seal_leaf(opening, index.to_bytes(32, "big")).entry


def entries(start: int, end: int) -> list[bytes]:
    """The entries of a range of indexes."""
    return [entry(index) for index in range(start, end)]


def write(folder: Folder, growth: Growth) -> None:
    """Put what a growth made in the folder, without publishing it."""
    folder.update(growth.files)


def publish(folder: Folder, growth: Growth, signer: Signer = SIGNER) -> None:
    """Sign the head a growth came to, then remove what it outdated."""
    folder[CHECKPOINT_FILE] = sign_checkpoint(Checkpoint(signer.verifier.name, growth.size, growth.root), signer)
    for path in [path for path in folder if path.startswith(tuple(f"{gone}/" for gone in growth.obsolete))]:
        del folder[path]


def grown(sizes: Iterable[int], signer: Signer = SIGNER) -> Folder:
    """A log folder that published a checkpoint at each of these sizes."""
    folder: Folder = {KEY_FILE: f"{signer.verifier.vkey}\n".encode()}
    tree = Tree()
    publish(folder, tree.grow([]), signer)
    for size in sizes:
        growth = tree.grow(entries(tree.size, size))
        write(folder, growth)
        publish(folder, growth, signer)
    return folder
