# SPDX-License-Identifier: Apache-2.0
"""Cards, recommendations and the report of a year, tested."""
