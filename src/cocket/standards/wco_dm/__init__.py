# SPDX-License-Identifier: Apache-2.0
"""WCO Data Model declarations (DEC), as the UK's Declaration Management System profiles them.

In: a Declaration, alone, in MetaData or in a submission request. Out: a `Declaration` with findings, and back.
Profile `wco-dm` accepts what the published schema accepts, and no more; `gb-cds` asks what the UK's service asks
beyond it; `dk-dms` has the structure of the Danish system's; a package read in by `load_package` narrows either.
Source: WCO Data Model 3.6, Declaration (42A); UK customs declarations API 3.0.
`read_at_once` reads from the bytes alone what is plainly written, which is nearly all that software sends.
"""

from cocket.standards.wco_dm._plugin import WCO_DM, draft, read_at_once
from cocket.standards.wco_dm.national import load_package

__all__ = ["WCO_DM", "draft", "load_package", "read_at_once"]
