# SPDX-License-Identifier: Apache-2.0
"""The log in the database, tested."""
