# SPDX-License-Identifier: Apache-2.0
"""The door for host systems: a folder into which the host writes its files, or its tables, once or watched.

In: SAD and manifest files, tables of a database or CSV files with a mapping. Out: envelopes and host decisions for the
pipeline, tables as the file that the host would have exported. Nothing is ever written where the host's data is.
"""

from cocket.feeds.csv_tables import CsvTables
from cocket.feeds.folder import FeedReport, FolderFeed
from cocket.feeds.host_tables import HostTables
from cocket.feeds.lodging import Destination, destination_of
from cocket.feeds.mapping import HostMapping, read_mapping
from cocket.feeds.postgres_tables import PostgresTables, described
from cocket.feeds.preview import Previewed, preview
from cocket.feeds.table_feed import TableFeed
from cocket.pipeline.consignment.decision_tables import read_table

__all__ = [
    "CsvTables",
    "Destination",
    "FeedReport",
    "FolderFeed",
    "HostMapping",
    "HostTables",
    "PostgresTables",
    "Previewed",
    "TableFeed",
    "described",
    "destination_of",
    "preview",
    "read_mapping",
    "read_table",
]
