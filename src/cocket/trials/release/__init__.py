# SPDX-License-Identifier: Apache-2.0
"""Release times: how long consignments take from arrival to the gate, where the time goes, and what is not known.

In: stamps of consignments with their sources (`Case`), calendars of offices. Out: a `Study`, and what of it may be published.
Source: WCO, Guide to Measure the Time Required for the Release of Goods, version 4; WTO TFA, article 7.6.
"""

from cocket.control.offices import read_hours
from cocket.trials.release.clocks import ClockPair, read_clocks
from cocket.trials.release.files import RowProblem, StampFile, read_stamps
from cocket.trials.release.hours import Calendars, WorkingTime
from cocket.trials.release.publish import Published, published
from cocket.trials.release.stamps import Case, Stamp, passage_of
from cocket.trials.release.study import DIMENSIONS, SEGMENTS, Collected, Dimension, Group, Study, Times, collect
from cocket.trials.release.xes import write_xes

__all__ = [
    "DIMENSIONS",
    "SEGMENTS",
    "Calendars",
    "Case",
    "ClockPair",
    "Collected",
    "Dimension",
    "Group",
    "Published",
    "RowProblem",
    "Stamp",
    "StampFile",
    "Study",
    "Times",
    "WorkingTime",
    "collect",
    "passage_of",
    "published",
    "read_clocks",
    "read_hours",
    "read_stamps",
    "write_xes",
]
