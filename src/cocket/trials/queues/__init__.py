# SPDX-License-Identifier: Apache-2.0
"""Waits at an office with other hours, people or scanners: real arrivals replayed through stations, first come first served.

In: arrivals, closings with who closed them. Out: hours and service times as far as they can be told, waits, elapsed times, use.
Source: Kiefer and Wolfowitz, Transactions of the AMS 78, 1955; Hopp and Spearman, Factory Physics, 2001 (effective process time).
"""

from cocket.trials.queues.calendars import Calendar, weekly
from cocket.trials.queues.fitting import Closing, Fitted, Unidentified, fit
from cocket.trials.queues.forecast import Arrival, Forecast, Waits, forecast, waits_of
from cocket.trials.queues.offices import Changed, Delay, Held, Office, delay_of, held_out
from cocket.trials.queues.stations import Job, Passed, run, serve

__all__ = [
    "Arrival",
    "Calendar",
    "Changed",
    "Closing",
    "Delay",
    "Fitted",
    "Forecast",
    "Held",
    "Job",
    "Office",
    "Passed",
    "Unidentified",
    "Waits",
    "delay_of",
    "fit",
    "forecast",
    "held_out",
    "run",
    "serve",
    "waits_of",
    "weekly",
]
