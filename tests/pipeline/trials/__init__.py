# SPDX-License-Identifier: Apache-2.0
"""Pilots, release times, readiness and what was learnt, in the pipeline, tested."""
