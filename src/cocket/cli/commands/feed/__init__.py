# SPDX-License-Identifier: Apache-2.0
"""Feed, on the command line."""
