# SPDX-License-Identifier: Apache-2.0
"""Keeping an instance running: start, health, backup, audit of rows, erasure, on the pages."""
