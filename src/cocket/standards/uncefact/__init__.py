# SPDX-License-Identifier: Apache-2.0
"""UN/CEFACT in JSON: bills of lading, consignments at the border, notifications of smart containers.

In: messages of the Buy-Ship-Pay and multimodal transport reference data models, D23B. Out: transport documents or
movements with findings, and back.
Source: UN/CEFACT JSON schemas D23B.
"""

from cocket.standards.uncefact._plugin import UNCEFACT

__all__ = ["UNCEFACT"]
