# SPDX-License-Identifier: Apache-2.0
"""Chains for tests: one within this process, and `anvil`, a development node of another house, over JSON-RPC.

The packages of `tests/peers/chain` (`npm ci --prefix tests/peers/chain`) bring `anvil` and TradeTrust's compiled contracts;
a test that needs what is absent skips, saying so.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import pytest

from cocket.exchange.chain import Chain, node_at
from cocket.exchange.transactions import Account

PACKAGES = Path(__file__).resolve().parents[1] / "peers" / "chain" / "node_modules"
_ANVIL = PACKAGES / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
_ARTEFACTS = PACKAGES / "@tradetrust-tt" / "token-registry" / "dist" / "artifacts"
_HINT = "npm ci --prefix tests/peers/chain"

#: Keys that have coin on every chain for tests: 1 to 10.
ACCOUNTS = tuple(Account(number.to_bytes(32, "big")) for number in range(1, 11))


def artefacts() -> Path:
    """TradeTrust's compiled contracts; skips where they are absent."""
    if not _ARTEFACTS.is_dir():
        pytest.skip(f"TradeTrust's contracts are absent: {_HINT}")
    return _ARTEFACTS


def in_process_chain() -> Chain:
    """A chain within this process; skips where its packages are absent."""
    if not all(map(find_spec, ("eth_tester", "eth"))):
        pytest.skip("eth-tester or py-evm is not installed: pip install 'cocket[chain]'")
    from cocket.exchange.evm_in_process import in_process

    return Chain(in_process())


def anvil_program() -> str:
    """The node; skips where there is none."""
    program = str(_ANVIL) if _ANVIL.exists() else shutil.which("anvil")
    if program is None:
        pytest.skip(f"anvil is absent: {_HINT}")
    return program


@contextmanager
def anvil(*words: str) -> Iterator[str]:
    """A node of its own; the address on which it answers, its accounts given coin."""
    command = [anvil_program(), "--port", "0", "--accounts", "1", *words]
    with tempfile.NamedTemporaryFile("r") as said:
        with Path(said.name).open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{_port(process, said)}"
            with node_at(url) as ask:
                for account in ACCOUNTS:
                    ask("anvil_setBalance", [account.address, hex(10**24)])
            yield url
        finally:
            process.kill()
            process.wait()


def _port(process: subprocess.Popen[bytes], said: IO[str]) -> str:
    end, text = time.monotonic() + 120, ""
    while time.monotonic() < end and process.poll() is None:
        text += said.read()
        found = re.search(r"Listening on 127\.0\.0\.1:(\d+)\n", text)
        if found:
            return found[1]
        time.sleep(0.02)
    raise RuntimeError("anvil does not start")


@contextmanager
def chain_named(name: str) -> Iterator[Chain]:
    """The chain of a name: `in-process` or `anvil`."""
    if name == "in-process":
        yield in_process_chain()
    else:
        with anvil() as url, node_at(url) as ask:
            yield Chain(ask)
