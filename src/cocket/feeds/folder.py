# SPDX-License-Identifier: Apache-2.0
"""A host's folder: found files are taken in, in a stable order, each exactly once however often one looks."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from cocket.errors import SenderError, SettingsError
from cocket.feeds.tables import is_table, read_table
from cocket.findings import Finding
from cocket.governance import Principal
from cocket.model import Envelope
from cocket.pipeline import Answer, House

#: Files of one group commit (count).
_BATCH = 64

#: Ends of names of files that are looked into: messages, tables, and certificates (`.tt` is TradeTrust's own).
_WANTED = (".xml", ".xml.gz", ".csv", ".json", ".json.gz", ".tt", ".sd-jwt")

#: A file younger than this may still be being written.
_SETTLE_SECONDS = 1.0


class FeedReport(msgspec.Struct, kw_only=True):
    """What one look at a folder brought.

    Attributes:
        accepted: Messages accepted (count).
        refused: Messages refused, sealed as such (count).
        repeats: Messages whose content was known (count).
        unchanged: Files not looked into, because they had not changed (count).
        decisions: Rows of lanes and results taken in (count).
        unreadable: Files that could not be opened, with the reason.
        findings: Findings about tables.
    """

    accepted: int = 0
    refused: int = 0
    repeats: int = 0
    unchanged: int = 0
    decisions: int = 0
    unreadable: list[tuple[str, str]] = []
    findings: list[Finding] = []

    @property
    def has_news(self) -> bool:
        """Whether anything came, or something could not be read."""
        return bool(self.accepted or self.refused or self.decisions or self.unreadable)


#: Told of each file: its path, its answer (None for a table or an unreadable file), files done, files in all.
Progress = Callable[[Path, Answer | None, int, int], None]


class FolderFeed:
    """Takes in the files of one folder.

    Args:
        house: Where they go.
        folder: The host's folder; only read.
        principal: On whose behalf.
        sender: Name under which the host's messages are kept.
        most_bytes: Largest file taken in.
    """

    def __init__(self, house: House, folder: Path, principal: Principal, sender: str, most_bytes: int) -> None:
        if not folder.is_dir():
            raise SettingsError(f"{folder} is not a folder.", hint="Name the folder that the host writes its files to.")
        self._house = house
        self._folder = folder
        self._principal = principal
        self._sender = sender
        self._most_bytes = most_bytes

    def once(self, progress: Progress | None = None, *, settle: bool = False) -> FeedReport:
        """Take in everything that is there and not known yet.

        Args:
            progress: Told of each file.
            settle: Whether to leave files that changed within the last second for the next look.

        Returns:
            What came in. Messages come before tables, so that a lane finds its declaration.

        Raises:
            StoreError: The database refused; files taken in before stay so, the rest is taken in next time.
        """
        report = FeedReport()
        files = self._files(settle)
        fresh = [(path, stat) for path, stat in files if not self._house.knows_file(path, stat)]
        report.unchanged = len(files) - len(fresh)
        tables: list[tuple[Path, os.stat_result, bytes]] = []
        batch: list[tuple[Path, os.stat_result, bytes]] = []
        done = 0
        for path, stat in fresh:
            data = self._read(path, stat, report)
            if data is None:
                done += 1
            elif path.suffix.lower() == ".csv" and is_table(data[:4096].decode("utf-8", "replace").partition("\n")[0]):
                tables.append((path, stat, data))
            else:
                batch.append((path, stat, data))
            if len(batch) >= _BATCH:
                done = self._take(batch, report, (progress, done, len(fresh)))
                batch = []
        done = self._take(batch, report, (progress, done, len(fresh)))
        for table in tables:
            done += 1
            self._take_table(table, report)
            if progress:
                progress(table[0], None, done, len(fresh))
        return report

    def _files(self, settle: bool) -> list[tuple[Path, os.stat_result]]:
        newest = time.time() - _SETTLE_SECONDS if settle else float("inf")
        found = []
        for place, folders, names in os.walk(self._folder):
            folders.sort()
            for name in sorted(names):
                path = Path(place, name)
                if name.startswith(".") or not _is_wanted(name):
                    continue
                try:
                    stat = path.stat()
                except OSError:
                    continue
                if stat.st_mtime <= newest:
                    found.append((path, stat))
        return found

    def _read(self, path: Path, stat: os.stat_result, report: FeedReport) -> bytes | None:
        try:
            if stat.st_size > self._most_bytes:
                raise SenderError("larger than allowed")
            opener = gzip.open if path.suffix == ".gz" else open
            with opener(path, "rb") as file:
                data: bytes = file.read(self._most_bytes + 1)
            if len(data) > self._most_bytes:
                raise SenderError("larger than allowed when unpacked")
            return data
        except (OSError, EOFError, SenderError) as error:
            report.unreadable.append((os.fspath(path), str(error)))
            return None

    def _take(
        self,
        batch: list[tuple[Path, os.stat_result, bytes]],
        report: FeedReport,
        told: tuple[Progress | None, int, int],
    ) -> int:
        progress, done, total = told
        envelopes = [
            Envelope(
                sender=self._sender,
                actor=self._principal.id,
                door="feeds",
                content=data,
                received=datetime.now(UTC),
                file_name=path.name.encode("utf-8", "backslashreplace").decode(),
            )
            for path, _, data in batch
        ]
        answers = self._house.take_many(envelopes, principal=self._principal)
        for (path, stat, data), answer in zip(batch, answers, strict=True):
            self._house.note_file(path, stat, data)
            done += 1
            if answer.is_repeat:
                report.repeats += 1
            elif answer.outcome == "accepted":
                report.accepted += 1
            else:
                report.refused += 1
            if progress:
                progress(path, answer, done, total)
        return done

    def _take_table(self, table: tuple[Path, os.stat_result, bytes], report: FeedReport) -> None:
        path, stat, data = table
        try:
            rows, findings = read_table(data)
        except SenderError as error:
            report.unreadable.append((os.fspath(path), str(error)))
            return
        report.findings.extend(findings)
        report.decisions += self._house.take_host_rows(rows)
        self._house.note_file(path, stat, data)


def _is_wanted(name: str) -> bool:
    lowered = name.lower()
    return lowered.endswith(_WANTED)
