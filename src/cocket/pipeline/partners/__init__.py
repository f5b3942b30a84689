# SPDX-License-Identifier: Apache-2.0
"""Pulling from the source, partner administrations and continuity, in the pipeline."""
