# SPDX-License-Identifier: Apache-2.0
"""The logs around the house in memory: its own of two years, its witnesses, and two neighbours'."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from cocket.pipeline.ledger.cosignatures import WitnessView
from cocket.pipeline.ledger.log_views import (
    AlarmView,
    CosignatureView,
    ForeignLogView,
    LogsView,
    OwnLogView,
    WitnessedView,
)
from tests.simulators.workbench_country import NOW

SIZE = 31_870
_YEAR_END = datetime.fromisoformat("2025-12-31T23:59:58+00:00")


def logs() -> LogsView:
    """What the house knows of them."""
    failure = "The witness does not answer: connection refused."
    last = int(NOW.timestamp())
    return LogsView(
        own=(
            _own("2026", SIZE, NOW - timedelta(seconds=4), ("nz", "sg"), ("au",)),
            _own("2025", 402_113, _YEAR_END, ("nz", "au", "sg"), ()),
        ),
        asked=(
            WitnessView(url="https://witness.customs.nz.example/", size=SIZE, time=last, failure=None),
            WitnessView(url="https://witness.customs.au.example/", size=31_402, time=last - 9000, failure=failure),
            WitnessView(url="https://witness.customs.sg.example/", size=SIZE, time=last, failure=None),
        ),
        failure=None,
        foreign=(
            ForeignLogView(
                log="customs.bravo.example/log/2026",
                is_cosigned=False,
                size=88_204,
                since=NOW - timedelta(hours=2),
                alarms=(_fork(),),
            ),
            ForeignLogView(log="customs.nz.example/log/2026", is_cosigned=True, size=7_119, since=None, alarms=()),
        ),
    )


def _own(year: str, size: int, signed: datetime, has: tuple[str, ...], wanting: tuple[str, ...]) -> OwnLogView:
    cosignatures = [
        CosignatureView(witness=f"customs.{name}.example/witness", kind=kind, time=signed + timedelta(seconds=1))
        for name in has
        for kind in ("ed25519", "ml-dsa-44")
    ]
    return OwnLogView(
        log=f"customs.example/log/{year}",
        size=size,
        root=sha256(year.encode()).hexdigest(),
        signed=signed,
        witnessed=WitnessedView(has=has, wanting=wanting, needed=2, cosignatures=tuple(cosignatures), last_size=size),
    )


def _fork() -> AlarmView:
    return AlarmView(
        kind="fork",
        message="The head over 88310 entries is not consistent with the one over 88204. Entry 61 is the first that differs.",
        time=NOW - timedelta(minutes=40),
        convicts=True,
        file="/srv/cocket/monitor/5d1c3f.json.alarms/fork-2b1f0c.json",
    )
