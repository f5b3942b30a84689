# SPDX-License-Identifier: Apache-2.0
"""Title, on the command line."""
