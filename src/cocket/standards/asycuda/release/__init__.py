# SPDX-License-Identifier: Apache-2.0
"""The customs release order: what ASYCUDA World tells the keeper of goods. Its tags are data of a country's profile.

In: the XML of one order. Out: a `ReleaseOrder` with findings, and the file again in the form it was read.
Source: UNCTAD Customs Release Order XML message description 4.2.2 (January 2021), list of contents and introduction.
"""

from cocket.standards.asycuda.release.reader import read, recognises
from cocket.standards.asycuda.release.writer import write

__all__ = ["read", "recognises", "write"]
