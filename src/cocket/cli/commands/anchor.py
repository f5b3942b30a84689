# SPDX-License-Identifier: Apache-2.0
"""`cocket anchor`: heads of logs where no administration can take them back, on a chain or with a timestamping authority.

Nothing here is needed for the house to run, and nothing runs unless it is called.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cocket.cli.base.chains import (
    AccountOption,
    ChainIdOption,
    RpcOption,
    account_in,
    chain_at,
    told,
)
from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, complain, json_line, shown
from cocket.cli.commands.receipt import trusted_keys
from cocket.errors import CocketError, ProofError
from cocket.exchange.advice_files import put_file
from cocket.exchange.anchor_chain import Anchor
from cocket.exchange.chain import Chain
from cocket.exchange.evm_in_process import in_process, rich_accounts
from cocket.exchange.log_reader import open_log
from cocket.exchange.timestamps import request_timestamp, verify_timestamp
from cocket.ledger import CHECKPOINT_FILE, Checkpoint, Prover, Read, Verifier, leaf_hash, open_checkpoint
from cocket.ledger.tiles import TILE_WIDTH, Tile, read_entries

app = typer.Typer(
    name="anchor",
    no_args_is_help=True,
    help="Anchor heads of logs on a chain, and have them timestamped. Optional.",
    pretty_exceptions_enable=False,
)

LogArgument = Annotated[str, typer.Argument(metavar="LOG", help="A log's folder, or its address.", show_default=False)]
KeyOption = Annotated[
    str, typer.Option("--key", metavar="VKEY|FILE", help="The log's public key, or a file of them.", show_default=False)
]
ContractOption = Annotated[
    str, typer.Option("--contract", metavar="ADDRESS", help="The anchor's contract.", show_default=False)
]
EveryOption = Annotated[
    float | None, typer.Option("--every", metavar="MINUTES", min=0.01, help="Repeat at this interval until stopped.")
]
AuthorityOption = Annotated[
    Path, typer.Option("--roots", metavar="FILE", help="Certificates of trusted authorities, PEM.", show_default=False)
]


@app.command("deploy")
def deploy(
    rpc: RpcOption,
    account: AccountOption,
    registrar: Annotated[
        str | None,
        typer.Option(
            "--registrar", metavar="ADDRESS", help="Account that appoints keepers; by default the account itself."
        ),
    ] = None,
    chain_id: ChainIdOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Put up the contract, once for all who share it.

    Example:
        cocket anchor deploy --rpc http://127.0.0.1:8545 --account registrar.key
    """
    who = account_in(account)
    with chain_at(rpc, chain_id) as chain:
        anchor, sent = Anchor.deploy(chain, who, registrar or who.address)
    if json_lines:
        json_line({**told(sent), "contract": anchor.address})
    else:
        typer.echo(f"anchor {anchor.address} in block {sent.block}, {sent.gas} gas")


