# SPDX-License-Identifier: Apache-2.0
"""Credential, on the command line."""
