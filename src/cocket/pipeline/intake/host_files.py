# SPDX-License-Identifier: Apache-2.0
"""The files of a host's folder: which are known as they are, which were taken in, and which were not and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cocket.pipeline.base.access import Service
from cocket.pipeline.base.set_aside import culprits
from cocket.stores.intake.feed_files import FeedProblem, HostFile, NewProblem


class HostFiles(Service):
    """Remembering a host's files."""

    def known_files(self, files: Sequence[HostFile]) -> set[bytes]:
        """Paths (0..n) of those files that were taken in as they are; one that cannot be asked for is not known.

        Raises:
            StoreError: The database failed.
        """
        known: set[bytes] = set()

        def ask(some: Sequence[HostFile]) -> None:
            with self._stores.database.transaction() as connection:
                known.update(self._stores.feed_files.known(connection, some))

        culprits(files, ask)
        return known

    def note_files(self, taken: Sequence[tuple[HostFile, bytes]]) -> list[tuple[HostFile, Exception]]:
        """Note files as taken in, each with the SHA-256 of its content; what was wrong with them is over.

        Returns:
            Files (0..n) that cannot be noted, each with its error; all others are.

        Raises:
            StoreError: The database failed; the next look takes them in again, which leaves no trace.
        """

        def note(some: Sequence[tuple[HostFile, bytes]]) -> None:
            with self._stores.database.transaction() as connection:
                self._stores.feed_files.put(connection, some)

        return [(file, error) for (file, _), error in culprits(taken, note)]

    def note_file_problems(
        self, folder: bytes, found: Sequence[NewProblem], gone: Sequence[bytes] = ()
    ) -> list[tuple[HostFile, Exception]]:
        """Note files that were not taken in, and forget what was noted of those that are gone.

        Args:
            folder: The folder watched.
            found: Files not taken in (0..n).
            gone: Paths (0..n) of files noted before that are there no more, or in order again.

        Returns:
            Files (0..n) whose problem cannot be noted, each with its error; all others are.

        Raises:
            StoreError: The database failed.
        """

        def note(some: Sequence[NewProblem]) -> None:
            with self._stores.database.transaction() as connection:
                self._stores.feed_files.put_problems(connection, folder, some, datetime.now(UTC))

        with self._stores.database.transaction() as connection:
            self._stores.feed_files.forget_problems(connection, gone)
        return [(one.file, error) for one, error in culprits(found, note)]

    def keep_problems_only(self, folder: bytes, paths: Sequence[bytes]) -> None:
        """Forget what was noted of a folder but for these files: all that are not taken in now.

        Raises:
            StoreError: The database failed.
        """
        with self._stores.database.transaction() as connection:
            self._stores.feed_files.keep_problems_only(connection, folder, paths)

    def feed_problems(self, folder: bytes | None = None, *, most: int = 100) -> tuple[int, list[FeedProblem]]:
        """Files of hosts that are not taken in as they are.

        Args:
            folder: The folder watched; None for those of all folders.
            most: Most of them to name (count).

        Returns:
            How many there are, and the newest of them (0..most).

        Raises:
            StoreError: The database failed.
        """
        with self._stores.database.transaction() as connection:
            return self._stores.feed_files.problems(connection, folder, most=most)