@app.command("appoint")
def appoint(
    origin: Annotated[str, typer.Argument(help="Name of the log, as in its checkpoints.", show_default=False)],
    keeper: Annotated[str, typer.Argument(metavar="ADDRESS", help="Its new keeper.", show_default=False)],
    contract: ContractOption,
    rpc: RpcOption,
    account: AccountOption,
    chain_id: ChainIdOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Give a log its first keeper, as the contract's registrar; or hand it over, as its keeper.

    Example:
        cocket anchor appoint customs.example/log/2026 0x… --contract 0x… --rpc URL --account registrar.key
    """
    with chain_at(rpc, chain_id) as chain:
        sent = Anchor(chain, contract).appoint(account_in(account), origin, keeper)
    json_line(told(sent)) if json_lines else typer.echo(f"{shown(keeper)} keeps {shown(origin)}.")


@app.command("add")
def add(
    log: LogArgument,
    key: KeyOption,
    contract: ContractOption,
    rpc: RpcOption,
    account: AccountOption,
    every: Annotated[
        float | None,
        typer.Option("--every", metavar="MINUTES", min=0.01, help="Repeat at this interval; 60 is enough."),
    ] = None,
    chain_id: ChainIdOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Anchor a log's newest head, once or at a pace.

    The head must be signed by the log, and its beginning must be what was anchored before: a fork is never anchored.

    Example:
        cocket anchor add var/cocket/log --key var/cocket/log/key.vkey --contract 0x… --rpc URL --account keeper.key --every 60
    """
    who = account_in(account)

    def once() -> None:
        with _head(log, key) as (read, head, _), chain_at(rpc, chain_id) as chain:
            anchor = Anchor(chain, contract)
            before = anchor.check_history(head.origin, Prover(head.size, read), head.size)
            if before is not None and before.size == head.size:
                _say(json_lines, {"size": head.size, "is_new": False}, f"size {head.size} is already anchored")
                return
            sent = anchor.add(who, head)
        said = {**told(sent), "origin": head.origin, "size": head.size, "is_new": True}
        _say(json_lines, said, f"size {head.size} anchored in block {sent.block}, {sent.gas} gas")

    _repeat(once, every)


@app.command("check")
def check(
    log: LogArgument,
    key: KeyOption,
    contract: ContractOption,
    rpc: RpcOption,
    chain_id: ChainIdOption = None,
    behind: Annotated[
        int,
        typer.Option(
            "--behind", metavar="N", min=0, help="Query N blocks behind the newest, where blocks may be reverted."
        ),
    ] = 0,
    json_lines: JsonOption = False,
) -> None:
    """Hold a log as it is now against its newest anchored head. Exit 1 if it was changed since, or never anchored.

    Example:
        cocket anchor check https://customs.example/log --key customs.vkey --contract 0x… --rpc URL
    """
    with _head(log, key) as (read, head, _), chain_at(rpc, chain_id) as chain:
        try:
            found = Anchor(chain, contract).check_history(head.origin, Prover(head.size, read), head.size, behind)
        except ProofError as error:
            _say(json_lines, {"holds": False, "code": error.code, "reason": str(error)}, str(error))
            raise typer.Exit(1) from error
    if found is None:
        _say(json_lines, {"holds": None, "reason": "never anchored"}, f"{shown(head.origin)} was never anchored.")
        raise typer.Exit(1)
    said = {
        "holds": True,
        "size": found.size,
        "root": found.root.hex(),
        "time": found.time.isoformat(),
        "now": head.size,
    }
    _say(
        json_lines,
        said,
        f"size {found.size} stood at {found.time:%Y-%m-%d %H:%M:%S} UTC; the log at {head.size} begins so",
    )


@app.command("prove")
def prove(
    log: LogArgument,
    index: Annotated[int, typer.Argument(min=0, help="Place of the entry, from 0.", show_default=False)],
    key: KeyOption,
    contract: ContractOption,
    rpc: RpcOption,
    chain_id: ChainIdOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Have the contract itself check that an entry is below the newest anchored head. Exit 1 if it is not.

    Example:
        cocket anchor prove var/cocket/log 17 --key var/cocket/log/key.vkey --contract 0x… --rpc URL
    """
    with _head(log, key) as (read, head, _), chain_at(rpc, chain_id) as chain:
        anchor = Anchor(chain, contract)
        found, block = anchor.newest(head.origin)
        holds = found is not None and _is_included(anchor, (read, head), index, found.size)
    size = found.size if found else 0
    words = (
        f"the contract finds entry {index} below size {size}" if holds else f"entry {index} is not below size {size}"
    )
    _say(json_lines, {"holds": holds, "index": index, "size": size, "block": block.number}, words)
    raise typer.Exit(0 if holds else 1)


@app.command("try")
def try_out(log: LogArgument, key: KeyOption, json_lines: JsonOption = False) -> None:
    """Try everything on a chain in this process; it ends with the process and proves nothing to others.

    Example:
        cocket anchor try var/demo/log --key var/demo/log/key.vkey
    """
    registrar, keeper = rich_accounts()[:2]
    with _head(log, key) as (read, head, _):
        anchor, deployed = Anchor.deploy(Chain(in_process()), registrar, registrar.address)
        appointed = anchor.appoint(registrar, head.origin, keeper.address)
        started = time.perf_counter()
        sent = anchor.add(keeper, head)
        took = time.perf_counter() - started
        holds = head.size == 0 or _is_included(anchor, (read, head), head.size - 1, head.size)
    said = {"deploy_gas": deployed.gas, "appoint_gas": appointed.gas, "anchor_gas": sent.gas, "anchor_ms": took * 1000}
    _say(json_lines, {**said, "size": head.size, "holds": holds}, f"size {head.size} anchored with {sent.gas} gas")
    raise typer.Exit(0 if holds else 1)


@app.command("stamp")
def stamp(
    log: LogArgument,
    key: KeyOption,
    authority: Annotated[
        str, typer.Option("--tsa", metavar="URL", help="The timestamping authority (RFC 3161).", show_default=False)
    ],
    roots: AuthorityOption,
    folder: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder of the timestamps.", show_default=False)],
    every: EveryOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Have a log's newest head timestamped, once or at a pace: keeps SIZE.checkpoint and SIZE.tsr.

    The authority is sent a hash alone; its answer is verified before it is kept.

    Example:
        cocket anchor stamp var/cocket/log --key var/cocket/log/key.vkey --tsa URL --roots tsa.pem --to var/cocket/stamps
    """
    trusted = read_file(roots)

    def once() -> None:
        with _head(log, key) as (_, head, note):
            path = folder / f"{head.size}.tsr"
            if path.exists():
                _say(json_lines, {"size": head.size, "is_new": False}, f"size {head.size} is already timestamped")
                return
            response = request_timestamp(authority, note, trusted)
            found = verify_timestamp(response, note, trusted)
            put_file(folder / f"{head.size}.checkpoint", note)
            put_file(path, response)
        said = {"size": head.size, "is_new": True, "time": found.time.isoformat(), "authority": found.authority}
        _say(
            json_lines,
            said,
            f"size {head.size} timestamped at {found.time:%Y-%m-%d %H:%M:%S} UTC by {shown(found.authority)}",
        )

    _repeat(once, every)


@app.command("verify-stamp")
def verify_stamp(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="The head that was timestamped.")],
    response: Annotated[Path, typer.Argument(metavar="TSR", help="Its timestamp.")],
    roots: AuthorityOption,
    key: Annotated[str | None, typer.Option("--key", metavar="VKEY|FILE", help="The log's public key, too.")] = None,
    json_lines: JsonOption = False,
) -> None:
    """Verify a timestamp of a head, offline. Exit 1 if it does not hold.

    Without --key only the timestamp is checked: who signed the head is not, which is said.

    Example:
        cocket anchor verify-stamp stamps/812.checkpoint stamps/812.tsr --roots tsa.pem --key customs.vkey
    """
    note = read_file(checkpoint)
    try:
        if key:
            open_checkpoint(note, _verifiers(key))
        found = verify_timestamp(read_file(response), note, read_file(roots))
    except ProofError as error:
        _say(json_lines, {"holds": False, "code": error.code, "reason": str(error)}, str(error))
        raise typer.Exit(1) from error
    said = {"holds": True, "is_signature_checked": bool(key), **msgspec.to_builtins(found)}
    words = f"it existed at {found.time:%Y-%m-%d %H:%M:%S} UTC, according to {shown(found.authority)}"
    _say(json_lines, said, words if key else f"{words}; the signature of the head was not checked: give --key")


