# SPDX-License-Identifier: Apache-2.0
"""The shelves: PostgreSQL and files, reached only from `pipeline`.

In: plain values to keep. Out: the same values, and only after they are durable.
PostgreSQL keeps messages, records, leaves, heads, dossiers and people; files keep keys, models and the public log.
"""

from cocket.stores.case_files import CaseFiles
from cocket.stores.consignments import Consignments
from cocket.stores.database import Database
from cocket.stores.figures import Figures
from cocket.stores.keys import Keys, read_keys
from cocket.stores.leaves import Leaves, NewRecord
from cocket.stores.log_files import LogFiles
from cocket.stores.messages import Messages, NewMessage, Placed
from cocket.stores.orders import Orders
from cocket.stores.people import People
from cocket.stores.permits import Permits
from cocket.stores.places import Places
from cocket.stores.screening import ScreeningLists
from cocket.stores.set_aside import SetAside

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
