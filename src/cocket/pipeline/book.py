# SPDX-License-Identifier: Apache-2.0
"""The book: hashes new leaves, writes tiles and signs heads.

The order is the point: commit the root, then sign, then publish. A root committed for a size is the only one ever
signed for that size, whatever crashes in between.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cocket import ledger
from cocket.errors import ProofError, SettingsError
from cocket.pipeline.shelves import Shelves

#: Most leaves of one head (count); a backlog is worked off in several heads.
MOST = 16_384


class Book:
    """Signs heads over the leaves in the database.

    Args:
        shelves: The stores, opened with the checkpoint key.

    Raises:
        SettingsError: They were opened without it.
    """

    def __init__(self, shelves: Shelves) -> None:
        if shelves.checkpoint_signer is None:
            raise SettingsError("The book needs the checkpoint key.")
        self._database = shelves.database
        self._leaves = shelves.leaves
        self._files = shelves.log_files
        self._signer = shelves.checkpoint_signer
        self._tree = ledger.Tree()

    def hold(self) -> bool:
        """Become the one book that signs; False while another process is. Held until this process ends."""
        return self._files.hold()

    def open(self) -> int:
        """Compare the public log with the database, and mend its files from the database where they are incomplete.

        Returns:
            Size of the published head.

        Raises:
            ProofError: The database is behind the published head, or holds other leaves than were published. Nothing
                was changed; the leaves must be brought back from a backup or from the tiles first.
        """
        self._files.put("key.vkey", f"{self._signer.verifier.vkey}\n".encode())
        published = self._published()
        if published is None:
            self._tree = ledger.Tree()
            return 0
        with self._database.transaction() as connection:
            known = self._leaves.size(connection)
        if known < published.size:
            raise ProofError(
                f"The database holds {known} leaves, but a head over {published.size} is published.",
                code="database-behind-head",
                expected=str(published.size),
                found=str(known),
                hint="Restore the newest backup before the book may sign again.",
            )
        self._rebuild(published)
        return published.size

    def turn(self) -> int:
        """Sign one head over the leaves that have come, if any.

        Returns:
            How many leaves were added.

        Raises:
            StoreError: Database or disk failed; the old head still stands.
            ProofError: Another root was committed for this size; nothing is signed.
        """
        with self._database.transaction() as connection:
            seals = self._leaves.seals(connection, self._tree.size, MOST)
        if not seals:
            return 0
        try:
            growth = self._tree.grow([ledger.write_entry(seal) for seal in seals])
            self._commit(growth)
            self._files.publish(growth.files, self._sign(growth.size, growth.root))
            self._files.remove(growth.obsolete)
        except BaseException:
            self._tree = ledger.Tree()  # it may be ahead of what is published; `open` comes before the next turn
            raise
        return len(seals)

    def _commit(self, growth: ledger.Growth) -> None:
        with self._database.transaction() as connection:
            stands = self._leaves.add_head(
                connection, self._signer.verifier.name, growth.size, growth.root, datetime.now(UTC)
            )
        if stands != growth.root:
            raise ProofError(
                f"Another root stands for size {growth.size}; the book does not sign a second one.",
                code="second-root",
                expected=stands.hex(),
                found=growth.root.hex(),
            )

    def _sign(self, size: int, root: bytes) -> bytes:
        return ledger.sign_checkpoint(
            ledger.Checkpoint(origin=self._signer.verifier.name, size=size, root=root), self._signer
        )

    def _published(self) -> ledger.Checkpoint | None:
        note = self._files.read("checkpoint")
        if note is None:
            return None
        try:
            return ledger.open_checkpoint(note, [self._signer.verifier])[0]
        except ProofError as error:
            raise ProofError(
                f"The published head is not signed by {self._signer.verifier.name} with this house's key.",
                code="head-of-another",
                hint="See that log_origin and keys/checkpoint.key are those that the log was begun with.",
            ) from error

    def _rebuild(self, published: ledger.Checkpoint) -> None:
        """Grow the tree anew from the leaves, and write each file that is missing or different."""
        tree = ledger.Tree()
        root = tree.root
        while tree.size < published.size:
            with self._database.transaction() as connection:
                seals = self._leaves.seals(connection, tree.size, min(MOST, published.size - tree.size))
            growth = tree.grow([ledger.write_entry(seal) for seal in seals])
            root = growth.root
            for path, content in growth.files.items():
                if self._files.read(path) != content:
                    self._files.put(path, content)
            self._files.remove(growth.obsolete)
        if root != published.root:
            raise ProofError(
                f"The leaves in the database do not give the published root of size {published.size}.",
                code="database-differs-from-head",
                expected=published.root.hex(),
                found=root.hex(),
                hint="Find out what changed before the book may sign again.",
            )
        self._tree = tree
