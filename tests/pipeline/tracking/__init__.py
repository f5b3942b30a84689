# SPDX-License-Identifier: Apache-2.0
"""Journeys, devices, seals and alerts, in the pipeline, tested."""
