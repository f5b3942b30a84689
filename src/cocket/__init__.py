# SPDX-License-Identifier: Apache-2.0
"""Cocket: an open trade data pipeline for customs."""

__version__ = "0.1.0"
