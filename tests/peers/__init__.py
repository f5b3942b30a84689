# SPDX-License-Identifier: Apache-2.0
"""Code that is not ours agrees with ours; where it is not installed, these tests say so and are skipped."""
