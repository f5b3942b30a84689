# SPDX-License-Identifier: Apache-2.0
"""Screening: who and what is named on a list.

In: lists (Security Council XML, FollowTheMoney lines, CSV) and subjects: parties, vessels, goods descriptions.
Out: hits, each with its score and reasons; and whether an officer has cleared it before.
Source: UN Security Council, Consolidated List; WCO SAFE Framework of Standards, pillar 1, standard 4; Unicode UTS 39.
"""

from cocket.screening.clearance import Cleared, Confirmed, Screened, apply_clearances
from cocket.screening.entries import ListedName, ListEntry, WatchList
from cocket.screening.lists import read_list
from cocket.screening.screener import METHOD, THRESHOLD, Hit, Screener, Subject
from cocket.screening.subjects import subjects_of

__all__ = [
    "METHOD",
    "THRESHOLD",
    "Cleared",
    "Confirmed",
    "Hit",
    "ListEntry",
    "ListedName",
    "Screened",
    "Screener",
    "Subject",
    "WatchList",
    "apply_clearances",
    "read_list",
    "subjects_of",
]
