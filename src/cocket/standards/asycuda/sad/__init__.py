# SPDX-License-Identifier: Apache-2.0
"""The single administrative document (SAD) as ASYCUDA World exports and imports it.

In: the XML of one declaration. Out: a `Declaration` with findings, and the file again in the form it was read.
Source: public SAD files; UNCTAD SAD XML message description.
"""

from cocket.standards.asycuda.sad.reader import read, recognises
from cocket.standards.asycuda.sad.writer import write

__all__ = ["read", "recognises", "write"]
