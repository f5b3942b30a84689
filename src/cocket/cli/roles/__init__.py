# SPDX-License-Identifier: Apache-2.0
"""What each process of an instance does, on the command line."""
