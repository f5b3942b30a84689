# SPDX-License-Identifier: Apache-2.0
"""The book: growing the log, sealing one record at a time, proving from tiles; each beside a limit of the same run."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psutil

from benchmarks.figures import Figure
from cocket import ledger
from cocket.cli.base.instance_access import make_home
from cocket.cli.base.output import err
from cocket.pipeline import open_database, open_stores
from cocket.settings import Settings

_BATCH = 4096
_ROUNDS = 5
_MIB = 1 << 20

#: Leaves of the log that proofs are read from, a second of the load: `--seconds 100` makes one of 5 million.
_LEAVES_PER_SECOND = 50_000


def bench_ledger(seconds: float) -> Iterator[Figure]:
    """Growing the log by 4,096 leaves, sealing one record at a time, proofs from tiles on disk; and a chain's way."""
    ceiling = yield from _growing(seconds / 4)
    yield from _sealing(seconds / 2)
    yield from _proving(seconds, ceiling)
    yield from _on_a_chain(seconds / 4)


def _growing(seconds: float) -> Generator[Figure, None, float]:
    """Hashing, tiles, bundles and a signed checkpoint, beside the hashes that the tree needs; gives the latter's rate."""
    entries = [ledger.write_entry(sha256(number.to_bytes(8)).digest()) for number in range(_BATCH)]
    signer = ledger.Signer.generate("bench.cocket.invalid/log")

    def grow() -> None:
        tree = ledger.Tree()
        for _ in range(4):
            growth = tree.grow(entries)
            ledger.sign_checkpoint(ledger.Checkpoint(signer.verifier.name, growth.size, growth.root), signer)

    grown, bare = _best_of(seconds, grow, lambda: [_hash_only(entries) for _ in range(4)])
    ceiling = 4 * _BATCH / bare
    yield Figure(
        name="grow", value=4 * _BATCH / grown, unit="leaves/s", note="tiles, bundles, checkpoint; batches of 4,096"
    )
    yield Figure(name="ceiling", value=ceiling, unit="leaves/s", note="hashlib alone, leaf and node hashes")
    yield Figure(name="share", value=bare / grown, unit="of the ceiling", note="budget 0.6")
    return ceiling


def _sealing(seconds: float) -> Iterator[Figure]:
    """One durable sealed record at a time, turn about with one durable bare row of the same size."""
    with TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), log_origin="bench.cocket.invalid/log")
        make_home(settings)
        with open_database(settings) as server:
            stores = open_stores(settings, server.dsn)
            sealed, bare = _turn_about(stores, seconds)
            stores.database.close()
    yield Figure(
        name="one sealed record", value=1 / sealed, unit="/s", note="with its leaf, encrypted, durable; median"
    )
    yield Figure(
        name="one bare row", value=1 / bare, unit="/s", note="a durable commit of PostgreSQL, turn about; median"
    )
    yield Figure(name="share", value=bare / sealed, unit="of bare commits", note="budget 0.65")


def _turn_about(stores: Any, seconds: float) -> tuple[float, float]:
    """Median seconds of a sealed record and of a bare row."""
    body = {"consignment": "x" * 200, "officer": "bench"}
    with stores.database.transaction() as connection:
        connection.execute("create table bare (id uuid primary key, body bytea)")
    sealed: list[float] = []
    bare: list[float] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline or len(bare) < 100:
        started = time.perf_counter()
        with stores.database.transaction() as connection:
            connection.execute("insert into bare values (%s, %s)", (uuid4(), b"x" * 256))
        between = time.perf_counter()
        with stores.database.transaction() as connection:
            stores.leaves.append_records(connection, [stores.sealer.record("bench", "bench", body)])
        bare.append(between - started)
        sealed.append(time.perf_counter() - between)
    return statistics.median(sealed), statistics.median(bare)


def _proving(seconds: float, ceiling: float) -> Iterator[Figure]:
    """Inclusion proofs of leaves all over a log that lies on disk, each read from its tiles."""
    leaves = max(_BATCH, int(seconds * _LEAVES_PER_SECOND))
    with TemporaryDirectory() as name:
        folder = Path(name)
        root = _write_log(folder, leaves)

        def read(path: str) -> bytes | None:
            file = folder / path
            return file.read_bytes() if file.is_file() else None

        prover = ledger.Prover(leaves, read)
        prover.inclusion(0)
        before = psutil.Process().memory_info().rss
        chance = random.Random(2026)
        done, deadline, started = 0, time.monotonic() + seconds / 4, time.process_time()
        while time.monotonic() < deadline:
            first = chance.randrange(max(1, leaves - 256))
            for index in range(first, min(first + 256, leaves)):
                path = prover.inclusion(index)
            done += min(256, leaves)
        took = time.process_time() - started
        ledger.verify_inclusion(_leaf(index), index, leaves, path, root)
        grown = (psutil.Process().memory_info().rss - before) / _MIB
    rate = done / took
    yield Figure(
        name="inclusion proofs",
        value=rate,
        unit="/s",
        note=f"from the tiles of {leaves:,} leaves on disk, 256 neighbours at a time",
    )
    yield Figure(name="share", value=rate / ceiling, unit="of the ceiling", note="budget 0.05")
    yield Figure(
        name="memory for proofs", value=grown, unit="MiB", note="more than before the first, however large the log"
    )


def _on_a_chain(seconds: float) -> Iterator[Figure]:
    """One hash in one transaction of an EVM chain: the other way to make a record hard to deny."""
    try:
        from eth_tester import EthereumTester, PyEVMBackend
    except ImportError:
        err.print("Not measured beside a chain: that needs pip install 'cocket[chain]'.", markup=False, highlight=False)
        return
    chain = EthereumTester(PyEVMBackend())
    sender, receiver = chain.get_accounts()[:2]
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds or done < _ROUNDS:
        committed = "0x" + sha256(done.to_bytes(8)).hexdigest()
        chain.send_transaction({"from": sender, "to": receiver, "gas": 100_000, "data": committed})
        done += 1
    rate = done / (time.perf_counter() - started)
    note = "py-evm in this process, a block each; no network, no consensus, nothing durable"
    yield Figure(name="one hash in one EVM transaction", value=rate, unit="/s", note=note)


def _write_log(folder: Path, leaves: int) -> bytes:
    """The hash tiles of a log of so many leaves, on disk; its root."""
    tree = ledger.Tree()
    while tree.size < leaves:
        batch = [_entry(number) for number in range(tree.size, min(tree.size + _BATCH, leaves))]
        growth = tree.grow(batch)
        for path, content in growth.files.items():
            if "/entries/" not in path:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
        for path in growth.obsolete:
            rmtree(folder / path, ignore_errors=True)
    return tree.root


def _entry(number: int) -> bytes:
    return b"entry %d" % number


def _leaf(number: int) -> bytes:
    return ledger.leaf_hash(_entry(number))


def _hash_only(entries: Sequence[bytes]) -> bytes:
    row = [sha256(b"\0" + entry).digest() for entry in entries]
    while len(row) > 1:
        row = [sha256(b"\1" + row[at] + row[at + 1]).digest() for at in range(0, len(row), 2)]
    return row[0]


def _best_of(seconds: float, *works: Callable[[], Any]) -> list[float]:
    """CPU seconds of the best of several rounds of each, turn about, within a time limit."""
    best = [float("inf")] * len(works)
    deadline, rounds = time.monotonic() + seconds, 0
    while rounds < _ROUNDS or (time.monotonic() < deadline and rounds < 1000):
        for place, work in enumerate(works):
            started = time.process_time()
            work()
            best[place] = min(best[place], time.process_time() - started)
        rounds += 1
    return best
