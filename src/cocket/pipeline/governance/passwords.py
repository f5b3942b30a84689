# SPDX-License-Identifier: Apache-2.0
"""Passwords: which are taken, how they are kept, and how many are worked on at once.

A hash costs 64 MiB on purpose. So at most two are made at once on one machine, a short line waits, and whoever finds the
line full is told so at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cocket.errors import SenderError
from cocket.pipeline.governance.sign_in_limits import SignInDelayedError

#: Source: NIST SP 800-63B-4 §3.1.1.2 for lengths, and for no rules of composition.
SHORTEST, LONGEST = 12, 128

#: Below this many guesses, by the estimate of `zxcvbn`, a password is on a list of common ones or put together from it.
_GUESSES: Final = 10**8

#: A password needs so many characters of its own besides words about the officer, which have this length at least (count).
_OWN_SIGNS: Final = 9
_WORD: Final = 3

#: RFC 9106 §4, second recommended option: 3 passes over 64 MiB.
_MEMORY_KIB: Final = 64 * 1024
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=_MEMORY_KIB, parallelism=4)

_AT_ONCE: Final = 2
_LOCK_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.01
_BUSY_SECONDS: Final = 2


class WeakPasswordError(SenderError):
    """A new password that is not taken; the message says why."""

    code = "weak-password"


def check_password(password: str, about: Sequence[str]) -> None:
    """Take a new password or say why not: its length, and whether it is among those that are guessed first.

    Args:
        password: As typed.
        about: Words that a stranger would try for this officer: names, office, administration (0..n).

    Raises:
        WeakPasswordError: It is too short, too long or too easily guessed.
    """
    if len(password) < SHORTEST:
        raise WeakPasswordError(f"A password needs {SHORTEST} characters or more.", code="password-short")
    if len(password) > LONGEST:
        raise WeakPasswordError(f"A password has at most {LONGEST} characters.", code="password-long")
    if not password.isprintable():
        raise WeakPasswordError("A password must consist of printable characters.", code="password-signs")
    from zxcvbn import zxcvbn  # its lists cost time and memory that no other act needs

    words = [*about, "cocket", "customs"]
    guesses = zxcvbn(password, user_inputs=words, max_length=LONGEST)["guesses"]
    if guesses < _GUESSES or len(_without(password, words)) < _OWN_SIGNS:
        raise WeakPasswordError("This password is too common.", code="password-common")


def _without(password: str, words: Iterable[str]) -> str:
    """What is left of a password without the words that a stranger would try, years, and anything said twice."""
    left = re.sub(r"(19|20)\d\d", "", password.casefold())
    parts = {part for one in words for part in re.findall(r"\w+", one.casefold()) if len(part) >= _WORD}
    for part in sorted(parts | {re.sub(r"\W+", "", one.casefold()) for one in words}, key=len, reverse=True):
        left = left.replace(part, "") if len(part) >= _WORD else left
    left = re.sub(r"[\W_]+", "", left)
    return re.sub(r"(.+?)\1+", r"\1", left)


class PasswordQueue:
    """Hashes passwords, two at once on this machine, behind a line of limited length.

    Officers at a browser or network of theirs have a line of their own, so that no crowd of strangers keeps them out.

    Args:
        waiting: Attempts in each line (count).
        each: Of these, attempts of one network (count).
    """

    def __init__(self, waiting: int = 16, each: int = 6) -> None:
        self._waiting = waiting
        self._each = each
        self._guard = threading.Lock()
        self._turns = threading.Semaphore(_AT_ONCE)
        self._lines: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}

    @contextlib.contextmanager
    def place(self, network: str, *, is_known: bool = False) -> Iterator[None]:
        """A place in the line for as long as the block runs.

        Args:
            network: Where the attempt comes from.
            is_known: Whether the officer was let in from this browser or network before.

        Raises:
            SignInDelayedError: There is none.
        """
        line = self._lines[is_known]
        with self._guard:
            if line.total() >= self._waiting or line[network] >= self._each:
                raise SignInDelayedError(
                    "Too many people are signing in at the moment.", _BUSY_SECONDS, code="sign-in-busy"
                )
            line[network] += 1
        try:
            yield
        finally:
            with self._guard:
                line[network] -= 1
                if not line[network]:
                    del line[network]

    def hash(self, password: str, home: Path) -> str:
        """The hash under which a password is kept."""
        with self._turn(home):
            return _HASHER.hash(password)

    def is_right(self, password_hash: str | None, password: str, home: Path) -> bool:
        """Whether a password is that of the hash; without a hash it is not, and that takes as long.

        Args:
            password_hash: As kept; None where there is no such officer.
            password: As typed.
            home: Home folder, whose lock files count the processes of this machine.
        """
        with self._turn(home):
            try:
                return _HASHER.verify(password_hash or _nobody(), password[: 4 * LONGEST]) and password_hash is not None
            except (VerificationError, InvalidHashError, UnicodeEncodeError):
                return False

    @contextlib.contextmanager
    def _turn(self, home: Path) -> Iterator[None]:
        """One of the two turns, in this process and among all that share the home folder."""
        with self._turns, _machine_turn(home):
            yield


@contextlib.contextmanager
def _machine_turn(home: Path) -> Iterator[None]:
    """A lock on one of two files; without it after a while, or where none can be made: then this process alone counts."""
    handle = None
    deadline = time.monotonic() + _LOCK_SECONDS
    with contextlib.suppress(OSError):
        while handle is None and time.monotonic() < deadline:
            handle = _lock_one(home)
            if handle is None:
                time.sleep(_LOOK_SECONDS)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _lock_one(home: Path) -> int | None:
    for number in range(_AT_ONCE):
        path = home / f".sign-in-{number}.lock"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
        else:
            return handle
    return None


def _nobody() -> str:
    """A hash of the same cost that no password has: made up, not worked out."""
    salt, digest = (b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in (16, 32))
    return f"$argon2id$v=19$m={_MEMORY_KIB},t={_HASHER.time_cost},p={_HASHER.parallelism}${salt}${digest}"


#: The line of this process: memory is the process's, whichever house asks.
LINE: Final = PasswordQueue()
