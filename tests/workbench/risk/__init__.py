# SPDX-License-Identifier: Apache-2.0
"""Rules, models, intelligence and threats, on the pages, tested."""