@contextmanager
def _head(log: str, key: str) -> Iterator[tuple[Read, Checkpoint, bytes]]:
    """The files of a log, its newest head with its signature checked, and that head as published."""
    with open_log(log) as read:
        note = read(CHECKPOINT_FILE)
        if note is None:
            raise ProofError("There is no log: its checkpoint is missing.", code="log-unreachable", found=log)
        yield read, open_checkpoint(note, _verifiers(key))[0], note


def _verifiers(key: str) -> list[Verifier]:
    return [Verifier.from_vkey(vkey) for vkey in trusted_keys(key)]


def _is_included(anchor: Anchor, of: tuple[Read, Checkpoint], index: int, size: int) -> bool:
    """Whether the contract finds an entry of a log below an anchored size of it."""
    read, head = of
    if index >= size:
        return False
    path = Prover(head.size, read).inclusion(index, size)
    bundle = Tile(None, index // TILE_WIDTH, min(TILE_WIDTH, head.size - index // TILE_WIDTH * TILE_WIDTH))
    entry = read_entries(read, bundle)[index % TILE_WIDTH]
    return anchor.includes(Checkpoint(head.origin, size, b""), index, leaf_hash(entry), path)


def _repeat(once: Callable[[], None], every: float | None) -> None:
    """Do something once; or at a pace until told to stop, what goes wrong being said and tried again."""
    if every is None:
        once()
        return
    while True:
        try:
            once()
        except CocketError as error:
            complain(str(error))
        time.sleep(every * 60)


def _say(json_lines: bool, said: dict[str, Any], words: str) -> None:
    json_line(said) if json_lines else typer.echo(words)
