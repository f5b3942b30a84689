# SPDX-License-Identifier: Apache-2.0
"""The cargo manifest of ASYCUDA World, the degroupage of one of its bills, and the co-loader's manifest.

In: the XML of a carrier or forwarder. Out: a `Manifest` with findings, and the file again in the form it was read.
Source: UNCTAD manifest XML message description, in the versions of Grenada, Saint Kitts and Nevis, Curacao, Barbados.
"""

from cocket.standards.asycuda.manifest.reader import read, recognises
from cocket.standards.asycuda.manifest.writer import write

__all__ = ["read", "recognises", "write"]
