# SPDX-License-Identifier: Apache-2.0
"""A host's data: where it is, looking at it once or again and again, and putting our advice where the host finds it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec

from cocket.errors import CocketError, PartnerError, SenderError, SettingsError
from cocket.feeds import (
    CsvTables,
    Destination,
    FeedReport,
    FolderFeed,
    HostMapping,
    PostgresTables,
    TableFeed,
    read_mapping,
)
from cocket.feeds.csv_tables import table_of, why_no_table
from cocket.feeds.table_feed import Opener
from cocket.findings import render
from cocket.findings.words import counted
from cocket.governance import Principal
from cocket.pipeline import Answer, WriteBackReport
from cocket.pipeline.consignment.decision_tables import KEY, SAYS, first_line, is_table, lacking
from cocket.pipeline.control.write_back import WriteBack
from cocket.settings import Settings

#: Longest part of the time that is spent on looking where nothing is new.
_SHARE = 0.2


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a host's data is: a folder of its files, or tables with their mapping.

    Attributes:
        folder: Folder of SAD and manifest files; None of tables.
        only: Name of the one file in the folder that is read; None reads all.
        files: CSV files (0..n).
        database_url: Database; empty if there is none.
        mapping: Mapping of the tables; None of a folder.
    """

    folder: Path | None = None
    only: str | None = None
    files: tuple[Path, ...] = ()
    database_url: str = ""
    mapping: HostMapping | None = None

    @property
    def places(self) -> tuple[Path, ...]:
        """Folders that the host's data is read from (0..n)."""
        return (self.folder,) if self.folder else tuple({file.parent for file in self.files})

    def opener(self) -> Opener:
        """Opens the tables for one look."""
        mapping = self.mapping or read_mapping()
        if self.files:
            return lambda: closing(CsvTables(list(self.files), mapping))
        return lambda: closing(PostgresTables(self.database_url, mapping.schema))


def source_of(
    settings: Settings, given: Path | None = None, *, is_mapped: bool = False, may_be_absent: bool = False
) -> Source:
    """Where the host's data is, by the command line and else by the settings.

    Args:
        settings: The settings.
        given: What the command line names; None goes by the settings, a database before a folder.
        is_mapped: Whether a folder holds tables rather than messages.
        may_be_absent: Whether a folder may come later, such as one that is not mounted yet.

    Raises:
        SettingsError: Nothing is named, or the mapping is not valid.
    """
    with_map = Path(settings.feed_map) if settings.feed_map else None
    if given is None and settings.feed_database_url:
        return Source(database_url=settings.feed_database_url, mapping=read_mapping(with_map))
    place = given or (Path(settings.feed) if settings.feed else None)
    if place is None:
        raise SettingsError("There is nothing to read.", hint="Give a folder, a CSV file, or a database with --dsn.")
    is_awaited = may_be_absent and place.suffix.lower() != ".csv" and not place.exists()
    if (place.is_dir() or is_awaited) and not is_mapped:
        return Source(folder=place)
    if not (place.is_dir() or (place.is_file() and place.suffix.lower() == ".csv")):
        raise SettingsError(
            f"{place} is neither a folder nor a CSV file.", hint="Give the folder that the host writes its files to."
        )
    mapping = read_mapping(with_map)
    is_ours = place.is_file() and not is_mapped and is_table(_first_line(place))
    if is_ours and (with_map is None or table_of(place, mapping) is None):
        return Source(folder=place.parent, only=place.name)
    return Source(files=tuple(_csv_files(place, mapping)), mapping=mapping)


def look_of(
    destination: Destination,
    settings: Settings,
    source: Source,
    each: Callable[[Path | str, Answer | None, int, int], None] | None = None,
    *,
    since: str | None = None,
    settle: bool = False,
) -> Callable[[], FeedReport]:
    """One look at a host's data, to be called again and again.

    Args:
        destination: Where it goes.
        settings: The settings.
        source: Where it is.
        each: Called with each message, the answer to it, and how many of how many are done; None in silence.
        since: Where tables begin; None where the last look ended.
        settle: Whether files that are still young are left for the next look.
    """
    principal = feed_principal(settings.feed_sender)
    if source.folder is not None:
        folder = FolderFeed(destination, source.folder, principal, settings.feed_sender, only=source.only)
        return lambda: folder.once(each, settle=settle)
    mapping = source.mapping or read_mapping()
    tables = TableFeed(destination, source.opener(), mapping, principal, settings.feed_sender)
    return lambda: tables.once(each, since=since)


def tell_host(advice: WriteBack, settings: Settings, report: Callable[[WriteBackReport], None] | None = None) -> None:
    """Put new advice where the host finds it, if the settings name a folder for it.

    Args:
        advice: Writes it.
        settings: The settings.
        report: Called with what was written, if anything was; None in silence.
    """
    if settings.write_back:
        host = Principal(id=f"host:{settings.feed_sender}", kind="key", roles=("host",))
        written = advice.write_back(Path(settings.write_back), host)
        if report and (written.written or written.holds):
            report(written)


def feed_principal(sender: str) -> Principal:
    """On whose behalf a host's data is taken in: this machine's operator, for one sender."""
    return Principal(id=f"feed:{sender}", kind="key", roles=("feed",), senders=(sender,))


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


def _csv_files(place: Path, mapping: HostMapping) -> list[Path]:
    """The file named with those beside it that the mapping speaks of; of a folder all of those."""
    wanted = {part.table.lower() for stream in mapping.streams for part in stream.every_part}
    folder = place if place.is_dir() else place.parent
    beside = [
        file
        for file in sorted(folder.iterdir())
        if file.suffix.lower() == ".csv" and file.stem.lower() in wanted and not (file.is_symlink() and file != place)
    ]
    if place.is_file() and len(wanted) > 1 and table_of(place, mapping) is None:
        raise SettingsError(
            f"{place.name} is not a table that is known. {why_no_table(place, mapping)} A table of lanes and results has the "
            f"columns {', '.join(KEY)}, separated by commas, and one of {', '.join(SAYS)}{_lacking(place)}.",
            code="table-unknown",
            hint="Give the names of the columns in a mapping file, with --map.",
        )
    files = beside if place in beside or place.is_dir() else [place]
    if not files:
        raise SettingsError(f"{place} has no table of the mapping {mapping.name}.", expected=", ".join(sorted(wanted)))
    return files


def _first_line(place: Path) -> str:
    """The header of a table; "" of what cannot be read, which is told when it is taken in."""
    try:
        with place.open("rb") as file:
            return first_line(file.read(4096))
    except OSError:
        return ""


def _lacking(place: Path) -> str:
    missing = lacking(_first_line(place))
    return f"; of these {' and '.join(missing)} is missing" if len(missing) < len(KEY) else ""
