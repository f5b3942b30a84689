# SPDX-License-Identifier: Apache-2.0
"""`cocket bench`: how fast the house is, beside a limit measured in the same run."""

from benchmarks.command import bench

__all__ = ["bench"]
