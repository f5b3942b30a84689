# SPDX-License-Identifier: Apache-2.0
"""Looking at a host's data again and again: what goes wrong is said once, and the next look comes all the same."""

from __future__ import annotations

import time
from collections.abc import Callable

from cocket.errors import CocketError, PartnerError, SenderError, SettingsError
from cocket.feeds import FeedReport
from cocket.findings import render
from cocket.findings.words import counted

#: Longest part of the time that is spent on looking where nothing is new.
_SHARE = 0.2


class FeedWatch:
    """Looks at a host's data, and tells the host what is advised.

    Args:
        look: One look.
        tell_host: Puts new advice where the host finds it.
        say: Told in one sentence of what deserves attention.
        seconds: How long to wait between two looks; longer where one look takes long.
        report: Told of what each look brought; None says only what is not valid.

    Attributes:
        says_host: Whether it says what is wrong with the host's data; else whoever turns it does.
        trouble: Why the last look brought nothing; None if it did its work.
    """

    def __init__(
        self,
        look: Callable[[], FeedReport],
        tell_host: Callable[[], None],
        say: Callable[[str], None],
        seconds: float,
        report: Callable[[FeedReport], None] | None = None,
    ) -> None:
        self._look = look
        self._tell_host = tell_host
        self._say = say
        self._seconds = seconds
        self._report = report or self._say_problems
        self._said: dict[str, str] = {}
        self._has_looked = False
        self.says_host = True
        self.trouble: CocketError | None = None

    def turn(self) -> tuple[bool, float]:
        """Look once.

        Returns:
            Whether there was news, and how long to wait before the next look, in seconds.

        Raises:
            StoreError: Our own database failed.
            SettingsError: The settings do not fit the host's data at the first look.
        """
        started = time.monotonic()
        report = FeedReport()
        try:
            report = self._look()
        except (PartnerError, SenderError) as error:
            self.trouble = error
        except SettingsError as error:
            if not self._has_looked:
                raise
            self.trouble = error
        else:
            self._has_looked = True
            self.trouble = None
        if self.says_host:
            self._say_once("host", self.trouble)
        if self.trouble is None and report.has_news:
            self._report(report)
        try:
            self._tell_host()
        except CocketError as error:
            if error.code != "write-back":
                raise
            self._say_once("write-back", error)
        else:
            self._say_once("write-back", None)
        took = time.monotonic() - started
        return report.has_news, max(self._seconds, took * (1 - _SHARE) / _SHARE)

    def _say_problems(self, report: FeedReport) -> None:
        for path, why in report.unreadable:
            self._say(f"{path}: {why}")
        unsaid = report.not_taken - len(report.unreadable)
        if report.unreadable and unsaid > 0:
            self._say(
                f"{counted(report.not_taken, 'file is', 'files are')} not imported; cocket feed --problems lists them."
            )
        for finding in report.findings:
            self._say(render(finding))

    def _say_once(self, what: str, error: CocketError | None) -> None:
        """Say what is wrong when it is new, and that it is over."""
        text = str(error) if error else ""
        before = self._said.get(what, "")
        if text and text != before:
            self._say(text)
        elif before and not text:
            self._say(
                {"host": "The host's data can be read again.", "write-back": "Advice can be written again."}[what]
            )
        self._said[what] = text
