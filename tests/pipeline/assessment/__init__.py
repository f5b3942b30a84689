# SPDX-License-Identifier: Apache-2.0
"""The assessment worker and its steps, in order, in the pipeline, tested."""
