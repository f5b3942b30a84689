# SPDX-License-Identifier: Apache-2.0
"""The shelves: PostgreSQL and files, reached only from `pipeline`.

In: plain values to keep. Out: the same values, and only after they are durable.
PostgreSQL keeps messages, records, leaves, heads, dossiers and people; files keep keys, models and the public log.
"""

from cocket.stores.base.database import Database
from cocket.stores.base.keys import Keys, read_keys
from cocket.stores.base.progress import Places
from cocket.stores.base.set_aside import SetAside
from cocket.stores.consignment.consignments import Consignments
from cocket.stores.control.case_files import CaseFiles
from cocket.stores.control.orders import Orders
from cocket.stores.governance.people import People
from cocket.stores.intake.messages import Messages, NewMessage, Placed
from cocket.stores.ledger.leaves import Leaves, NewRecord
from cocket.stores.ledger.log_files import LogFiles
from cocket.stores.measures.permits import Permits
from cocket.stores.risk.statistics import Figures
from cocket.stores.screening.lists import ScreeningLists

__all__ = [
    "CaseFiles",
    "Consignments",
    "Database",
    "Figures",
    "Keys",
    "Leaves",
    "LogFiles",
    "Messages",
    "NewMessage",
    "NewRecord",
    "Orders",
    "People",
    "Permits",
    "Placed",
    "Places",
    "ScreeningLists",
    "SetAside",
    "read_keys",
]
