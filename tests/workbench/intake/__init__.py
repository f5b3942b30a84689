# SPDX-License-Identifier: Apache-2.0
"""What traders send and see of it, on the pages, tested."""
