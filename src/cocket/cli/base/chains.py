# SPDX-License-Identifier: Apache-2.0
"""What commands about titles and anchors share: a chain, an account, and how a node's figures are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cocket.exchange.chain import Chain, Sent, node_at
from cocket.exchange.transactions import Account
from cocket.pipeline.base.secret_files import read_secret

RpcOption = Annotated[
    str, typer.Option("--rpc", metavar="URL", help="A node of the chain, by JSON-RPC over HTTP.", show_default=False)
]
ChainIdOption = Annotated[
    int | None, typer.Option("--chain-id", metavar="N", help="Refuse a node of any other chain (EIP-155 number).")
]
BehindOption = Annotated[
    int,
    typer.Option("--behind", metavar="N", min=0, help="Read N blocks behind the newest, where blocks may be reverted."),
]
AccountOption = Annotated[
    Path,
    typer.Option("--account", metavar="FILE", help="Secret key of the account: 64 hex digits.", show_default=False),
]


@contextmanager
def chain_at(url: str, chain_id: int | None = None) -> Iterator[Chain]:
    """The chain behind a node, for as long as the block runs.

    Raises:
        PartnerError: The node does not answer, or is one of another chain.
        SettingsError: The address is none.
    """
    with node_at(url) as ask:
        yield Chain(ask, chain_id)


def account_in(path: Path) -> Account:
    """The account whose key is in a file.

    Raises:
        SettingsError: The file is missing, readable by others, or holds no key.
    """
    return Account(read_secret(path))


def told(sent: Sent) -> dict[str, object]:
    """A transaction that took effect, for JSON."""
    return {"transaction": sent.transaction, "block": sent.block, "gas": sent.gas}
