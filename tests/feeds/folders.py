# SPDX-License-Identifier: Apache-2.0
"""Messy folders, and what should come of them."""

from __future__ import annotations

import gzip
import os
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from cocket.cli.base.host_data import feed_principal
from cocket.feeds import FolderFeed, destination_of
from cocket.pipeline import printable
from tests.houses import Built
from tests.messages import declaration

FEED = feed_principal("host")
SECRET = b"PRIVATE KEY of the administration"


class Clock:
    """Seconds that go forward when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def feed_of(built: Built, folder: Path, clock: Clock | None = None) -> FolderFeed:
    """The feed of a folder, by a clock of the test's own."""
    return FolderFeed(destination_of(built.house), folder, FEED, "host", clock or Clock())


def contents(built: Built) -> list[bytes]:
    """Every message that was sealed, accepted or refused, in no order."""
    unpack = zstandard.ZstdDecompressor().decompress
    with built.stores.database.transaction() as connection:
        ids = [row[0] for row in connection.execute("select id from message").fetchall()]
        return [unpack(built.stores.messages.content(connection, one) or b"") for one in ids]


def problems(built: Built) -> dict[str, str]:
    """Code of each file noted as not taken in."""
    return {problem.path: problem.code for problem in built.house.intake.host_files.feed_problems(most=100_000)[1]}


@dataclass
class Mess:
    """A messy folder with what should come of it.

    Attributes:
        folder: The folder.
        outside: A folder outside, with a secret.
        taken: What should be sealed by path; what is there twice is sealed once.
        problems: Code of what should be named, by path.
    """

    folder: Path
    outside: Path
    taken: dict[bytes, bytes] = field(default_factory=dict)
    problems: dict[bytes, str] = field(default_factory=dict)

    def put(self, name: bytes, kind: str, number: int) -> None:
        """Put one thing of a kind under a name, whatever is there."""
        path = self.clear(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        taken, code = KINDS[kind](self, path, number)
        if taken is not None:
            self.taken[bytes(path)] = taken
        if code is not None:
            self.problems[bytes(path)] = code

    def clear(self, name: bytes) -> Path:
        """Remove what is under a name; its path."""
        path = self.folder / os.fsdecode(name)
        self.taken.pop(bytes(path), None)
        self.problems.pop(bytes(path), None)
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
        return path

    def told(self) -> dict[str, str]:
        """The problems as they should be named."""
        return {printable(path): code for path, code in self.problems.items()}


Put = Callable[[Mess, Path, int], tuple[bytes | None, str | None]]


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content) if path.suffix.lower() == ".gz" else content)


def _plain(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    content = declaration(f"R{number}")
    _write(path, content)
    return content, None


def _broken(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    content = b"<broken %d>" % number
    _write(path, content)
    return content, None


def _future(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    told = _plain(made, path, number)
    os.utime(path, (4e9, 4e9))
    return told


def _empty(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    path.write_bytes(b"")
    return None, "empty"


def _large(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    with path.open("wb") as file:
        file.truncate(1 << 40)
    return None, "too-large"


def _garbage(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    """Noise under any name: named if it should be packed, else sealed as it is."""
    content = b"\x1f\x8b\x08\x00" + random.Random(number).randbytes(300)
    path.write_bytes(content)
    return (None, "damaged") if path.suffix.lower() == ".gz" else (content, None)


def _link_out(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    path.symlink_to(made.outside / "secret.xml")
    return None, "link"


def _link_folder(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    path.symlink_to(made.outside)
    return None, "link"


def _link_loop(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    path.symlink_to(path)
    return None, "link"


def _link_within(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    path.symlink_to("nothing.xml")
    return None, "link"


def _pipe(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    os.mkfifo(path)
    return None, "not-regular"


def _socket(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    """A socket's path is short, so it is made from within its folder."""
    here = os.open(path.parent, os.O_RDONLY)
    try:
        one = socket.socket(socket.AF_UNIX)
        one.bind(f"/proc/self/fd/{here}/.s")
        one.close()
    finally:
        os.close(here)
    (path.parent / ".s").rename(path)
    return None, "not-regular"


def _folder(made: Mess, path: Path, number: int) -> tuple[bytes | None, str | None]:
    path.mkdir()
    return None, None


KINDS: dict[str, Put] = {
    "plain": _plain,
    "broken": _broken,
    "future": _future,
    "empty": _empty,
    "large": _large,
    "garbage": _garbage,
    "link out": _link_out,
    "link to a folder": _link_folder,
    "link to itself": _link_loop,
    "link to nothing": _link_within,
    "pipe": _pipe,
    "socket": _socket,
    "folder": _folder,
}

#: Ends of names, all of them wanted.
ENDS = (b".xml", b".XML", b".xml.gz", b".XML.GZ", b".json.gz", b".Xml")


def random_name(random: random.Random, number: int) -> bytes:
    """A name that a host might give: any bytes but a slash and NUL, or long, or with a line break."""
    stem = random.choice((
        b"decl-%d" % number, b"\xff\xfe%d" % number, b"two\nlines%d" % number, "é€漢%d".encode() % number,
        b"%d" % number + b"x" * 200, b" %d " % number, b"-rf%d" % number, b"%%s%d" % number, b"a\\b'\"%d" % number,
    ))  # fmt: skip
    depth = random.randrange(4)
    return b"/".join([b"d%d" % random.randrange(3) for _ in range(depth)] + [stem + random.choice(ENDS)])


def mess(folder: Path, outside: Path, random: random.Random, most: int = 25) -> Mess:
    """A messy folder."""
    folder.mkdir()
    outside.mkdir()
    (outside / "secret.xml").write_bytes(SECRET)
    made = Mess(folder, outside)
    for number in range(random.randrange(1, most)):
        made.put(random_name(random, number), random.choice(list(KINDS)), number)
    return made
