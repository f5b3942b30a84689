# SPDX-License-Identifier: Apache-2.0
"""Pilots: planned before the first day, run by a draw nobody steers, judged as they were planned.

In: a plan, a committed seed, and consignments with their office, day and result. Out: who gets the treatment, effects with
intervals, looks with bounds, a report. Method and what it cannot tell: docs/explanation/trials/pilots.md.
"""

__all__: list[str] = []
