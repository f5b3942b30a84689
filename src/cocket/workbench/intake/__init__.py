# SPDX-License-Identifier: Apache-2.0
"""Taking messages in, on the pages."""
