# SPDX-License-Identifier: Apache-2.0
"""Duties, permits and values, on disk, tested."""
