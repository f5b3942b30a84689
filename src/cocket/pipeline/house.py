# SPDX-License-Identifier: Apache-2.0
"""The house: what all doors are given."""

from __future__ import annotations

from cocket.pipeline.acts import Acts
from cocket.pipeline.audits import Audits
from cocket.pipeline.canary import Canaries
from cocket.pipeline.credentials import Credentials
from cocket.pipeline.doubts import Doubts
from cocket.pipeline.draws import Draws
from cocket.pipeline.entrance import Entrance
from cocket.pipeline.examiners import Examiners
from cocket.pipeline.health_watch import HealthRoom
from cocket.pipeline.host_files import HostFiles
from cocket.pipeline.host_rows import HostRows
from cocket.pipeline.intelligence import Intelligence
from cocket.pipeline.log_views import LogRoom
from cocket.pipeline.manifests import Manifests
from cocket.pipeline.models import Models
from cocket.pipeline.permits import Permits
from cocket.pipeline.preview import Preview
from cocket.pipeline.reading_room import ReadingRoom
from cocket.pipeline.reasons import Reasons
from cocket.pipeline.rules import Rules
from cocket.pipeline.screening import Screening
from cocket.pipeline.set_aside_acts import SetAsideActs
from cocket.pipeline.set_aside_leaves import SetAsideLeaves
from cocket.pipeline.shelves import open_shelves
from cocket.pipeline.threats import Threats
from cocket.pipeline.titles import Titles
from cocket.pipeline.tracking import Tracking
from cocket.pipeline.write_back import WriteBack
from cocket.settings import Settings


class House(
    Canaries,
    HostFiles,
    HostRows,
    ReadingRoom,
    LogRoom,
    Manifests,
    Preview,
    Acts,
    Intelligence,
    Screening,
    Rules,
    Reasons,
    Models,
    Permits,
    Doubts,
    Audits,
    Credentials,
    Titles,
    Threats,
    Tracking,
    Examiners,
    Draws,
    SetAsideActs,
    SetAsideLeaves,
    Entrance,
    WriteBack,
    HealthRoom,
):
    """Taking in, giving out, acting and signing in, over one set of shelves.

    Its methods decide by policy, and seal what they disclose or change before they return.
    """


def open_house(settings: Settings, dsn: str) -> House:
    """Open the house in this process.

    Args:
        settings: The settings.
        dsn: The database.

    Raises:
        SettingsError: Keys are missing or not in order.
    """
    return House(open_shelves(settings, dsn))
