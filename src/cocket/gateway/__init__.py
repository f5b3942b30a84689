# SPDX-License-Identifier: Apache-2.0
"""The gateway in an office: one process and one SQLite file that go on taking messages in while the line to the house is down.

In: messages over `POST /v1/messages` or from a host's folder. Out: the answers of the house while the line is up; else
provisional receipts, and the entries for the house once it is up again. It knows no secret but its own keys. Beside it, the
laptop's page over the signed pack of an office: in results by form, out their signed file, paper forms and printed results.
"""

from cocket.gateway.folder import HostFolder
from cocket.gateway.forwarding import Forwarder, House
from cocket.gateway.identity import GatewayIdentity, make_identity, read_identity
from cocket.gateway.laptop import PackDesk
from cocket.gateway.pack_pages import pack_page
from cocket.gateway.recovery import CarriedOver, carry_over, check_heir
from cocket.gateway.result_file import ResultFile
from cocket.gateway.server import GatewayDoor
from cocket.gateway.spool import Spool, SpoolStanding

__all__ = [
    "CarriedOver", "Forwarder", "GatewayDoor", "GatewayIdentity", "HostFolder", "House", "PackDesk", "ResultFile", "Spool", "SpoolStanding",
    "carry_over", "check_heir", "make_identity", "pack_page", "read_identity",
]  # fmt: skip
