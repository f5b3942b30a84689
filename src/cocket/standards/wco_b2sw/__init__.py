# SPDX-License-Identifier: Apache-2.0
"""WCO business to single window (B2SW): the maritime arrival notice MAI, which GOVCBR carries in EDIFACT.

In: an arrival notice as XML. Out: a `Declaration` with findings, and back.
Source: WCO Data Model, B2SW, MAI 01A; UN/EDIFACT GOVCBR D.15A for the mapping in the documentation.
"""

from cocket.standards.wco_b2sw._plugin import WCO_B2SW

__all__ = ["WCO_B2SW"]
