# SPDX-License-Identifier: Apache-2.0
"""What every topic stands on, in the pipeline, tested."""
