# SPDX-License-Identifier: Apache-2.0
"""The steps by which the database came to its present shape."""
