# SPDX-License-Identifier: Apache-2.0
"""Counting what happened on some days, for use cases and self-assessments."""
