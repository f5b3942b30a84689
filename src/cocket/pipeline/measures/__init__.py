# SPDX-License-Identifier: Apache-2.0
"""Duties, permits and values, in the pipeline."""
