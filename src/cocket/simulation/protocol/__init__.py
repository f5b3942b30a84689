# SPDX-License-Identifier: Apache-2.0
"""The protocol by which we tell whether we are any good: paired seeds of unseen worlds, rounds, baselines, a report.

In: names of worlds and seeds. Out: figures with intervals, as JSON and as a page. Only this room sees the truth.
"""
