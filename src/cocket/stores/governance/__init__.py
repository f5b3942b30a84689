# SPDX-License-Identifier: Apache-2.0
"""Who may come in, and who may see what, on disk."""
