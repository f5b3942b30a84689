# SPDX-License-Identifier: Apache-2.0
"""Parties held against lists, in the pipeline, tested."""
