# SPDX-License-Identifier: Apache-2.0
"""The cargo manifest of ASYCUDA World, the degroupage of one of its bills, the co-loader's manifest and the append.

In: the XML of a carrier or forwarder, whole or as a stream. Out: a `Manifest` with findings, and the file again in the
form it was read or in the other dialect; what manifest and degroupage say of each other.
Source: UNCTAD manifest XML message description, in the versions of Grenada, Saint Kitts and Nevis, Curacao, Barbados.
"""

from cocket.standards.asycuda.manifest.degroupage import check_degroupage, check_notice
from cocket.standards.asycuda.manifest.dialects import write_as
from cocket.standards.asycuda.manifest.reader import read, recognises
from cocket.standards.asycuda.manifest.streaming import stream
from cocket.standards.asycuda.manifest.writer import write

__all__ = ["check_degroupage", "check_notice", "read", "recognises", "stream", "write", "write_as"]
