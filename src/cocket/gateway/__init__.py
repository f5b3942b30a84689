# SPDX-License-Identifier: Apache-2.0
"""The gateway in an office: one process and one SQLite file that go on taking messages in while the line to the house is down.

In: messages over `POST /v1/messages` or from a host's folder. Out: the answers of the house while the line is up; else
provisional receipts, and the entries for the house once it is up again. It knows no secret but its own keys.
"""

from cocket.gateway.folder import HostFolder
from cocket.gateway.forwarding import Forwarder, House
from cocket.gateway.identity import GatewayIdentity, make_identity, read_identity
from cocket.gateway.server import GatewayDoor
from cocket.gateway.spool import Spool, SpoolStanding

__all__ = [
    "Forwarder", "GatewayDoor", "GatewayIdentity", "HostFolder", "House", "Spool", "SpoolStanding", "make_identity", "read_identity",
]  # fmt: skip
