# SPDX-License-Identifier: Apache-2.0
"""Feeds of a host's tables, for tests."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from cocket.feeds import CsvTables, HostMapping, PostgresTables, TableFeed, destination_of, read_mapping
from cocket.governance import Principal
from cocket.pipeline import Instance

FEED = Principal(id="feed:host", kind="key", roles=("feed",), senders=("host",))


def csv_feed(house: Instance, files: list[Path], mapping: HostMapping | None = None) -> TableFeed:
    """A feed of CSV files."""
    known = mapping or read_mapping()
    return TableFeed(destination_of(house), lambda: closing(CsvTables(files, known)), known, FEED, "host")


def database_feed(house: Instance, url: str, mapping: HostMapping | None = None) -> TableFeed:
    """A feed of a database."""
    known = mapping or read_mapping()
    return TableFeed(destination_of(house), lambda: closing(PostgresTables(url, known.schema)), known, FEED, "host")
