# SPDX-License-Identifier: Apache-2.0
"""How long what is kept is kept: schedules by class and law, when a period ends, and what stands against erasing.

In: a schedule (TOML), and what is known of each thing that is kept. Out: how each stands. Nothing is due without a rule
that the administration put in force: there is no schedule of ours.
Source: Regulation (EEC, Euratom) No 1182/71, Article 3 (periods); Regulation (EU) 2016/679, Articles 5(1)(e) and 17(3).
"""

from cocket.governance.retention.homes import Homes, ReasonKept, kept_homes
from cocket.governance.retention.schedules import (
    CLASSES,
    CONDITIONS,
    RetentionRule,
    Schedule,
    read_schedule,
    suggested_rules,
)
from cocket.governance.retention.standings import Kept, Standing, State, end_of, judge

__all__ = [
    "CLASSES",
    "CONDITIONS",
    "Homes",
    "Kept",
    "ReasonKept",
    "RetentionRule",
    "Schedule",
    "Standing",
    "State",
    "end_of",
    "judge",
    "kept_homes",
    "read_schedule",
    "suggested_rules",
]
