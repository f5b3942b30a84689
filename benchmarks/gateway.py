# SPDX-License-Identifier: Apache-2.0
"""An office's backlog: stored while the line is down, then brought to a house that serves; with the cost of both sides."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, distinct, sample_declarations
from benchmarks.intake import cpu_seconds
from cocket.cli.base.instance_access import make_home
from cocket.cli.roles.serving import Serving
from cocket.gate import make_key
from cocket.gateway import Forwarder, House, Spool, make_identity
from cocket.gateway.spool import NewEntry
from cocket.governance import Principal
from cocket.pipeline import open_instance
from cocket.settings import Settings

_SENDER = "BENCH"
_OFFICE = "XAPRT001"

#: A backlog of so many declarations within so many seconds is what is asked for.
_WANTED = 320_000 / 300


def bench_gateway(seconds: float) -> Iterator[Figure]:
    """Declarations stored by a gateway, then brought to a house of one API process, the assessment worker at rest.

    Args:
        seconds: How long bringing takes at 500 a second.
    """
    number = int(seconds * 500)
    messages = islice(distinct(sample_declarations()), number)
    with TemporaryDirectory() as folder:
        settings = Settings(
            home=Path(folder) / "house", api_port=0, admin_port=0, log_origin="bench.cocket.invalid/log",
            requests_per_second=1e6,
        )  # fmt: skip
        make_home(settings)
        with Serving(settings, ("api", "log")) as serving:
            house = open_instance(settings, serving.dsn)
            key = make_key("office")
            house.governance.accounts.add_key(key, "office", ["forwarder"], [_SENDER])
            identity = make_identity(Path(folder) / "gate", "office", _OFFICE)
            head = Principal(id="bench", kind="officer", roles=("supervisor",))
            house.partners.gateways.register_gateway(head, identity.vkey, _OFFICE, "office")
            spool = Spool(Path(folder) / "gate")
            yield from _stored(spool, messages)
            line = House(serving.addresses["api"], key)
            forwarder = Forwarder(spool, line)
            before, own, begun = cpu_seconds(serving), time.process_time(), time.perf_counter()
            while forwarder.turn():
                pass
            span, own = time.perf_counter() - begun, time.process_time() - own
            cost = {name: used - before.get(name, 0.0) for name, used in cpu_seconds(serving).items()}
            line.close()
            spool.close()
            house.close()
    parts = ", ".join(f"{name} {used / number * 1e6:.0f}" for name, used in cost.items())
    yield Figure(name="brought", value=number / span, unit="/s", note=f"{_WANTED:,.0f} are 320,000 in five minutes")
    yield Figure(name="CPU of the gateway", value=own / number * 1e6, unit="µs", note="a declaration")
    yield Figure(name="CPU of the house", value=sum(cost.values()) / number * 1e6, unit="µs", note=parts)


def _stored(spool: Spool, messages: Iterator[bytes]) -> Iterator[Figure]:
    new = [NewEntry(key="office", sender=_SENDER, media="", profile="", body=one) for one in messages]
    begun = time.perf_counter()
    for start in range(0, len(new), 2_000):
        for future in [spool.store(one) for one in new[start : start + 2_000]]:
            future.result()
    yield Figure(name="stored", value=len(new) / (time.perf_counter() - begun), unit="/s", note="on disk, signed")
