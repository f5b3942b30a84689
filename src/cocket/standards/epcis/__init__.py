# SPDX-License-Identifier: Apache-2.0
"""GS1 EPCIS 2.0: what happened to things, where, when and why, in JSON-LD or XML, with sensor readings and event hash.

In: capture documents, query results, single events, queries. Out: a `Movement` of movements, one for each event, with
findings, and back in either form.
Source: GS1 EPCIS 2.0 and Core Business Vocabulary 2.0.
"""

from cocket.standards.epcis._plugin import EPCIS, EPCIS_XML
from cocket.standards.epcis.hashing import Names, event_hash, event_text, names_of

__all__ = ["EPCIS", "EPCIS_XML", "Names", "event_hash", "event_text", "names_of"]
