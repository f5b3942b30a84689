# SPDX-License-Identifier: Apache-2.0
"""The synthetic country of `cocket demo`, step by step, on the command line."""
