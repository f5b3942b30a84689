# SPDX-License-Identifier: Apache-2.0
"""What stands behind the names in certificates, as far as the house has it: documents, status lists, contexts.

All of it was handed in and sealed. Only where a caller gives a fetching resolver is anybody asked.
"""

from __future__ import annotations

import msgspec

from cocket.credentials import Contexts, Resolver
from cocket.credentials.known import read_known
from cocket.pipeline.base.document_files import file_id, read_body
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.credentials.credential_files import CONTEXT, LIST, RECOGNISED, Recognition, TakenCredential
from cocket.stores.base.database import Connection


class PinnedContext(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON-LD context as it was handed in; nothing else is ever read for its address.

    Attributes:
        address: The address that documents give it.
        content: The context, byte for byte.
    """

    address: str
    content: str


def recognition_of(stores: Stores, connection: Connection, issuer: str | None) -> Recognition | None:
    """What is known of an issuer; None if nothing is."""
    if issuer is None:
        return None
    file = stores.case_files.get(connection, file_id(RECOGNISED, issuer))
    return read_body(file, Recognition) if file else None


def resolver_of(stores: Stores, connection: Connection, fetch: Resolver | None = None) -> Resolver:
    """Gives documents of issuers and status lists: pinned documents first, then what is fetched or lists at hand.

    Of a list that is fetched and one at hand the newer counts; a host that serves an older one again hides nothing.

    Args:
        stores: The stores.
        connection: The transaction, for as long as the resolver is used.
        fetch: Gives what is not at hand; None where the house does not call out.
    """

    def resolve(name: str) -> bytes | None:
        known = recognition_of(stores, connection, name)
        if known is not None and known.document:
            return known.document.encode()
        fetched = fetch(name) if fetch is not None else None
        file = stores.case_files.get(connection, file_id(LIST, name))
        kept = read_body(file, TakenCredential).content.encode() if file else None
        if fetched is None or kept is None:
            return kept if fetched is None else fetched
        return kept if read_known(kept).replaces(read_known(fetched)) else fetched

    return resolve


def contexts_of(stores: Stores, connection: Connection) -> Contexts:
    """The contexts by which certificates are read: the bundled ones, and those that were pinned."""
    files = stores.case_files.of_kind(connection, CONTEXT)
    pinned = [read_body(file, PinnedContext) for file in files]
    return Contexts({one.address: one.content.encode() for one in pinned})
