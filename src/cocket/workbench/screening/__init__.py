# SPDX-License-Identifier: Apache-2.0
"""Parties held against lists, on the pages."""
