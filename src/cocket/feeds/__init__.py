# SPDX-License-Identifier: Apache-2.0
"""The door for host systems: a folder into which the host writes its files, once or watched.

In: SAD and manifest files, and tables of the host's lanes and results. Out: envelopes and host decisions for the
pipeline. Nothing is ever written into the host's folder: shadow is the only mode.
"""

from cocket.feeds.folder import FeedReport, FolderFeed
from cocket.feeds.tables import read_table

__all__ = ["FeedReport", "FolderFeed", "read_table"]
