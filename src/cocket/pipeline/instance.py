# SPDX-License-Identifier: Apache-2.0
"""The house: what all doors are given."""

from __future__ import annotations

from cocket.pipeline.assessment.preview import Preview
from cocket.pipeline.base.wiring import open_stores
from cocket.pipeline.consignment.manifests import Manifests
from cocket.pipeline.control.audits import Audits
from cocket.pipeline.control.draws import Draws
from cocket.pipeline.control.host_decisions import HostRows
from cocket.pipeline.control.officer_acts import Acts
from cocket.pipeline.control.officer_allocation import Examiners
from cocket.pipeline.control.write_back import WriteBack
from cocket.pipeline.credentials.certificates import Credentials
from cocket.pipeline.credentials.titles import Titles
from cocket.pipeline.governance.sign_in import SignInService
from cocket.pipeline.intake.host_files import HostFiles
from cocket.pipeline.ledger.log_views import LogQueries
from cocket.pipeline.ledger.refused_leaves import SetAsideLeaves
from cocket.pipeline.measures.doubts import Doubts
from cocket.pipeline.measures.permits import Permits
from cocket.pipeline.operations.canary import CanaryService
from cocket.pipeline.operations.health_service import HealthService
from cocket.pipeline.operations.set_aside_acts import SetAsideActs
from cocket.pipeline.queries.reasons import Reasons
from cocket.pipeline.queries.records import RecordQueries
from cocket.pipeline.risk.intelligence import Intelligence
from cocket.pipeline.risk.models import Models
from cocket.pipeline.risk.rules import Rules
from cocket.pipeline.risk.threats import Threats
from cocket.pipeline.screening.lists import Screening
from cocket.pipeline.tracking.journeys import Tracking
from cocket.settings import Settings


class Instance(
    CanaryService,
    HostFiles,
    HostRows,
    RecordQueries,
    LogQueries,
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
    SignInService,
    WriteBack,
    HealthService,
):
    """Taking in, giving out, acting and signing in, over one set of shelves.

    Its methods decide by policy, and seal what they disclose or change before they return.
    """


def open_instance(settings: Settings, dsn: str) -> Instance:
    """Open the house in this process.

    Args:
        settings: The settings.
        dsn: The database.

    Raises:
        SettingsError: Keys are missing or not in order.
    """
    return Instance(open_stores(settings, dsn))
