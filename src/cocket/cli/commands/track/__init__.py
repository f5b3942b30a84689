# SPDX-License-Identifier: Apache-2.0
"""Track, on the command line."""
