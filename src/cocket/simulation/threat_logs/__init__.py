# SPDX-License-Identifier: Apache-2.0
"""Logs of an ordinary month or two, with one threat hidden in each: what threat detectors are measured on.

In: a kind of threat (or none) and a seed. Out: the log as JSON lines, and apart from it the rows that were planted. Every
log has its own size, staff, habits and strength of the threat, drawn from the seed; ordinary work holds much that looks
like a threat and is none. Nothing in a line tells what was planted.
"""

from cocket.simulation.threat_logs.log import PLANTED, ThreatLog, make_threat_log
from cocket.simulation.threat_logs.measure import Measured, measure

__all__ = ["PLANTED", "Measured", "ThreatLog", "make_threat_log", "measure"]
