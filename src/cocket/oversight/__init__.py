# SPDX-License-Identifier: Apache-2.0
"""Watching the watchers: accesses of officers explained by the work that led to them, and what none explains scored.

In: looks, searches and acts with who did them, and what is known of people and consignments. Out: one case for each person and
reason, ranked and capped, with what explains and what does not. None says who is guilty. Method, limits and measured figures:
docs/explanation/governance/watchers.md.
"""

from cocket.oversight.explain import Explained, explain
from cocket.oversight.log import WORK, Event, EventKind, Officer, Party, Watched, WatchLog
from cocket.oversight.rules import ACCEPTED, DUTY, RULES, Explanation, Reason, WatcherRules
from cocket.oversight.signals import SIGNALS, Scene, Suspicion
from cocket.oversight.watch import CaseReason, Evidence, WatchCase, WatchRun, precision, watch

__all__ = [
    "ACCEPTED",
    "DUTY",
    "RULES",
    "SIGNALS",
    "WORK",
    "CaseReason",
    "Event",
    "EventKind",
    "Evidence",
    "Explained",
    "Explanation",
    "Officer",
    "Party",
    "Reason",
    "Scene",
    "Suspicion",
    "WatchCase",
    "WatchLog",
    "WatchRun",
    "Watched",
    "WatcherRules",
    "explain",
    "precision",
    "watch",
]
