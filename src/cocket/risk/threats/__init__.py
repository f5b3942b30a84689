# SPDX-License-Identifier: Apache-2.0
"""Threat detectors: logs of declarations and of officers' acts → rows that chance does not explain, with the reason.

In: a log (a file of JSON lines, or what the house keeps). Out: alerts of a kind, with whom and which rows they concern.
None says who is guilty; each says how seldom chance would do what was seen. Method, limits and measured figures:
docs/explanation/risk/threats.md.
"""

from cocket.risk.threats.alert import KINDS, Alert, Limits
from cocket.risk.threats.detect import DETECTORS, find_likely_hubs, find_threats
from cocket.risk.threats.log import Act, Declared, Log, Passed, log_of, read_log
from cocket.risk.threats.traders import LikelyHub

__all__ = [
    "DETECTORS",
    "KINDS",
    "Act",
    "Alert",
    "Declared",
    "LikelyHub",
    "Limits",
    "Log",
    "Passed",
    "find_likely_hubs",
    "find_threats",
    "log_of",
    "read_log",
]
