# SPDX-License-Identifier: Apache-2.0
"""What the documentation tells a reader to type is typed, and prints what stands there."""
