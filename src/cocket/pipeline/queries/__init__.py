# SPDX-License-Identifier: Apache-2.0
"""The read side: what joins topics for a reader, in the pipeline."""
