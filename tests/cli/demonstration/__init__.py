# SPDX-License-Identifier: Apache-2.0
"""What every topic stands on, on the command line, tested."""
