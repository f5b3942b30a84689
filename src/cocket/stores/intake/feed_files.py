# SPDX-License-Identifier: Apache-2.0
"""Which files of a host's folder have been taken in, and which have not and why."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from cocket.stores.base.database import Connection

#: A path longer than this is kept as its beginning and a digest: an index takes no more (bytes).
_LONGEST_PATH, _BEGINNING = 1024, 900

#: What a bigint holds. A clock may lie outside, after 2262-04-11 in ns; such a time is kept as the nearest that it holds,
#: in what tells two states of a file apart and nowhere else.
_LEAST, _MOST = -(2**63), 2**63 - 1


class HostFile(msgspec.Struct, frozen=True, kw_only=True):
    """One state of a file of a host: when any of it differs, the file has changed.

    Attributes:
        path: Absolute path, byte for byte.
        size: Its size (bytes).
        modified: Time of change of its content (ns since 1970, by the clock of whoever keeps the file).
        changed: Time of change of its entry (ns since 1970).
    """

    path: bytes
    size: int
    modified: int
    changed: int


class FeedProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a host that is not taken in as it is.

    Attributes:
        path: Where it is, with what does not print spelled out.
        code: Kebab-case name of the reason, such as `not-regular`.
        reason: What is wrong and what to do, in words.
        first_seen: Since when it has been so (UTC).
        last_seen: When it was last looked into (UTC).
    """

    path: str
    code: str
    reason: str
    first_seen: datetime
    last_seen: datetime


class NewProblem(msgspec.Struct, frozen=True):
    """A file that could not be taken in, with code and reason."""

    file: HostFile
    code: str
    reason: str


class FeedFiles:
    """Files of a host's folder, on a transaction of the caller."""

    def known(self, connection: Connection, files: Sequence[HostFile]) -> set[bytes]:
        """Paths (0..n) of those files that were taken in as they are."""
        rows = connection.execute(
            """select f.path from feed_file f
            join unnest(%s::bytea[], %s::bigint[], %s::bigint[], %s::bigint[]) as g (path, size, modified, changed)
            on f.path = g.path and f.size = g.size and f.modified = g.modified
            and (f.changed is null or f.changed = g.changed)""",
            _columns(files),
        ).fetchall()
        paths = {_key(file.path): file.path for file in files}
        return {paths[row[0]] for row in rows}

    def put(self, connection: Connection, taken: Sequence[tuple[HostFile, bytes]]) -> None:
        """Note files as taken in, each with the SHA-256 of its content; what was wrong with them is over."""
        newest = {_key(file.path): (file, digest) for file, digest in taken}
        files = [file for file, _ in newest.values()]
        connection.execute(
            """insert into feed_file (path, size, modified, changed, digest)
            select * from unnest(%s::bytea[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bytea[])
            on conflict (path) do update set size = excluded.size, modified = excluded.modified,
            changed = excluded.changed, digest = excluded.digest""",
            (*_columns(files), [digest for _, digest in newest.values()]),
        )
        self.forget_problems(connection, [file.path for file in files])

    def put_problems(self, connection: Connection, folder: bytes, found: Sequence[NewProblem], at: datetime) -> None:
        """Note files that are not taken in; one that has changed is a new problem."""
        newest = {_key(one.file.path): one for one in found}
        connection.execute(
            """insert into feed_problem (path, size, modified, changed, code, reason, folder, first_seen, last_seen)
            select g.*, %s, %s, %s
            from unnest(%s::bytea[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[]) as g
            on conflict (path) do update set folder = excluded.folder, size = excluded.size,
            modified = excluded.modified, changed = excluded.changed, code = excluded.code, reason = excluded.reason,
            last_seen = excluded.last_seen, first_seen = case
                when (feed_problem.size, feed_problem.modified, feed_problem.code, feed_problem.reason)
                    = (excluded.size, excluded.modified, excluded.code, excluded.reason)
                then feed_problem.first_seen else excluded.first_seen end""",
            (
                _key(folder),
                at,
                at,
                *_columns([one.file for one in newest.values()]),
                [one.code for one in newest.values()],
                [one.reason for one in newest.values()],
            ),
        )

    def forget_problems(self, connection: Connection, paths: Sequence[bytes]) -> None:
        """Drop what was noted of these files: they were taken in, or are gone."""
        connection.execute("delete from feed_problem where path = any(%s)", (list(map(_key, paths)),))

    def keep_problems_only(self, connection: Connection, folder: bytes, paths: Sequence[bytes]) -> None:
        """Drop what was noted of a folder but for these files."""
        connection.execute(
            "delete from feed_problem where folder = %s and not path = any(%s)",
            (_key(folder), list(map(_key, paths))),
        )

    def problems(
        self, connection: Connection, folder: bytes | None = None, *, most: int = 100
    ) -> tuple[int, list[FeedProblem]]:
        """Files that are not taken in.

        Args:
            connection: The transaction.
            folder: The folder watched; None for those of all folders.
            most: Most of them to name (count).

        Returns:
            How many there are, and the newest of them (0..most).
        """
        key = None if folder is None else _key(folder)
        row = connection.execute(
            "select count(*) from feed_problem where %(folder)s::bytea is null or folder = %(folder)s", {"folder": key}
        ).fetchone()
        rows = connection.execute(
            """select path, code, reason, first_seen, last_seen from feed_problem
            where %(folder)s::bytea is null or folder = %(folder)s order by first_seen desc, path limit %(most)s""",
            {"folder": key, "most": most},
        ).fetchall()
        named = [
            FeedProblem(path=printable(path), code=code, reason=reason, first_seen=first, last_seen=last)
            for path, code, reason, first, last in rows
        ]
        return (row[0] if row else 0), named


def printable(path: bytes) -> str:
    r"""A path for people and programs: what is not UTF-8 or does not print is spelled out, such as `\n` or `\xff`."""
    text = path.decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def _key(path: bytes) -> bytes:
    """The path itself, or what stands for one that is too long for an index; no path holds the NUL in it."""
    return path if len(path) <= _LONGEST_PATH else path[:_BEGINNING] + b"\0" + sha256(path).digest()


def _columns(files: Iterable[HostFile]) -> tuple[list[bytes], list[int], list[int], list[int]]:
    every = list(files)
    return (
        [_key(file.path) for file in every],
        [_held(file.size) for file in every],
        [_held(file.modified) for file in every],
        [_held(file.changed) for file in every],
    )


def _held(number: int) -> int:
    return min(max(number, _LEAST), _MOST)


def host_file(path: bytes, stat: os.stat_result) -> HostFile:
    """The state of a file by what its system says of it."""
    return HostFile(path=path, size=stat.st_size, modified=stat.st_mtime_ns, changed=stat.st_ctime_ns)
