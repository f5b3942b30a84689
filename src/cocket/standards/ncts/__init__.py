# SPDX-License-Identifier: Apache-2.0
"""Transit: the messages of the New Computerised Transit System (NCTS) between traders and customs, phases 5 and 6.

In: a declaration, a request about one, an arrival, unloading remarks, or an answer of customs. Out: a `Declaration`,
`Movement` or `Response` with findings, and back. Profile `ncts` judges structure as edition 6 does, `ncts-5.1` as the
one before, `ncts-rules` adds conditions and rules.
Source: DG TAXUD, NCTS, DDNTA 6.4.1 and 5.1.
"""

from cocket.standards.ncts._plugin import NCTS

__all__ = ["NCTS"]
