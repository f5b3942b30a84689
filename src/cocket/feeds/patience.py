# SPDX-License-Identifier: Apache-2.0
"""Reading from a file system that may never answer, such as a network folder whose server is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from cocket.errors import PartnerError

T = TypeVar("T")

#: How long one act on the host's folder may take: reading the largest file over a slow line takes a few seconds.
HANGS_SECONDS = 30.0


class Patience:
    """Does what may hang in a thread of its own, one after the other, and gives up after a time.

    What hangs cannot be ended: nothing is tried until it has come back.

    Args:
        what: What is read, as it is told of.
        seconds: How long one act may take.
    """

    def __init__(self, what: str, seconds: float) -> None:
        self._what, self._seconds = what, seconds
        self._hung: tuple[threading.Thread, datetime] | None = None

    def within(self, act: Callable[[], T], discard: Callable[[T], object] = lambda _: None) -> T:
        """What an act gives.

        Args:
            act: What may hang.
            discard: Called with what it gives too late, such as to close it.

        Raises:
            PartnerError: It does not come back in time, or one before it has not come back yet.
        """
        if self._hung is not None and self._hung[0].is_alive():
            raise self._silence(self._hung[1])
        self._hung, began = None, datetime.now(UTC)
        lock, is_late, given = threading.Lock(), False, dict[str, Any]()

        def run() -> None:
            try:
                found = act()
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                given["error"] = error
                return
            with lock:
                given["found"] = found
                if is_late:
                    discard(found)

        thread = threading.Thread(target=run, name="feed-read", daemon=True)
        thread.start()
        thread.join(self._seconds)
        with lock:
            is_late = thread.is_alive() and not given
        if is_late:
            self._hung = thread, began
            raise self._silence(began)
        thread.join()
        if "error" in given:
            raise given["error"]
        found: T = given["found"]
        return found

    def _silence(self, since: datetime) -> PartnerError:
        return PartnerError(
            f"{self._what} has not answered since {since:%H:%M:%S} UTC.",
            code="feed-hung",
            hint="Check its server and the network. Nothing is read until it answers; everything else continues.",
        )
