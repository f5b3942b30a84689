# SPDX-License-Identifier: Apache-2.0
"""Entry summary declarations: in the form of the first Import Control System, which Great Britain uses still, and ICS2.

In: IE315 and IE313, and the answers IE304, IE305, IE316, IE328, IE351, alone or in an envelope. Out: a `Declaration`
or a `Response` with findings, and back. Profiles `gb-ens` and `gb-ens-new` are the two variants in use. Messages of
ICS2 are read only.
Source: ICS functional specification (DDNIA ICS); GB business rules for the entry summary declaration.
"""

from cocket.standards.ens._plugin import ENS, ENS_RESPONSE
from cocket.standards.ens.ics2 import ICS2

__all__ = ["ENS", "ENS_RESPONSE", "ICS2"]
