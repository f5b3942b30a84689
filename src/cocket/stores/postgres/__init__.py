# SPDX-License-Identifier: Apache-2.0
"""The database server that we run or are given, on disk."""
