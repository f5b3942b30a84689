# SPDX-License-Identifier: Apache-2.0
"""The study: does it work? Pilots planned before the first day, release times, readiness, lessons, what-if on the past.

In: values of the record (assessments, orders, results, stamps) and what people answered. Out: protocols, estimates with intervals,
reports. Source: WCO, Guide to Measure the Time Required for the Release of Goods, version 4; CONSORT extension for stepped-wedge trials.
"""

from cocket.trials import lessons, pilots, queues, readiness, release, whatif

__all__ = ["lessons", "pilots", "queues", "readiness", "release", "whatif"]
