# SPDX-License-Identifier: Apache-2.0
"""The commands, in folders as they are typed, on the command line."""
