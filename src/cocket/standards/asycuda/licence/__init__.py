# SPDX-License-Identifier: Apache-2.0
"""The licence (LPCO) as ASYCUDA World exports and imports it.

In: the XML of one licence. Out: a `Licence` with findings, and the file again in the form it was read.
Source: public schema of the licence, element names only.
"""

from cocket.standards.asycuda.licence.reader import read, recognises, write

__all__ = ["read", "recognises", "write"]
