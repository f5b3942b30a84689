# SPDX-License-Identifier: Apache-2.0
"""Consignments and their papers, in the pipeline, tested."""
