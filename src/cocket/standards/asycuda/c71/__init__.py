# SPDX-License-Identifier: Apache-2.0
"""The declaration of value (form C71) as ASYCUDA World exports and imports it.

In: the XML of one form. Out: a `ValueDeclaration` with findings, and the file again in the form it was read.
Source: public schema of the form, element names only; WTO Valuation Agreement, Articles 1 and 8.
"""

from cocket.standards.asycuda.c71.reader import read, recognises, write

__all__ = ["read", "recognises", "write"]
