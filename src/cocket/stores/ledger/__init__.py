# SPDX-License-Identifier: Apache-2.0
"""The transparency log and its proofs, on disk."""
